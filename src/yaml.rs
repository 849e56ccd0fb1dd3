//! YAML in and out: the one place that knows `serde-saphyr` and its settings.
//!
//! Reading keeps the position of every node, for errors and for `render --explain`. Scalars are
//! read as `kubectl` reads them (YAML 1.1 booleans, `0644` is octal), and written so that no
//! YAML 1.1 or 1.2 reader takes a string for something else.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use anyhow::Result;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;

use crate::vocabulary::{Diagnostic, Place};

mod diagnostic;
pub mod edit;
mod scalars;
mod section;
mod typed;
mod write;

pub use diagnostic::diagnostic;
pub use scalars::{CommandLine, Glob, HttpUrl, Line, Moment, Period, PeriodOr, RelativePath};
pub use section::{Later, Wrong, key, only};
pub(crate) use section::{alternatives, schema_as, written_as};
pub use typed::{At, Entries, Values, convert, read_document, refuse};
pub use write::{write, write_json};

/// A YAML node and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub kind: Kind,
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

/// Reads every document of `text`; empty documents are left out. `file` is for errors.
pub fn parse(text: &str, file: &Path) -> Result<Vec<Node>> {
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| diagnostic(&error, file).into())
}

/// Reads documents as [`parse`] does, but with the keys of maps as they are written: a variable may
/// be called `y` or `on`.
pub fn parse_named(text: &str, file: &Path) -> Result<Vec<Node>> {
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    let documents: Vec<Named> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| anyhow::Error::from(diagnostic(&error, file)))?;
    Ok(documents.into_iter().map(Node::from).collect())
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

    /// A scalar as text; collections, which cannot be keys in JSON, as JSON text.
    pub fn scalar_text(&self) -> String {
        match &self.kind {
            Kind::String(text) => text.clone(),
            _ => self.to_value().to_string(),
        }
    }
}

/// A node in which the keys of maps are text, as it is written, whatever it would mean as a value.
pub struct Named(Node);

impl From<Named> for Node {
    fn from(named: Named) -> Node {
        named.0
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Spanned::<Kind>::deserialize(from).map(|spanned| node(spanned, |kind| kind))
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Spanned::<NamedKind>::deserialize(from).map(|spanned| Named(node(spanned, |kind| kind.0)))
    }
}

fn node<T>(spanned: Spanned<T>, kind: impl FnOnce(T) -> Kind) -> Node {
    let Spanned { value, referenced, defined } = spanned;
    Node {
        kind: kind(value),
        line: referenced.line() as usize,
        column: referenced.column() as usize,
        offset: defined.span().byte_offset().unwrap_or_default() as usize,
        length: defined.span().byte_len().unwrap_or_default() as usize,
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(KindVisitor::<Node, Node>(PhantomData))
    }
}

struct NamedKind(Kind);

impl<'de> Deserialize<'de> for NamedKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(KindVisitor::<Name, Named>(PhantomData)).map(NamedKind)
    }
}

/// A key as it is written.
struct Name(Node);

impl From<Name> for Node {
    fn from(name: Name) -> Node {
        name.0
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Spanned::<String>::deserialize(from).map(|spanned| Name(node(spanned, Kind::String)))
    }
}

/// Reads any value; its keys and its values are read as these types.
struct KindVisitor<K, V>(PhantomData<(K, V)>);

impl<'de, K, V> Visitor<'de> for KindVisitor<K, V>
where
    K: Deserialize<'de> + Into<Node>,
    V: Deserialize<'de> + Into<Node>,
{
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any YAML")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Kind, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Kind, E> {
        let number = Number::from_f64(value);
        number.map(Kind::Number).ok_or_else(|| E::custom("not a number that JSON and Kubernetes have"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Kind, E> {
        Ok(Kind::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element::<V>()? {
            items.push(item.into());
        }
        Ok(Kind::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = from.next_entry::<K, V>()? {
            entries.push((key.into(), value.into()));
        }
        Ok(Kind::Mapping(entries))
    }
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
        assert_eq!(message("a: *x"), "file.yaml:1:4: reference to unknown value");
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
