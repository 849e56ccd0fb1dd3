//! From the parser's events to nodes: the one reader of YAML.
//!
//! It is stricter than most: a duplicate key, a tag that it does not know, a key that is not text
//! are errors with their place, because each of them is a value that would be lost. It is bounded:
//! by depth, and by how much a document's aliases may add to it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::keys::{check_keys, merge};
use super::node::{Duplicate, Kind, Node};
use super::reading::{MAX_DEPTH, Reading, too_deep};
use super::resolve;
use super::segments::{self, Segment};
use crate::vocabulary::Diagnostic;

/// Values of one document. The largest CRDs have 60,000.
const MAX_NODES: usize = 2_000_000;
/// Text of one document, in bytes, with what its aliases stand for.
const MAX_TEXT: usize = 256 << 20;

const YAML_TAG: &str = "tag:yaml.org,2002:";

/// Documents, and the duplicate keys of them that were passed over.
#[derive(Debug, Default)]
pub struct Documents {
    pub nodes: Vec<Node>,
    pub duplicates: Vec<Duplicate>,
}

/// Reads every document of `text`. Empty ones are left out.
pub fn read(reading: Reading, text: &str) -> Result<Documents, Diagnostic> {
    let read = read_segments(reading, &segments::documents(text));
    match read.is_err().then(|| segments::json_values(text)).flatten() {
        Some(values) if values.len() > 1 => read_segments(reading, &values),
        _ => read,
    }
}

fn read_segments(reading: Reading, segments: &[Segment]) -> Result<Documents, Diagnostic> {
    let mut documents = Documents::default();
    for segment in segments {
        let mut builder = Builder::new(reading, *segment, documents);
        let options = granit_parser::options! {
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        for event in Parser::new_from_str_with_options(segment.text, options) {
            let (event, span) = event.map_err(|error| builder.syntax(&error))?;
            builder.event(event, span)?;
        }
        documents = builder.documents;
    }
    Ok(documents)
}

/// The parser's words, without what it was doing: people know what they wrote.
fn in_words(kind: &ErrorKind) -> String {
    let text = kind.to_string();
    match kind {
        ErrorKind::UnknownAnchor => "there is no anchor of this name before".to_owned(),
        ErrorKind::RecursionLimitExceeded => too_deep(),
        _ => match text.split_once(", ") {
            Some((doing, what)) if doing.starts_with("while ") => what.to_owned(),
            _ => text,
        },
    }
}

/// A list or map that has not ended.
struct Open {
    node: Node,
    /// Of a map, the key whose value comes next.
    key: Option<Node>,
    /// Of a map, its key `<<` and what stands behind it.
    merge: Option<(Node, Node)>,
    /// Whether `key` is `<<`.
    merges: bool,
    anchor: usize,
    height: usize,
    before: Size,
}

/// What an alias stands for.
struct Anchored {
    node: Node,
    height: usize,
    size: Size,
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    nodes: usize,
    text: usize,
}

struct Builder<'a> {
    reading: Reading<'a>,
    segment: Segment<'a>,
    documents: Documents,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    /// Of the document so far.
    size: Size,
}

impl<'a> Builder<'a> {
    fn new(reading: Reading<'a>, segment: Segment<'a>, documents: Documents) -> Self {
        let (open, anchors) = (Vec::new(), HashMap::new());
        Self { reading, segment, documents, open, anchors, size: Size::default() }
    }

    fn event(&mut self, event: Event, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.size = Size::default();
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), span)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.start(Kind::Sequence(Vec::new()), "seq", anchor, tag.as_deref(), span)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.start(Kind::Mapping(Vec::new()), "map", anchor, tag.as_deref(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let is_plain = style == ScalarStyle::Plain;
        // The parser writes `~` where there is nothing.
        let text = if is_plain && span.start.index() == span.end.index() { "" } else { text };
        let tag = self.tag(tag, span)?;
        let merges = match tag.as_deref() {
            None => is_plain && text == "<<",
            Some(tag) => tag == "merge" && text == "<<",
        };
        let kind = match tag.as_deref() {
            _ if merges => Ok(Kind::String(text.to_owned())),
            None if is_plain => resolve::plain(text).map_err(str::to_owned),
            None => Ok(Kind::String(text.to_owned())),
            Some(tag) => resolve::tagged(text, tag),
        };
        let kind = kind.map_err(|message| self.error(span, message))?;
        self.grow(span, Size { nodes: 1, text: text.len() })?;
        let mut node = self.node(kind, span);
        node.spell(text);
        if anchor != 0 {
            let size = Size { nodes: 1, text: text.len() };
            self.anchors.insert(anchor, Anchored { node: node.clone(), height: 0, size });
        }
        if merges && let Some(open) = self.open.last_mut() {
            open.merges = open.key.is_none();
        }
        self.push(node, 0)
    }

    fn start(
        &mut self,
        kind: Kind,
        own_tag: &str,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        match self.tag(tag, span)? {
            Some(tag) if tag != own_tag => {
                return Err(self.error(span, format!("the tag `!!{tag}` is not supported here")));
            }
            _ => {}
        }
        let before = self.size;
        self.grow(span, Size { nodes: 1, text: 0 })?;
        let node = self.node(kind, span);
        self.open.push(Open { node, key: None, merge: None, merges: false, anchor, height: 0, before });
        self.check_depth(span, 0)
    }

    fn end(&mut self) -> Result<(), Diagnostic> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        if let Kind::Mapping(entries) = &mut open.node.kind {
            for (name, key) in check_keys(entries, &self.reading)? {
                let (document, path) = (self.documents.nodes.len(), path(&self.open, &name));
                self.documents.duplicates.push(Duplicate {
                    path,
                    document,
                    line: key.line,
                    column: key.column,
                });
            }
            if let Some((key, value)) = open.merge {
                merge(entries, &key, &value, &self.reading)?;
            }
        }
        let height = open.height + 1;
        if open.anchor != 0 {
            let size =
                Size { nodes: self.size.nodes - open.before.nodes, text: self.size.text - open.before.text };
            self.anchors.insert(open.anchor, Anchored { node: open.node.clone(), height, size });
        }
        self.push(open.node, height)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(self.error(span, "an alias inside of what it stands for"));
        };
        let (height, size) = (anchored.height, anchored.size);
        self.grow(span, size)?;
        self.check_depth(span, height)?;
        let Some(anchored) = self.anchors.get(&anchor) else { return Ok(()) };
        let (line, column) = self.position(span.start);
        let node = Node { line, column, ..anchored.node.clone() };
        self.push(node, height)
    }

    fn push(&mut self, node: Node, height: usize) -> Result<(), Diagnostic> {
        let Some(open) = self.open.last_mut() else {
            if node.kind != Kind::Null || self.reading.empty {
                self.documents.nodes.push(node);
            }
            return Ok(());
        };
        open.height = open.height.max(height);
        match (&mut open.node.kind, open.key.take()) {
            (Kind::Mapping(_), Some(key)) if mem::take(&mut open.merges) => {
                if open.merge.is_some() {
                    let error = self.reading.error(key.line, key.column, "duplicate key `<<`");
                    return Err(error.hint("merge several maps with one key: `<<: [*a, *b]`"));
                }
                open.merge = Some((key, node));
            }
            (Kind::Mapping(entries), Some(key)) => entries.push((key, node)),
            (Kind::Mapping(_), None) => open.key = Some(node),
            (Kind::Sequence(items), _) => items.push(node),
            _ => {}
        }
        Ok(())
    }

    /// What stands behind `tag:yaml.org,2002:`. `!` alone says that it is no other than it looks,
    /// which is text.
    fn tag<'t>(&self, tag: Option<&'t Tag>, span: Span) -> Result<Option<Cow<'t, str>>, Diagnostic> {
        let Some(tag) = tag else { return Ok(None) };
        if tag.original() == "!" {
            return Ok(Some("str".into()));
        }
        match tag.suffix_in_namespace(YAML_TAG) {
            Some(name) => Ok(Some(name)),
            None => {
                let at = span.tag_start().unwrap_or(span.start);
                let message = format!("the tag `{}` is not known", tag.original());
                let (line, column) = self.position(at);
                let error = self.reading.error(line, column, message);
                Err(error.hint("remove the tag, or put the value in quotes if `!` belongs to it"))
            }
        }
    }

    fn grow(&mut self, span: Span, by: Size) -> Result<(), Diagnostic> {
        self.size.nodes += by.nodes;
        self.size.text += by.text;
        if self.size.nodes > MAX_NODES {
            return Err(self.error(span, format!("the document has more than {MAX_NODES} values")));
        }
        match self.size.text > MAX_TEXT {
            true => {
                Err(self.error(span, format!("the document has more than {} MiB of text", MAX_TEXT >> 20)))
            }
            false => Ok(()),
        }
    }

    fn check_depth(&self, span: Span, height: usize) -> Result<(), Diagnostic> {
        match self.open.len() + height > MAX_DEPTH {
            true => Err(self.error(span, too_deep())),
            false => Ok(()),
        }
    }

    fn node(&self, kind: Kind, span: Span) -> Node {
        let range = span.byte_range().unwrap_or_default();
        let (line, column) = self.position(span.start);
        let (offset, length) = (range.start + self.segment.offset, range.len());
        Node { kind, spelling: None, line, column, offset, length }
    }

    fn error(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        let (line, column) = self.position(span.start);
        self.reading.error(line, column, message)
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let (line, column) = self.position(*error.marker());
        self.reading.error(line, column, in_words(error.kind()))
    }

    fn position(&self, at: Marker) -> (usize, usize) {
        self.segment.position(at.line(), at.col() + 1)
    }
}

/// Where in its document a key of the map stands that has just ended: `spec.containers[0].name`.
fn path(open: &[Open], name: &str) -> String {
    let path = open.iter().fold(String::new(), |path, open| match (&open.node.kind, &open.key) {
        (Kind::Sequence(items), _) => format!("{path}[{}]", items.len()),
        (_, Some(key)) => format!("{path}.{}", key.scalar_text()),
        (_, None) => path,
    });
    format!("{path}.{name}").trim_start_matches('.').to_owned()
}
