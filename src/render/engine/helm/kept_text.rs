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
/// `None`: the text around a generated part is not what it was.
pub fn merge(one: &str, other: &str, in_git: &str) -> Option<String> {
    let (one, other, in_git) = (folded(one), folded(other), folded(in_git));
    let lines: Vec<(&str, &str)> = one.split('\n').zip(other.split('\n')).collect();
    let is_one_line = lines.iter().filter(|(one, _)| !one.trim().is_empty()).count() == 1;
    let patterns: Vec<Option<Pattern>> = lines.iter().map(|(one, other)| Pattern::of(one, other)).collect();
    if is_one_line && patterns.iter().flatten().all(|pattern| !pattern.has_fixed_words()) {
        return Some(unfolded(&in_git));
    }
    if one.split('\n').count() != other.split('\n').count() {
        return None;
    }
    let is_fixed =
        |line: &&str| lines.iter().zip(&patterns).any(|((one, _), it)| it.is_none() && one == line);
    let mut candidates: Vec<&str> = in_git.split('\n').filter(|line| !is_fixed(line)).collect();
    let mut merged = Vec::new();
    for ((one, _), pattern) in lines.iter().zip(&patterns) {
        merged.push(match pattern {
            None => *one,
            Some(pattern) => {
                let found = candidates.iter().position(|line| pattern.matches(line))?;
                candidates.remove(found)
            }
        });
    }
    Some(unfolded(&merged.join("\n")))
}

/// A line of which some words are generated.
struct Pattern<'a> {
    /// What stands between words.
    between: Vec<&'a str>,
    /// Its words, the generated ones left out. `None`: the renderings differ in how many there are.
    words: Option<Vec<Option<&'a str>>>,
}

impl<'a> Pattern<'a> {
    fn of(one: &'a str, other: &'a str) -> Option<Self> {
        if one == other {
            return None;
        }
        let (words, between) = split(one);
        let (others, other_between) = split(other);
        let words = (between == other_between).then(|| {
            let pairs = words.into_iter().zip(others);
            pairs.map(|(one, other)| (one == other).then_some(one)).collect()
        });
        Some(Self { between, words })
    }

    fn has_fixed_words(&self) -> bool {
        self.words.iter().flatten().flatten().any(|word| !word.is_empty())
    }

    fn matches(&self, line: &str) -> bool {
        let Some(expected) = &self.words else { return false };
        let (words, between) = split(line);
        between == self.between
            && words.iter().zip(expected).all(|(word, expected)| expected.is_none_or(|it| it == *word))
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
        assert_eq!(merge("a:b", "ab", "o l d").unwrap(), "o l d");
    }

    #[test]
    fn what_is_not_generated_is_that_of_the_new_text() {
        let new = |password: &str| format!("level: debug\npassword: {password}\n");
        let merged = merge(&new("X1"), &new("Y2"), "level: info\npassword: old\nport: 1\n");
        assert_eq!(merged.unwrap(), new("old"));
        let url = |password: &str| format!("postgres://me:{password}@new/db");
        assert_eq!(merge(&url("X"), &url("Y"), "postgres://me:old@new/db").unwrap(), url("old"));
        assert_eq!(merge(&url("X"), &url("Y"), "postgres://me:old@host/db"), None);
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
