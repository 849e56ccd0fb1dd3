//! What reading YAML gives: values, each with its place and its spelling.

use std::borrow::Cow;
use std::path::Path;

use serde_json::{Map, Number, Value};

use crate::vocabulary::Place;

/// A YAML node and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub kind: Kind,
    /// What [`Node::spelling`] gives, where that is not the value itself.
    pub(super) spelling: Option<Box<str>>,
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

    /// How a scalar is written, where JSON writes its value otherwise.
    pub fn unusual_spelling(&self) -> Option<&str> {
        let spelling = self.spelling.as_deref()?;
        let canonical = self.to_value().to_string();
        (spelling != canonical).then_some(spelling)
    }

    /// What a file without a document holds.
    pub(super) fn empty() -> Self {
        Self { kind: Kind::Null, spelling: None, line: 1, column: 1, offset: 0, length: 0 }
    }

    /// Remembers how a scalar is written.
    pub(super) fn spell(&mut self, written: &str) {
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
    pub(super) fn key_text(&self) -> Cow<'_, str> {
        match &self.kind {
            Kind::String(text) => Cow::Borrowed(text),
            _ => Cow::Owned(self.scalar_text()),
        }
    }

    /// The same, of a node that nobody else needs.
    pub fn into_value(self) -> Value {
        match self.kind {
            Kind::String(text) => Value::String(text),
            Kind::Number(value) => Value::Number(value),
            Kind::Sequence(items) => items.into_iter().map(Node::into_value).collect(),
            Kind::Mapping(entries) => {
                let entries = entries.into_iter().map(|(key, it)| (key.into_scalar_text(), it.into_value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
            Kind::Null | Kind::Bool(_) => self.to_value(),
        }
    }

    pub fn into_scalar_text(self) -> String {
        match self.kind {
            Kind::String(text) => text,
            _ => self.to_value().to_string(),
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
