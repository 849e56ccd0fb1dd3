//! `.env` files: `NAME=value`, one a line.
//!
//! What is read is what `docker compose` and the dotenv libraries agree on: `export`, comments, single
//! quotes for text as it is, double quotes with escapes, quoted values over several lines, and `$NAME`,
//! `${NAME}`, `${NAME:-else}` from the lines above and the process. Where they disagree, a file would
//! mean something else on another machine, so it is refused with its line. No value has a type.

use std::path::Path;

use anyhow::Result;
use indexmap::IndexMap;

use super::data::Data;
use super::merge::Tree;
use super::model::Origin;
use crate::vocabulary::{Diagnostic, Place};

/// The entries of a file; of a name that is there twice, the last. References are looked up in the
/// lines above and in `process`.
pub fn parse(text: &str, file: &Path, process: &[(String, String)]) -> Result<Vec<(String, Tree)>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { rest: text, line: 1, known: IndexMap::new(), process };
    let mut entries: IndexMap<String, Tree> = IndexMap::new();
    while let Some((line, name, value)) = reader.entry().map_err(|failure| failure.at(file))? {
        let origin = Origin::Place(Place::new(file, line, 1));
        reader.known.insert(name.clone(), value.clone());
        entries.insert(name, Tree::leaf(Data::untyped(value), origin));
    }
    Ok(entries.into_iter().collect())
}

/// Why a line is refused.
struct Failure {
    line: usize,
    message: String,
    hint: &'static str,
}

const FORM: &str = "write one `NAME=value` per line, with quotes around values that contain spaces";
const QUOTES: &str = "put the value in single quotes to keep every character as it is";

impl Failure {
    fn form(line: usize, message: &str) -> Self {
        Self { line, message: message.to_owned(), hint: FORM }
    }

    fn at(self, file: &Path) -> Diagnostic {
        Diagnostic::new(self.message).at(Place::new(file, self.line, 0)).hint(self.hint)
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    /// The values of the lines above.
    known: IndexMap<String, String>,
    process: &'a [(String, String)],
}

impl<'a> Reader<'a> {
    /// The next entry with its line, or nothing at the end.
    fn entry(&mut self) -> Result<Option<(usize, String, String)>, Failure> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let line = self.rest.lines().next().unwrap_or_default().trim();
            match line.is_empty() || line.starts_with('#') {
                true => _ = self.take_line(),
                false => break,
            }
        }
        let line = self.line;
        let first = self.rest.lines().next().unwrap_or_default();
        let (name, _) = first.split_once('=').ok_or_else(|| Failure::form(line, "a line without `=`"))?;
        self.rest = &self.rest[name.len() + 1..];
        let name = name.trim();
        let name = name.strip_prefix("export ").map_or(name, str::trim_start);
        let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        if name.is_empty() || !name.chars().all(good) {
            return Err(Failure::form(line, "invalid name: use letters, digits, `_`, `.` and `-`"));
        }
        let value = self.value()?;
        Ok(Some((line, name.to_owned(), value)))
    }

    fn value(&mut self) -> Result<String, Failure> {
        let text = self.rest.trim_start_matches([' ', '\t']);
        match text.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                self.rest = &text[1..];
                self.quoted(quote)
            }
            _ => {
                let line = self.line;
                let text = unquoted(self.take_line());
                self.unquoted(text).map_err(|(message, hint)| Failure { line, message, hint })
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, Failure> {
        let begin = self.line;
        let mut value = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((index, c)) = characters.next() {
            match c {
                c if c == quote => {
                    self.rest = &self.rest[index + 1..];
                    let behind = self.take_line().trim();
                    return match behind.is_empty() || behind.starts_with('#') {
                        true => Ok(value),
                        false => Err(Failure::form(self.line - 1, "text after the closing quote")),
                    };
                }
                '\\' if quote == '"' => match characters.next() {
                    Some((_, c)) => value.push_str(&unescaped(c)),
                    None => break,
                },
                '$' if quote == '"' => {
                    let (text, length) = self
                        .reference(&self.rest[index + 1..])
                        .map_err(|(message, hint)| Failure { line: self.line, message, hint })?;
                    value.push_str(&text);
                    // What is in braces has only characters of one line.
                    let count = self.rest[index + 1..][..length].chars().count();
                    characters.by_ref().take(count).for_each(drop);
                }
                c => {
                    self.line += usize::from(c == '\n');
                    value.push(c);
                }
            }
        }
        Err(Failure::form(begin, "an unterminated quote"))
    }

    fn unquoted(&self, text: &str) -> Result<String, Refusal> {
        if text.contains("\\$") {
            return Err(("the readers of such files disagree on `\\$` without quotes".to_owned(), QUOTES));
        }
        self.expanded(text)
    }

    /// A text with its references replaced.
    fn expanded(&self, text: &str) -> Result<String, Refusal> {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let (value, length) = self.reference(after)?;
            expanded.push_str(&value);
            rest = &after[length..];
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    /// The value of the reference that stands behind a dollar sign, and the bytes that it takes.
    fn reference(&self, after: &str) -> Result<(String, usize), Refusal> {
        let name = name(after.strip_prefix('{').unwrap_or(after));
        let braced = after.starts_with('{').then(|| closing_brace(after)).flatten();
        match braced {
            None if name.is_empty() || after.starts_with('{') => {
                Err(("the readers of such files disagree on this `$`".to_owned(), QUOTES))
            }
            None => Ok((self.required(name)?, name.len())),
            Some(end) => {
                let operator = &after[1 + name.len()..end];
                Ok((self.operated(name, operator)?, end + 1))
            }
        }
    }

    /// `${NAME}`, and `${NAME:-else}` and its kind.
    fn operated(&self, name: &str, operator: &str) -> Result<String, Refusal> {
        let refused = || {
            let message = format!("the readers of such files disagree on `${{{name}{operator}}}`");
            (message, "use `${NAME}`, `${NAME:-else}`, `${NAME:?message}` or `${NAME:+other}`")
        };
        if name.is_empty() {
            return Err(refused());
        }
        if operator.is_empty() {
            return self.required(name);
        }
        let (is_empty_absent, operator) =
            operator.strip_prefix(':').map_or((false, operator), |operator| (true, operator));
        let value = self.lookup(name)?.filter(|value| !(is_empty_absent && value.is_empty()));
        let mut characters = operator.chars();
        match (characters.next(), value) {
            (Some('-'), Some(value)) | (Some('?'), Some(value)) => Ok(value.to_owned()),
            (Some('-'), None) | (Some('+'), Some(_)) => self.expanded(characters.as_str()),
            (Some('+'), None) => Ok(String::new()),
            (Some('?'), None) => Err((format!("`{name}`: {}", characters.as_str()), "give it a value")),
            _ => Err(refused()),
        }
    }

    fn required(&self, name: &str) -> Result<String, Refusal> {
        let hint =
            "define it in a line above or in the process environment, or write `${NAME:-}` for nothing";
        self.lookup(name)?.map(str::to_owned).ok_or_else(|| {
            (format!("`{name}` is undefined in the lines above and in the process environment"), hint)
        })
    }

    fn lookup(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let here = self.known.get(name).map(String::as_str);
        let process =
            self.process.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (here, process) {
            (Some(here), Some(process)) if here != process => {
                let message = format!(
                    "`{name}` has one value in this file and another in the process environment, and the readers of such files disagree on which one counts"
                );
                Err((message, "give one of them another name, or unset the variable"))
            }
            (here, process) => Ok(here.or(process)),
        }
    }

    fn take_line(&mut self) -> &'a str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        (self.rest, self.line) = (rest, self.line + 1);
        line
    }
}

/// A message, and what to do.
type Refusal = (String, &'static str);

/// The name that a text begins with.
fn name(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        true => &text[..text.find(|c| !is_part(c)).unwrap_or(text.len())],
        false => "",
    }
}

/// Where the brace ends that the text begins with, in the same line.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(index),
            '}' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
    }
    None
}

/// What a character behind a backslash means; an unknown one keeps its backslash.
fn unescaped(c: char) -> String {
    match c {
        'n' => "\n".to_owned(),
        'r' => "\r".to_owned(),
        't' => "\t".to_owned(),
        '"' | '\\' | '$' | '\'' => c.to_string(),
        other => format!("\\{other}"),
    }
}

/// A `#` begins a comment when something blank stands before it.
fn unquoted(text: &str) -> &str {
    let comment = text
        .char_indices()
        .find(|(index, c)| *c == '#' && text[..*index].chars().next_back().is_some_and(char::is_whitespace));
    comment.map_or(text, |(index, _)| &text[..index]).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let mut merge = super::super::merge::Merge::default();
        let process = [("USER".to_owned(), "ci".to_owned()), ("HOME".to_owned(), "/root".to_owned())];
        merge
            .add(parse(text, Path::new(".env"), &process).map_err(|error| error.to_string())?, false)
            .unwrap();
        let leaves = merge.finish().leaves.into_iter();
        Ok(leaves
            .map(|it| {
                let text = it.value.scalars()[0].text().unwrap().into_owned();
                (format!("{} {}", it.origin, it.name), text)
            })
            .collect())
    }

    fn one(text: &str) -> String {
        let entries = read(text).unwrap();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].1.clone()
    }

    #[test]
    fn values() {
        assert_eq!(one("A=1.10"), "1.10");
        assert_eq!(one("export A = b c  # comment"), "b c");
        assert_eq!(one("A=b#c"), "b#c");
        assert_eq!(one("A=#c"), "#c");
        assert_eq!(one("A="), "");
        assert_eq!(one("A= # only a comment"), "");
        assert_eq!(one("A=a=b"), "a=b");
        assert_eq!(one(r#"A="a \"b\" \n\$HOME \q" # comment"#), "a \"b\" \n$HOME \\q");
        assert_eq!(one(r"A='a \n $HOME'"), r"a \n $HOME");
        assert_eq!(one("A=\"line 1\nline 2\"\r\n"), "line 1\nline 2");
        assert_eq!(one("\u{feff}A=x\r\n"), "x");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[A=\"'\\\\#${}:\n\r é]{0,40}") {
            _ = read(&text);
        }

        #[test]
        fn what_is_quoted_comes_back(value in "[^\r']*") {
            proptest::prop_assert_eq!(one(&format!("A='{value}'")), value);
        }
    }

    #[test]
    fn every_value_knows_its_line() {
        let entries = read("# a comment\n\nA='1\n2'\nB=3\nA=4").unwrap();
        assert_eq!(entries, [(".env:6:1 A".into(), "4".into()), (".env:5:1 B".into(), "3".into())]);
    }

    #[test]
    fn references_are_looked_up_in_the_lines_above_and_in_the_process() {
        let last = |text: &str| read(text).map(|entries| entries.last().unwrap().1.clone());
        let value = |text: &str| last(text).unwrap();
        assert_eq!(value("H=db\nU=postgres://${H}:5432/$H"), "postgres://db:5432/db");
        assert_eq!(value("A=$USER-${HOME}"), "ci-/root");
        assert_eq!(value("H=db\nA=\"$H \\$H ${H}é\""), "db $H dbé");
        assert_eq!(value("A='$USER ${HOME}'"), "$USER ${HOME}");
        assert_eq!(value("E=\nA=${E:-a}${E-b}${X:-${USER}}${X-}${E:+c}${USER:+d}${USER:?m}"), "acidci");
    }

    #[test]
    fn references_that_readers_disagree_on_are_refused_with_their_line() {
        let refused = |text: &str| read(text).unwrap_err();
        assert!(refused("A=1\nB=$A$C").starts_with(".env:2: `C` is undefined in the lines above"));
        assert!(refused("A=${B}\nB=1").starts_with(".env:1: `B` is undefined"));
        assert!(refused("USER=me\nA=$USER").contains("and another in the process environment"));
        assert_eq!(refused("A=${X:?set X}"), ".env:1: `X`: set X");
        for value in ["a$", "$$a", "$1", "$(date)", "${USER%i}", "${USER", "${}", "\"$\"", "\\$USER"] {
            assert!(refused(&format!("A={value}")).contains("disagree"), "{value}");
        }
        assert!(refused("A=\"x\ny$1\"").starts_with(".env:2: "));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        assert_eq!(read("A=1\nB"), Err(".env:2: a line without `=`".into()));
        assert_eq!(read("A B=1"), Err(".env:1: invalid name: use letters, digits, `_`, `.` and `-`".into()));
        assert_eq!(read("A=1\nB='x\ny"), Err(".env:2: an unterminated quote".into()));
        assert_eq!(read("A='x\ny' z"), Err(".env:2: text after the closing quote".into()));
    }
}
