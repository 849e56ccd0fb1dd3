//! YAML in and out: the one reader and the one writer.
//!
//! Reading keeps the position of every node, for errors and for `render --explain`, and how its
//! scalars are written. Scalars are read as `kubectl` reads them (YAML 1.1 booleans, `0644` is
//! octal), and written so that no YAML 1.1 or 1.2 reader takes a string for something else.

use std::borrow::Cow;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Number, Value};

use crate::vocabulary::{Diagnostic, Place};
use reader::read;
use reading::{Duplicates, Keys, Reading};

mod deserialize;
pub mod edit;
mod keys;
mod reader;
mod reading;
mod resolve;
mod scalars;
mod section;
mod text_or;
mod typed;
mod write;

pub use scalars::{CommandLine, Glob, HttpUrl, Line, Moment, Period, PeriodOr, RelativePath};
pub use section::{Later, Wrong, key, only};
pub(crate) use section::{alternatives, schema_as, written_as};
pub use text_or::TextOr;
pub use typed::{At, Entries, Values, convert, read_document, refuse};
pub use write::{write, write_json};

/// A YAML node and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub kind: Kind,
    /// What [`Node::spelling`] gives, where that is not the value itself.
    spelling: Option<Box<str>>,
    /// Counting from 1.
    pub line: usize,
    pub column: usize,
    /// Where the text of the node begins, in bytes; for an alias that is at its anchor.
    pub offset: usize,
    /// How many bytes of the text the node takes, quotes included.
    pub length: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

/// A duplicate key that was accepted: its last value counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// `spec.template.metadata.labels.app`
    pub path: String,
    /// Which of the documents that were read it is in, counting from 0.
    pub document: usize,
    /// Where the key stands whose value counts.
    pub line: usize,
    pub column: usize,
}

/// Reads every document of `text`; empty documents are left out. `file` is for errors.
pub fn parse(text: &str, file: &Path) -> Result<Vec<Node>> {
    let reading = Reading { file, keys: Keys::Resolved, duplicates: Duplicates::Refused };
    Ok(read(reading, text)?.nodes)
}

/// Reads documents as [`parse`] does, but with the keys of maps as they are written: a variable may
/// be called `y` or `on`.
pub fn parse_named(text: &str, file: &Path) -> Result<Vec<Node>> {
    let reading = Reading { file, keys: Keys::AsWritten, duplicates: Duplicates::Refused };
    Ok(read(reading, text)?.nodes)
}

/// Reads documents as [`parse`] does, but of duplicate keys the last one counts, as helm has it. Says
/// which these are.
pub fn parse_last_wins(text: &str, file: &Path) -> Result<(Vec<Node>, Vec<Duplicate>)> {
    let reading = Reading { file, keys: Keys::Resolved, duplicates: Duplicates::LastWins };
    let documents = read(reading, text)?;
    Ok((documents.nodes, documents.duplicates))
}

/// Reads what can be known of a text that need not be a manifest, as a template before it is rendered:
/// keys may be anything, also twice.
pub fn parse_leniently(text: &str, file: &Path) -> Result<Vec<Node>> {
    let reading = Reading { file, keys: Keys::Anything, duplicates: Duplicates::LastWins };
    Ok(read(reading, text)?.nodes)
}

/// Bytes of a file as text: UTF-8, with or without a byte order mark.
pub fn text(bytes: Vec<u8>, file: &Path) -> Result<String, Diagnostic> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        let diagnostic = Diagnostic::new("the file is not UTF-8 text").at(Place::new(file, line, 0));
        diagnostic.hint("save it as UTF-8")
    })
}

/// Whether there is nothing but comments, or just `null`.
pub fn is_empty(text: &str, file: &Path) -> Result<bool> {
    Ok(parse(text, file)?.iter().all(|document| document.kind == Kind::Null))
}

impl Node {
    pub fn place(&self, file: &Path) -> Place {
        Place::new(file, self.line, self.column)
    }

    /// The node without positions. A mapping's key is the text of its scalar.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number(value) => Value::Number(value.clone()),
            Kind::String(value) => Value::String(value.clone()),
            Kind::Sequence(items) => items.iter().map(Node::to_value).collect(),
            Kind::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.scalar_text(), value.to_value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// A scalar as it is written, without quotes: `1.10`, `0755`, `~`. A collection as JSON.
    pub fn spelling(&self) -> Cow<'_, str> {
        match (&self.spelling, &self.kind) {
            (Some(spelling), _) => Cow::Borrowed(spelling),
            (None, Kind::String(text)) => Cow::Borrowed(text),
            (None, _) => Cow::Owned(self.to_value().to_string()),
        }
    }

    /// What a file without a document holds.
    fn empty() -> Self {
        Self { kind: Kind::Null, spelling: None, line: 1, column: 1, offset: 0, length: 0 }
    }

    /// Remembers how a scalar is written.
    fn spell(&mut self, written: &str) {
        self.spelling = match &self.kind {
            Kind::String(text) if text == written => None,
            Kind::Bool(true) if written == "true" => None,
            Kind::Bool(false) if written == "false" => None,
            Kind::Null if written == "null" => None,
            Kind::Number(number) if !number.is_f64() && is_decimal(written) => None,
            _ => Some(written.into()),
        };
    }

    /// The key of a map as text, without a copy where that can be.
    fn key_text(&self) -> Cow<'_, str> {
        match &self.kind {
            Kind::String(text) => Cow::Borrowed(text),
            _ => Cow::Owned(self.scalar_text()),
        }
    }

    /// A scalar as text; collections, which cannot be keys in JSON, as JSON text.
    pub fn scalar_text(&self) -> String {
        match &self.kind {
            Kind::String(text) => text.clone(),
            _ => self.to_value().to_string(),
        }
    }
}

/// A whole number as it prints.
fn is_decimal(text: &str) -> bool {
    (text == "0" || !text.starts_with('0')) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(text, Path::new("file.yaml")).unwrap_err().to_string()
    }

    #[test]
    fn errors_are_one_line_with_the_place_once() {
        assert_eq!(message("a: [1,\nb: 2"), "file.yaml:1:4: unclosed bracket '['");
        assert_eq!(message("a: 1\na: 2"), "file.yaml:2:1: duplicate key `a`");
        assert_eq!(message("a: *x"), "file.yaml:1:4: there is no anchor of this name before");
    }

    #[test]
    fn scalars_are_read_as_kubectl_reads_them() {
        let nodes = parse("[yes, 0644, 0o14, 1_000, '1', 2020-01-01, ~, 1.10]", Path::new("")).unwrap();
        let expected = serde_json::json!([true, 420, 12, 1000, "1", "2020-01-01", null, 1.1]);
        assert_eq!(nodes[0].to_value(), expected);
    }

    #[test]
    fn strings_that_look_like_something_else_are_quoted() {
        let value = serde_json::json!({"on": "no", "a": "1_000", "b": "706798e8", "c": "1:30", "d": ""});
        let text = "\"on\": \"no\"\na: \"1_000\"\nb: \"706798e8\"\nc: \"1:30\"\nd: \"\"\n";
        assert_eq!(write(&value).unwrap(), text);
    }
}
