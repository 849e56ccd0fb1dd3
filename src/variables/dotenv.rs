//! `.env` files: `NAME=value`, one a line.
//!
//! The crates that read these files put the process environment into the values and forget the
//! lines; here a file means the same on every machine, and every value knows its line. What is
//! read is what `docker compose` and the dotenv libraries agree on: `export`, comments, single
//! quotes for text as it is, double quotes with escapes, quoted values over several lines. There
//! is no `$NAME` in values. Every value is text.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::merge::Tree;
use super::model::Origin;
use crate::vocabulary::{Diagnostic, Place};

/// The entries of a file; of a name that is there twice, the last.
pub fn parse(text: &str, file: &Path) -> Result<Vec<(String, Tree)>> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let mut entries: Vec<(String, Tree)> = Vec::new();
    while let Some((line, name, value)) = reader.entry().map_err(|(line, message)| {
        let hint = "write one `NAME=value` per line, with quotes around values that contain spaces";
        Diagnostic::new(message).at(Place::new(file, line, 0)).hint(hint)
    })? {
        let origin = Origin::Place(Place::new(file, line, 1));
        entries.retain(|(known, _)| *known != name);
        entries.push((name, Tree::leaf(Value::String(value), origin)));
    }
    Ok(entries)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

type Failure = (usize, &'static str);

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
        let (name, _) = first.split_once('=').ok_or((line, "a line without `=`"))?;
        self.rest = &self.rest[name.len() + 1..];
        let name = name.trim();
        let name = name.strip_prefix("export ").map_or(name, str::trim_start);
        let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        if name.is_empty() || !name.chars().all(good) {
            return Err((line, "invalid name: use letters, digits, `_`, `.` and `-`"));
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
            _ => Ok(unquoted(self.take_line()).to_owned()),
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
                        false => Err((self.line - 1, "text after the closing quote")),
                    };
                }
                '\\' if quote == '"' => match characters.next() {
                    Some((_, c)) => value.push_str(&unescaped(c)),
                    None => break,
                },
                c => {
                    self.line += usize::from(c == '\n');
                    value.push(c);
                }
            }
        }
        Err((begin, "an unterminated quote"))
    }

    fn take_line(&mut self) -> &'a str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        (self.rest, self.line) = (rest, self.line + 1);
        line
    }
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
        .find(|(index, c)| *c == '#' && text[..*index].chars().next_back().is_none_or(char::is_whitespace));
    comment.map_or(text, |(index, _)| &text[..index]).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let mut merge = super::super::merge::Merge::default();
        merge.add(parse(text, Path::new(".env")).map_err(|error| error.to_string())?, false).unwrap();
        let leaves = merge.finish().leaves.into_iter();
        Ok(leaves
            .map(|it| (format!("{} {}", it.origin, it.name), it.value.as_str().unwrap().into()))
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
        assert_eq!(one("A="), "");
        assert_eq!(one("A= # only a comment"), "");
        assert_eq!(one("A=a=b"), "a=b");
        assert_eq!(one(r#"A="a \"b\" \n$HOME \q" # comment"#), "a \"b\" \n$HOME \\q");
        assert_eq!(one(r"A='a \n $HOME'"), r"a \n $HOME");
        assert_eq!(one("A=\"line 1\nline 2\"\r\n"), "line 1\nline 2");
        assert_eq!(one("\u{feff}A=x\r\n"), "x");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[A=\"'\\\\#\n\r é]{0,40}") {
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
        assert_eq!(entries, [(".env:5:1 B".into(), "3".into()), (".env:6:1 A".into(), "4".into())]);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        assert_eq!(read("A=1\nB"), Err(".env:2: a line without `=`".into()));
        assert_eq!(read("A B=1"), Err(".env:1: invalid name: use letters, digits, `_`, `.` and `-`".into()));
        assert_eq!(read("A=1\nB='x\ny"), Err(".env:2: an unterminated quote".into()));
        assert_eq!(read("A='x\ny' z"), Err(".env:2: text after the closing quote".into()));
    }
}
