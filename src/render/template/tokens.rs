//! Hygiene: values never become YAML.
//!
//! A template is rendered with a *token* in place of every value: a sentinel character, a number,
//! the sentinel again. The text is parsed as YAML, and only then the values are put into the tree,
//! where a value cannot change the structure any more. A token that is a whole plain scalar
//! becomes the value, with its type; any other token becomes text of the scalar it stands in.

use std::collections::HashSet;

use anyhow::Result;
use indexmap::map::Entry;
use serde_json::Value;

use super::sentinel::Sentinel;
use super::source::{RenderedText, Source};
use crate::render::fields;
use crate::render::manifest::Document;
use crate::variables::{Data, Entries, Scalar};
use crate::vocabulary::Diagnostic;
use crate::yaml::{self, Kind, Node};

/// What the tokens of one rendered text stand for.
#[derive(Debug, Default, Clone)]
pub struct Tokens(Vec<Interpolated>);

#[derive(Debug, Clone)]
pub struct Interpolated {
    pub data: Data,
    /// Its text inside other text, where that is not the obvious one.
    text: Option<String>,
    is_indented: bool,
}

impl IntoIterator for Tokens {
    type Item = Interpolated;
    type IntoIter = std::vec::IntoIter<Interpolated>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Interpolated {
    pub fn new(data: Data) -> Self {
        Self { data, text: None, is_indented: false }
    }

    /// The text inside other text; `None` for a list, a map and null.
    pub fn text(&self) -> Option<String> {
        match (&self.text, &self.data) {
            (Some(text), _) => Some(text.clone()),
            (None, Data::Scalar(scalar)) => scalar.text().map(Into::into),
            (None, _) => None,
        }
    }
}

impl Tokens {
    /// Takes a value in and gives back its token.
    pub fn add(&mut self, sentinel: Sentinel, data: Data, text: Option<String>) -> String {
        let mark = sentinel.mark();
        self.0.push(Interpolated { text, ..Interpolated::new(data) });
        format!("{mark}{}{mark}", self.0.len() - 1)
    }

    /// The same for a text of several lines that a filter has indented.
    pub fn add_indented(&mut self, sentinel: Sentinel, text: &str) -> String {
        let token = self.add(sentinel, Data::text(text), None);
        self.0.iter_mut().next_back().into_iter().for_each(|added| added.is_indented = true);
        token
    }

    /// Learns how the values are written, from tokens of the same text. Gives the first of `spelled`,
    /// names with their scalars, that an expression has made something else of.
    pub fn respell<'a>(
        &mut self,
        written: Tokens,
        spelled: &'a [(String, Scalar)],
    ) -> Option<&'a (String, Scalar)> {
        let mut lost = None;
        for (token, written) in self.0.iter_mut().zip(written.0) {
            let is_same = token.data.to_value() == written.data.to_value();
            match is_same || is_respelled(token, &written, spelled) {
                true => *token = written,
                false => lost = lost.or(spelled.first()),
            }
        }
        lost
    }

    /// The first of `spelled` whose value is there, without its spelling.
    pub fn without_spelling<'a>(&self, spelled: &'a [(String, Scalar)]) -> Option<&'a (String, Scalar)> {
        let scalars = self.0.iter().flat_map(|token| token.data.scalars());
        let values: HashSet<Value> = scalars.map(Scalar::to_value).collect();
        spelled.iter().find(|(_, scalar)| values.contains(&scalar.to_value()))
    }

    /// The value behind what stands between two marks.
    pub fn get(&self, number: &str) -> Option<&Interpolated> {
        self.0.get(number.parse::<usize>().ok()?)
    }

    /// A rendered text with the text of every value in it; `None` if one has none.
    pub fn text(&self, rendered: &str, sentinel: Sentinel) -> Option<String> {
        let parts = rendered.split(sentinel.mark()).enumerate();
        let part = |(index, part): (usize, &str)| match index % 2 {
            0 => Some(part.to_owned()),
            _ => self.get(part)?.text(),
        };
        parts.map(part).collect()
    }

    /// Parses a rendered text and puts the values where their tokens stand.
    pub fn resolve(&self, rendered: &str, source: &Source, sentinel: Sentinel) -> Result<Vec<Document>> {
        let rendered = RenderedText::new(source, rendered, sentinel);
        let nodes = yaml::parse(rendered.text, &source.path).map_err(|error| rendered.yaml_error(error))?;
        let tree = Tree { tokens: self, rendered: &rendered };
        let document = |node: Node| {
            let origin = rendered.place(node.line);
            Ok(Document { value: fields::document(tree.data(node)?), origin })
        };
        nodes.into_iter().map(document).collect()
    }
}

/// A parsed text whose tokens are being replaced.
struct Tree<'a> {
    tokens: &'a Tokens,
    rendered: &'a RenderedText<'a>,
}

impl Tree<'_> {
    fn data(&self, node: Node) -> Result<Data> {
        Ok(match node.kind {
            Kind::String(ref text) if self.rendered.sentinel.marks(text) => self.interpolated(text, &node)?,
            Kind::Sequence(items) => {
                Data::List(items.into_iter().map(|item| self.data(item)).collect::<Result<_>>()?)
            }
            Kind::Mapping(entries) => Data::Map(self.mapping(entries)?),
            _ => Data::of_node(node),
        })
    }

    fn interpolated(&self, text: &str, node: &Node) -> Result<Data> {
        let RenderedText { text: rendered, sentinel, .. } = *self.rendered;
        Ok(match whole(node, text, rendered, sentinel) {
            Some(number) => match self.tokens.get(number) {
                Some(interpolated) => interpolated.data.clone(),
                None => Data::text(self.text(text, node)?),
            },
            None => Data::text(chomped(self.text(text, node)?, node, rendered)),
        })
    }

    fn mapping(&self, entries: Vec<(Node, Node)>) -> Result<Entries> {
        let mut map = Entries::with_capacity(entries.len());
        for (key, value) in entries {
            let (line, is_interpolated) = (key.line, self.is_interpolated(&key));
            match map.entry(self.key(key)?) {
                Entry::Vacant(free) => _ = free.insert(self.data(value)?),
                Entry::Occupied(known) => {
                    let message = match is_interpolated {
                        true => "a value makes this key a duplicate of another key in the same map".into(),
                        false => format!("duplicate key `{}`", known.key()),
                    };
                    return Err(self.rendered.diagnostic(message, line).into());
                }
            }
        }
        Ok(map)
    }

    fn key(&self, node: Node) -> Result<String> {
        match &node.kind {
            Kind::String(text) if self.rendered.sentinel.marks(text) => self.text(text, &node),
            Kind::Sequence(_) | Kind::Mapping(_) => {
                let message = "a key that is a list or a map, which Kubernetes does not support";
                Err(self.error(&node, message.into()))
            }
            _ => Ok(node.into_scalar_text()),
        }
    }

    fn is_interpolated(&self, node: &Node) -> bool {
        matches!(&node.kind, Kind::String(text) if self.rendered.sentinel.marks(text))
    }

    /// `text` with every token replaced by the text of its value.
    fn text(&self, text: &str, node: &Node) -> Result<String> {
        let mark = self.rendered.sentinel.mark();
        let mut result = String::with_capacity(text.len());
        for (index, part) in text.split(mark).enumerate() {
            if index % 2 == 0 {
                result.push_str(part);
                continue;
            }
            let Some(interpolated) = self.tokens.get(part) else {
                let message = "a filter has cut a value that was already part of a text";
                return Err(self.error(node, message.into()));
            };
            if interpolated.is_indented && block_header(node, self.rendered.text).is_some() {
                return Err(self.indented(node));
            }
            match interpolated.text() {
                Some(text) => result.push_str(&text),
                None => return Err(self.not_text(node, &interpolated.data)),
            }
        }
        Ok(result)
    }

    fn not_text(&self, node: &Node, data: &Data) -> anyhow::Error {
        let kind = match data {
            Data::Map(_) => "a map",
            Data::List(_) => "a list",
            Data::Scalar(_) => "null",
        };
        self.diagnostic(node, format!("{kind} cannot be inside text or a key"))
            .hint(
                "make it the whole value, without quotes, or name a value in it; a Jinja template writes it as \
                 text with `| tojson`",
            )
            .into()
    }

    /// The spaces would be part of the value: a certificate with them is none.
    fn indented(&self, node: &Node) -> anyhow::Error {
        self.diagnostic(node, "`indent` would put spaces into the value".to_owned())
            .hint("write the value without `| indent`: all of its lines get the indentation of the block")
            .into()
    }

    fn error(&self, node: &Node, message: String) -> anyhow::Error {
        self.diagnostic(node, message).into()
    }

    fn diagnostic(&self, node: &Node, message: String) -> Diagnostic {
        self.rendered.diagnostic(message, node.line)
    }
}

/// Whether a text is another one in which values stand as they are written.
fn is_respelled(token: &Interpolated, written: &Interpolated, spelled: &[(String, Scalar)]) -> bool {
    let (Some(text), Some(written)) = (token.text(), written.text()) else { return false };
    let respelled = spelled.iter().fold(text, |text, (_, scalar)| match scalar.text() {
        Some(spelling) if written.contains(&*spelling) => {
            text.replace(&scalar.to_value().to_string(), &spelling)
        }
        _ => text,
    });
    respelled == written
}

/// The number of the token, when it is all there is of a node and stands there without quotes or tag.
/// The span of a quoted or block scalar is longer than its text.
pub fn whole<'a>(node: &Node, text: &'a str, rendered: &str, sentinel: Sentinel) -> Option<&'a str> {
    let span = rendered.get(node.offset..node.offset + node.length)?;
    let before = rendered[..node.offset].trim_end_matches([' ', '\t']);
    if span != text || before.ends_with("!!str") {
        return None;
    }
    let number = text.strip_prefix(sentinel.mark())?.strip_suffix(sentinel.mark())?;
    (!sentinel.marks(number)).then_some(number)
}

/// How a block scalar ends, as its header says, when its text has become another one. Without a word
/// there, it ends with one line break, or with none if it is empty.
fn chomped(text: String, node: &Node, rendered: &str) -> String {
    match block_header(node, rendered) {
        None => text,
        Some(header) if header.contains('+') => text,
        Some(header) => {
            let kept = text.trim_end_matches('\n');
            let end = if header.contains('-') || kept.is_empty() { "" } else { "\n" };
            format!("{kept}{end}")
        }
    }
}

/// `|`, `>-` and the like, of a block scalar.
pub fn block_header<'a>(node: &Node, rendered: &'a str) -> Option<&'a str> {
    let span = rendered.get(node.offset..node.offset + node.length)?;
    let header = match span.starts_with(['|', '>']) {
        true => span.lines().next()?,
        // The span may begin behind the header, where the text does.
        false => {
            let line = rendered[..node.offset].trim_end_matches([' ', '\t']).strip_suffix('\n')?;
            let line = line.trim_end().lines().next_back()?;
            let line = line.split(" #").next()?;
            &line[line.rfind(['|', '>'])?..]
        }
    };
    let header = header.split([' ', '\t']).next()?;
    let rest = header.strip_prefix(['|', '>'])?;
    rest.chars().all(|c| c.is_ascii_digit() || "+-".contains(c)).then_some(header)
}
