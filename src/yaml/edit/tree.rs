//! A YAML text as a tree that knows the bytes of every scalar.
//!
//! From `granit-parser`, the parser below `serde-saphyr`: its events have the ends of scalars and
//! the way they are quoted, which the values no longer have.

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle};

/// A node and the bytes it covers. Only those of scalars and aliases have a meaning.
#[derive(Debug)]
pub struct Item {
    pub start: usize,
    pub end: usize,
    /// Counting from 1.
    pub line: usize,
    pub column: usize,
    /// Inside `[ ]` or `{ }`, where `,` and brackets end a plain scalar.
    pub in_flow: bool,
    pub shape: Shape,
}

#[derive(Debug)]
pub enum Shape {
    Scalar(String, ScalarStyle),
    Alias,
    Sequence(Vec<Item>),
    Mapping(Vec<(Item, Item)>),
}

/// The documents of `text`.
pub fn read_items(text: &str) -> Result<Vec<Item>, ScanError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        match event {
            Event::Scalar(text, style, ..) => builder.leaf(span, Shape::Scalar(text.into_owned(), style)),
            Event::Alias(_) => builder.leaf(span, Shape::Alias),
            Event::SequenceStart(style, ..) => builder.start(span, style, Shape::Sequence(Vec::new())),
            Event::MappingStart(style, ..) => builder.start(span, style, Shape::Mapping(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => builder.end(),
            _ => {}
        }
    }
    Ok(builder.documents)
}

#[derive(Default)]
struct Builder {
    documents: Vec<Item>,
    /// The collections that have not ended, with their children so far: of a mapping its keys and
    /// values in turn.
    open: Vec<(Item, Vec<Item>)>,
    /// How many of `open` are in flow style.
    flows: usize,
}

impl Builder {
    fn start(&mut self, span: Span, style: StructureStyle, shape: Shape) {
        let item = self.item(span, shape);
        self.flows += usize::from(self.flows > 0 || style == StructureStyle::Flow);
        self.open.push((item, Vec::new()));
    }

    fn end(&mut self) {
        let Some((mut item, children)) = self.open.pop() else { return };
        self.flows = self.flows.saturating_sub(1);
        if let Shape::Mapping(entries) = &mut item.shape {
            let mut children = children.into_iter();
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                entries.push((key, value));
            }
        } else {
            item.shape = Shape::Sequence(children);
        }
        self.push(item);
    }

    fn leaf(&mut self, span: Span, shape: Shape) {
        let item = self.item(span, shape);
        self.push(item);
    }

    fn push(&mut self, item: Item) {
        match self.open.last_mut() {
            Some((_, children)) => children.push(item),
            None => self.documents.push(item),
        }
    }

    fn item(&self, span: Span, shape: Shape) -> Item {
        Item {
            // The whole text is in memory, where the parser always knows the bytes.
            start: span.start.byte_offset().unwrap_or_default(),
            end: span.end.byte_offset().unwrap_or_default(),
            line: span.start.line(),
            column: span.start.col() + 1,
            in_flow: self.flows > 0,
            shape,
        }
    }
}
