//! A text with generated parts, and those of them that git has.
//!
//! What two renderings have in common is not generated, so it is the new text's; what differs comes
//! from git, from the line that has the same words around it. Certificates and keys in PEM count as
//! one line, because their length differs.

use std::sync::LazyLock;

use regex::{Captures, Regex};

static PEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)-----BEGIN [A-Z0-9 ]+-----.*?-----END [A-Z0-9 ]+-----").expect("the pattern is right")
});
static FOLD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\n *").expect("the pattern is right"));

/// Stand for a line end and the spaces after it inside of a certificate.
const LINE_END: char = '\u{1}';
const SPACE: char = '\u{2}';

/// The new text with the generated parts that git has. `one` and `other` are two renderings of it.
/// `None`: it cannot be told which part of what git has is the generated one.
pub fn merge(one: &str, other: &str, in_git: &str) -> Option<String> {
    let (one, other, in_git) = (folded(one), folded(other), folded(in_git));
    let (ones, others): (Vec<&str>, Vec<&str>) = (one.split('\n').collect(), other.split('\n').collect());
    let gits: Vec<&str> = in_git.split('\n').collect();
    if ones.len() != others.len() {
        // Then it is generated as a whole, if anything is told by that.
        let is_alone = ones.len().min(others.len()) == 1 && has_frame(&one, &other, &in_git);
        return is_alone.then(|| unfolded(&in_git));
    }
    let patterns: Vec<Option<Pattern>> =
        ones.iter().zip(&others).map(|(one, other)| Pattern::of(one, other)).collect();
    let is_fixed = |line: &str| ones.iter().zip(&patterns).any(|(one, it)| it.is_none() && *one == line);
    let mut merged = Vec::new();
    for (index, (one, pattern)) in ones.iter().zip(&patterns).enumerate() {
        let Some(pattern) = pattern else {
            merged.push(*one);
            continue;
        };
        let line = if gits.len() == ones.len() {
            Some(gits[index]).filter(|line| pattern.matches(line))?
        } else {
            // Where lines came or went, only what fits nothing else can be told apart.
            let fits = |line: &&&str| !is_fixed(line) && pattern.matches(line);
            let found: Vec<&&str> = gits.iter().filter(fits).collect();
            let alike = patterns.iter().flatten().filter(|it| found.iter().all(|line| it.matches(line)));
            let is_alone = found.len() == 1 && alike.count() == 1;
            found.first().filter(|_| is_alone).map(|line| **line)?
        };
        merged.push(line);
    }
    Some(unfolded(&merged.join("\n")))
}

/// Whether a text can be another rendering of two: it begins and ends as they both do, and is as long.
/// Certificates differ in length.
fn has_frame(one: &str, other: &str, in_git: &str) -> bool {
    // Those of Base64 count as letters.
    let is_part = |c: char| c.is_alphanumeric() || c == '+' || c == '/';
    let same = |pair: &(char, char)| pair.0 == pair.1;
    let begin: String = one.chars().zip(other.chars()).take_while(same).map(|pair| pair.0).collect();
    let end: Vec<char> =
        one.chars().rev().zip(other.chars().rev()).take_while(same).map(|pair| pair.0).collect();
    let end: String = end.into_iter().rev().collect();
    // Generated characters that happen to be equal are letters and digits: what is fixed ends before
    // them, as `pass=` does.
    let begin = begin.trim_end_matches(is_part);
    let end = end.trim_start_matches(is_part);
    let long = in_git.contains(LINE_END) || one.len() != other.len() || one.len() > 200;
    let is_as_long = long || in_git.chars().count() == one.chars().count();
    is_as_long && in_git.starts_with(begin) && in_git.ends_with(end)
}

/// A line of which some words are generated.
struct Pattern<'a> {
    /// What stands between words.
    between: Vec<&'a str>,
    /// The words of two renderings. `None`: they differ in how many there are.
    words: Option<Vec<(&'a str, &'a str)>>,
    /// The lines of both.
    lines: (&'a str, &'a str),
}

impl<'a> Pattern<'a> {
    fn of(one: &'a str, other: &'a str) -> Option<Self> {
        if one == other {
            return None;
        }
        let (words, between) = split(one);
        let (others, other_between) = split(other);
        let words = (between == other_between).then(|| words.into_iter().zip(others).collect());
        Some(Self { between, words, lines: (one, other) })
    }

    /// Whether a line has the same words where they are fixed, and could have been generated elsewhere.
    fn matches(&self, line: &str) -> bool {
        let Some(expected) = &self.words else { return has_frame(self.lines.0, self.lines.1, line) };
        let (words, between) = split(line);
        let fits = |(word, (one, other)): (&&str, &(&str, &str))| match one == other {
            true => word == one,
            false => has_frame(one, other, word),
        };
        between == self.between && words.iter().zip(expected).all(fits)
    }
}

/// The words of a line, and what stands between them. There may be an empty one at either end.
fn split(line: &str) -> (Vec<&str>, Vec<&str>) {
    let is_between = |c: char| c.is_whitespace() || "\"':,;@(){}[]<>&?".contains(c);
    let (mut words, mut between, mut rest) = (Vec::new(), Vec::new(), line);
    loop {
        let word = &rest[..rest.find(is_between).unwrap_or(rest.len())];
        let after = &rest[word.len()..];
        words.push(word);
        if after.is_empty() {
            return (words, between);
        }
        let end = after.find(|c| !is_between(c)).unwrap_or(after.len());
        between.push(&after[..end]);
        rest = &after[end..];
    }
}

fn folded(text: &str) -> String {
    let fold = |line: &Captures| {
        let spaces = line[0].len() - 1;
        format!("{LINE_END}{}", SPACE.to_string().repeat(spaces))
    };
    PEM.replace_all(text, |block: &Captures| FOLD.replace_all(&block[0], fold).into_owned()).into_owned()
}

fn unfolded(text: &str) -> String {
    text.replace(LINE_END, "\n").replace(SPACE, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_all_generated_is_that_of_git() {
        assert_eq!(merge("aXb", "aYc", "old").unwrap(), "old");
        assert_eq!(merge("a:b", "ab,", "o-d").unwrap(), "o-d");
        assert_eq!(merge("b-X1", "b-Y2", "b-ol").unwrap(), "b-ol");
    }

    #[test]
    fn what_stands_around_it_must_be_what_it_was() {
        for (one, other, in_git) in [
            ("token=X12", "token=Y34", "pass=old"),
            ("pass=X12", "pass=Y34", "passwd=old"),
            ("X12-a-b", "Y34-a-b", "old-a"),
            ("X12", "Y34", "b-old"),
            ("b=X\na=X", "b=Y\na=Y", "a=o\nb=p"),
            ("n\nX12\nk=1", "n\nY34\nk=1", "old\nabc\nk=1\nl"),
        ] {
            assert_eq!(merge(one, other, in_git), None, "{one:?}");
        }
    }

    #[test]
    fn what_is_not_generated_is_that_of_the_new_text() {
        let new = |password: &str| format!("level: debug\npassword: {password}\n");
        let merged = merge(&new("X1"), &new("Y2"), "level: info\npassword: ol\nport: 1\n");
        assert_eq!(merged.unwrap(), new("ol"));
        let changed = merge("level=2\npass=X12\n", "level=2\npass=Y34\n", "level=1\npass=old\n");
        assert_eq!(changed.unwrap(), "level=2\npass=old\n");
        let added = merge("user=y\nextra=1\npass=X12", "user=y\nextra=1\npass=Y34", "user=x\npass=old");
        assert_eq!(added.unwrap(), "user=y\nextra=1\npass=old");
        let removed = merge("x=X12", "x=Y34", "a=1\nx=old");
        assert_eq!(removed.unwrap(), "x=old");
        let url = |password: &str| format!("postgres://me:{password}@new/db");
        assert_eq!(merge(&url("X12"), &url("Y34"), "postgres://me:old@new/db").unwrap(), url("old"));
        assert_eq!(merge(&url("X12"), &url("Y34"), "postgres://me:old@host/db"), None);
    }

    #[test]
    fn lines_that_look_alike_keep_their_order() {
        let text = |a: &str, b: &str| format!("- key: {a}\n- key: {b}\n");
        assert_eq!(merge(&text("1", "2"), &text("3", "4"), &text("o", "p")).unwrap(), text("o", "p"));
        assert_eq!(merge(&text("1", "2"), &text("3", "4"), "- key: o\n"), None);
    }

    #[test]
    fn a_certificate_counts_as_one_line() {
        let text = |body: &str| {
            format!("ca: |\n  -----BEGIN CERTIFICATE-----\n  {body}\n  -----END CERTIFICATE-----\nx: 1\n")
        };
        let merged =
            merge(&text("MIIa"), &text("MIIb\n  c"), &text("MIIold\n  d\n  e").replace("x: 1", "x: 0"));
        assert_eq!(merged.unwrap(), text("MIIold\n  d\n  e"));
    }
}
