//! Laying sources over one another, with the history of every value.

use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value};

use super::model::{Leaf, Origin, Variables};
use crate::vocabulary::{HIDDEN, RESERVED, reserved};
use crate::yaml::{Kind, Node};

/// A value of a source and where it was written.
#[derive(Debug, Clone)]
pub struct Tree {
    content: Content,
    origin: Origin,
    secret: bool,
    /// What stood here before, the latest first.
    overrode: Vec<(Value, Origin)>,
}

#[derive(Debug, Clone)]
enum Content {
    Map(Vec<(String, Tree)>),
    Leaf(Value),
}

impl Tree {
    pub fn leaf(value: Value, origin: Origin) -> Tree {
        Tree { content: Content::Leaf(value), origin, secret: false, overrode: Vec::new() }
    }

    pub fn map(entries: Vec<(String, Tree)>, origin: Origin) -> Tree {
        Tree { content: Content::Map(entries), origin, secret: false, overrode: Vec::new() }
    }

    /// A node of a document, all of it from one place: `--set`.
    pub fn from_value(value: Value, origin: &Origin) -> Tree {
        match value {
            Value::Object(map) => {
                let entries = map.into_iter().map(|(key, value)| (key, Tree::from_value(value, origin)));
                Tree::map(entries.collect(), origin.clone())
            }
            value => Tree::leaf(value, origin.clone()),
        }
    }

    /// The entries of a mapping, each with its place in `file`; none if it is no mapping.
    pub fn entries(node: &Node, file: &Path) -> Vec<(String, Tree)> {
        match &node.kind {
            Kind::Mapping(entries) => {
                entries.iter().map(|(key, value)| (key.scalar_text(), Tree::node(key, value, file))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A person looks for the line of the name, and finds the value behind it.
    fn node(key: &Node, value: &Node, file: &Path) -> Tree {
        let origin = Origin::Place(key.place(file));
        match &value.kind {
            Kind::Mapping(_) => Tree::map(Tree::entries(value, file), origin),
            _ => Tree::leaf(value.to_value(), origin),
        }
    }

    fn mark_secret(&mut self) {
        self.secret = true;
        if let Content::Map(entries) = &mut self.content {
            entries.iter_mut().for_each(|(_, tree)| tree.mark_secret());
        }
    }

    /// The value, without what must not be seen.
    fn visible(&self) -> Value {
        match &self.content {
            _ if self.secret => Value::String(HIDDEN.to_owned()),
            Content::Leaf(value) => value.clone(),
            Content::Map(entries) => {
                entries.iter().map(|(key, tree)| (key.clone(), tree.visible())).collect::<Map<_, _>>().into()
            }
        }
    }

    fn lay_over(&mut self, new: Tree) {
        match (&mut self.content, new.content) {
            (Content::Map(old), Content::Map(entries)) => {
                self.secret &= new.secret;
                lay_over(old, entries);
            }
            (_, content) => {
                let mut overrode = vec![(self.visible(), self.origin.clone())];
                overrode.append(&mut self.overrode);
                *self = Tree { content, origin: new.origin, secret: new.secret, overrode };
            }
        }
    }
}

fn lay_over(old: &mut Vec<(String, Tree)>, new: Vec<(String, Tree)>) {
    for (name, tree) in new {
        match old.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.lay_over(tree),
            None => old.push((name, tree)),
        }
    }
}

/// Sources, merged so far.
#[derive(Debug, Default)]
pub struct Merge(Vec<(String, Tree)>);

impl Merge {
    /// Lays a source over those before.
    pub fn add(&mut self, mut source: Vec<(String, Tree)>, secret: bool) -> Result<()> {
        for (name, tree) in &mut source {
            if RESERVED.contains(&name.as_str()) {
                return Err(match &tree.origin {
                    Origin::Place(place) => reserved(name, Some(place.clone())).into(),
                    origin => anyhow::Error::from(reserved(name, None)).context(format!("{origin}")),
                });
            }
            if secret {
                tree.mark_secret();
            }
        }
        lay_over(&mut self.0, source);
        Ok(())
    }

    pub fn finish(self) -> Variables {
        let mut leaves = Vec::new();
        let values = flatten(self.0, "", &[], &mut leaves);
        Variables { values, leaves }
    }
}

/// The values of a map; its leaves are added to `leaves`. What a map overrode, its leaves did.
fn flatten(
    entries: Vec<(String, Tree)>,
    prefix: &str,
    overrode: &[(Value, Origin)],
    leaves: &mut Vec<Leaf>,
) -> Map<String, Value> {
    let mut values = Map::new();
    for (key, tree) in entries {
        let name = format!("{prefix}{key}");
        let history = [&tree.overrode, overrode].concat();
        let leaf = match tree.content {
            Content::Map(entries) if !entries.is_empty() => {
                let map = flatten(entries, &format!("{name}."), &history, leaves);
                values.insert(key, map.into());
                continue;
            }
            Content::Map(_) => Value::Object(Map::new()),
            Content::Leaf(value) => value,
        };
        let Tree { origin, secret, .. } = tree;
        leaves.push(Leaf { name, value: leaf.clone(), origin, overrode: history, secret });
        values.insert(key, leaf);
    }
    values
}
