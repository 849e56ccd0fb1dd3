//! Hygiene: values never become YAML.
//!
//! A template is rendered with a *token* in place of every value: a sentinel character, a number,
//! the sentinel again. The text is parsed as YAML, and only then the values are put into the tree,
//! where a value cannot change the structure any more. A token that is a whole plain scalar
//! becomes the value, with its type; any other token becomes text of the scalar it stands in.

use anyhow::Result;
use serde_json::{Map, Value};

use super::sentinel::Sentinel;
use super::source::Source;
use crate::render::manifest::Document;
use crate::vocabulary::Diagnostic;
use crate::yaml::{self, Kind, Node};

/// What the tokens of one rendered text stand for.
#[derive(Debug, Default)]
pub struct Tokens(Vec<Interpolated>);

#[derive(Debug)]
struct Interpolated {
    value: Value,
    /// Its text inside other text, where that is not the obvious one.
    text: Option<String>,
}

impl Tokens {
    /// Takes a value in and gives back its token.
    pub fn add(&mut self, sentinel: Sentinel, value: Value, text: Option<String>) -> String {
        let mark = sentinel.mark();
        self.0.push(Interpolated { value, text });
        format!("{mark}{}{mark}", self.0.len() - 1)
    }

    /// Parses a rendered text and puts the values where their tokens stand.
    pub fn resolve(&self, rendered: &str, source: &Source, sentinel: Sentinel) -> Result<Vec<Document>> {
        let nodes = yaml::parse(rendered, &source.path)
            .map_err(|error| source.yaml_error(error, rendered, sentinel))?;
        let tree = Tree { tokens: self, rendered, source, sentinel };
        let document = |node: &Node| {
            Ok(Document { value: tree.value(node)?, origin: source.place(rendered, node.line, sentinel) })
        };
        nodes.iter().map(document).collect()
    }
}

/// A parsed text whose tokens are being replaced.
struct Tree<'a> {
    tokens: &'a Tokens,
    rendered: &'a str,
    source: &'a Source,
    sentinel: Sentinel,
}

impl Tree<'_> {
    fn value(&self, node: &Node) -> Result<Value> {
        Ok(match &node.kind {
            Kind::String(text) if self.sentinel.marks(text) => match self.whole(node, text) {
                Some(interpolated) => interpolated.value.clone(),
                None => Value::String(self.text(text, node)?),
            },
            Kind::Sequence(items) => items.iter().map(|item| self.value(item)).collect::<Result<_>>()?,
            Kind::Mapping(entries) => self.mapping(entries)?,
            _ => node.to_value(),
        })
    }

    fn mapping(&self, entries: &[(Node, Node)]) -> Result<Value> {
        let mut map = Map::with_capacity(entries.len());
        for (key, value) in entries {
            let name = self.key(key)?;
            if map.contains_key(&name) {
                let message = if self.is_interpolated(key) {
                    "a value makes this key a duplicate of another key in the same map".to_owned()
                } else {
                    format!("duplicate key `{name}`")
                };
                return Err(self.error(key, message));
            }
            map.insert(name, self.value(value)?);
        }
        Ok(Value::Object(map))
    }

    fn key(&self, node: &Node) -> Result<String> {
        match &node.kind {
            Kind::String(text) if self.sentinel.marks(text) => self.text(text, node),
            Kind::Sequence(_) | Kind::Mapping(_) => {
                Err(self
                    .error(node, "a key that is a list or a map, which Kubernetes does not support".into()))
            }
            _ => Ok(node.scalar_text()),
        }
    }

    fn is_interpolated(&self, node: &Node) -> bool {
        matches!(&node.kind, Kind::String(text) if self.sentinel.marks(text))
    }

    /// The value, when its token is all there is and stands there without quotes or tag. The
    /// span of a quoted or block scalar is longer than its text.
    fn whole(&self, node: &Node, text: &str) -> Option<&Interpolated> {
        let span = self.rendered.get(node.offset..node.offset + node.length)?;
        let before = self.rendered[..node.offset].trim_end_matches([' ', '\t']);
        if span != text || before.ends_with("!!str") {
            return None;
        }
        let mark = self.sentinel.mark();
        let number = text.strip_prefix(mark)?.strip_suffix(mark)?;
        self.interpolated(number)
    }

    fn interpolated(&self, number: &str) -> Option<&Interpolated> {
        self.tokens.0.get(number.parse::<usize>().ok()?)
    }

    /// `text` with every token replaced by the text of its value.
    fn text(&self, text: &str, node: &Node) -> Result<String> {
        let mark = self.sentinel.mark();
        let mut result = String::with_capacity(text.len());
        for (index, part) in text.split(mark).enumerate() {
            if index % 2 == 0 {
                result.push_str(part);
                continue;
            }
            let Some(interpolated) = self.interpolated(part) else {
                let message = "a filter has cut a value that was already part of a text";
                return Err(self.error(node, message.into()));
            };
            match (&interpolated.text, &interpolated.value) {
                (Some(text), _) => result.push_str(text),
                (None, Value::String(text)) => result.push_str(text),
                (None, value @ (Value::Bool(_) | Value::Number(_))) => result.push_str(&value.to_string()),
                (None, value) => return Err(self.not_text(node, value)),
            }
        }
        Ok(result)
    }

    fn not_text(&self, node: &Node, value: &Value) -> anyhow::Error {
        let kind = match value {
            Value::Object(_) => "a map",
            Value::Array(_) => "a list",
            _ => "null",
        };
        self.diagnostic(node, format!("{kind} cannot be inside text or a key"))
            .hint("make it the whole value, without quotes, or write it as text with `| tojson`")
            .into()
    }

    fn error(&self, node: &Node, message: String) -> anyhow::Error {
        self.diagnostic(node, message).into()
    }

    fn diagnostic(&self, node: &Node, message: String) -> Diagnostic {
        self.source.diagnostic(message, self.rendered, node.line, self.sentinel)
    }
}
