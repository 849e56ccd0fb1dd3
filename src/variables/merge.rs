//! Laying sources over one another, with the history of every value.

use std::path::Path;

use anyhow::Result;
use indexmap::IndexMap;
use indexmap::map::Entry;

use super::data::{Data, Entries, Scalar};
use super::model::{Leaf, Origin, Variables};
use crate::secrets::{self, HIDDEN, Kind as SecretKind};
use crate::vocabulary::{Place, RESERVED, reserved};
use crate::yaml::{Kind, Node};

/// A value of a source and where it was written.
#[derive(Debug, Clone)]
pub struct Tree {
    content: Content,
    origin: Origin,
    secret: bool,
    /// What stood here before, the latest first.
    overrode: Vec<(Data, Origin)>,
}

#[derive(Debug, Clone)]
enum Content {
    Map(Branches),
    Leaf(Data),
}

type Branches = IndexMap<String, Tree>;

/// What becomes of a text of the pipeline file: its value, and whether that is secret.
pub type Evaluate<'a> = &'a dyn Fn(&str, &Place) -> Result<(Data, bool)>;

impl Tree {
    pub fn leaf(data: Data, origin: Origin) -> Tree {
        Tree { content: Content::Leaf(data), origin, secret: false, overrode: Vec::new() }
    }

    pub fn map(entries: Vec<(String, Tree)>, origin: Origin) -> Tree {
        let content = Content::Map(entries.into_iter().collect());
        Tree { content, origin, secret: false, overrode: Vec::new() }
    }

    /// A value, all of it from one place.
    pub fn from_data(data: Data, origin: &Origin) -> Tree {
        match data {
            Data::Map(map) => {
                let entries = map.into_iter().map(|(key, data)| (key, Tree::from_data(data, origin)));
                Tree::map(entries.collect(), origin.clone())
            }
            data => Tree::leaf(data, origin.clone()),
        }
    }

    /// The entries of a mapping, each with its place in `file`; none if it is no mapping.
    pub fn entries(node: Node, file: &Path) -> Vec<(String, Tree)> {
        let Kind::Mapping(entries) = node.kind else { return Vec::new() };
        let entries = entries.into_iter().map(|(key, value)| {
            // A person looks for the line of the name, and finds the value behind it.
            let origin = Origin::Place(key.place(file));
            (key.into_scalar_text(), Tree::node(value, origin, file))
        });
        entries.collect()
    }

    fn node(value: Node, origin: Origin, file: &Path) -> Tree {
        match &value.kind {
            Kind::Mapping(_) => Tree::map(Tree::entries(value, file), origin),
            _ => Tree::leaf(Data::of_node(value), origin),
        }
    }

    /// The value with every text evaluated.
    pub fn evaluated(self, evaluate: Evaluate) -> Result<Tree> {
        let Origin::Place(place) = &self.origin else { return Ok(self) };
        match self.content {
            Content::Map(branches) => {
                let branches = branches.into_iter().map(|(key, tree)| Ok((key, tree.evaluated(evaluate)?)));
                Ok(Tree { content: Content::Map(branches.collect::<Result<_>>()?), ..self })
            }
            Content::Leaf(data) => {
                let (data, secret) = evaluated(data, place, evaluate)?;
                let mut tree = Tree::from_data(data, &self.origin);
                if secret {
                    tree.mark_secret();
                }
                Ok(tree)
            }
        }
    }

    pub fn has_secrets(&self) -> bool {
        match &self.content {
            Content::Leaf(_) => self.secret,
            Content::Map(branches) => self.secret || branches.values().any(Tree::has_secrets),
        }
    }

    /// The value itself.
    pub fn to_data(&self) -> Data {
        match &self.content {
            Content::Leaf(data) => data.clone(),
            Content::Map(branches) => {
                Data::Map(branches.iter().map(|(key, tree)| (key.clone(), tree.to_data())).collect())
            }
        }
    }

    /// Nobody is to see it from now on.
    pub fn mark_secret(&mut self) {
        self.secret = true;
        match &mut self.content {
            Content::Map(branches) => branches.values_mut().for_each(Tree::mark_secret),
            Content::Leaf(data) => {
                let read_at = self.origin.to_string();
                data.telling_texts()
                    .iter()
                    .for_each(|text| secrets::remember(SecretKind::Variable, &read_at, text));
            }
        }
    }

    /// The value, without what must not be seen.
    fn visible(&self) -> Data {
        match &self.content {
            _ if self.secret => Data::text(HIDDEN),
            Content::Leaf(data) => data.clone(),
            Content::Map(branches) => {
                Data::Map(branches.iter().map(|(key, tree)| (key.clone(), tree.visible())).collect())
            }
        }
    }

    fn lay_over(&mut self, new: Tree) {
        match (&mut self.content, new.content) {
            (Content::Map(old), Content::Map(branches)) => {
                self.secret &= new.secret;
                lay_over(old, branches);
            }
            (_, content) => {
                let mut overrode = vec![(self.visible(), self.origin.clone())];
                overrode.append(&mut self.overrode);
                *self = Tree { content, origin: new.origin, secret: new.secret, overrode };
            }
        }
    }
}

fn lay_over(old: &mut Branches, new: Branches) {
    for (name, tree) in new {
        match old.entry(name) {
            Entry::Occupied(mut known) => known.get_mut().lay_over(tree),
            Entry::Vacant(free) => _ = free.insert(tree),
        }
    }
}

fn evaluated(data: Data, place: &Place, evaluate: Evaluate) -> Result<(Data, bool)> {
    match data {
        Data::Scalar(Scalar::Typed(serde_json::Value::String(text), _)) => evaluate(&text, place),
        Data::List(items) => {
            let items = items.into_iter().map(|item| evaluated(item, place, evaluate));
            let (items, secret): (Vec<_>, Vec<_>) = items.collect::<Result<Vec<_>>>()?.into_iter().unzip();
            Ok((Data::List(items), secret.contains(&true)))
        }
        Data::Map(entries) => {
            let mut secret = false;
            let entries = entries.into_iter().map(|(key, data)| {
                let (data, is_secret) = evaluated(data, place, evaluate)?;
                secret |= is_secret;
                Ok((key, data))
            });
            let entries = entries.collect::<Result<_>>()?;
            Ok((Data::Map(entries), secret))
        }
        data => Ok((data, false)),
    }
}

/// Sources, merged so far.
#[derive(Debug, Default)]
pub struct Merge(Branches);

impl Merge {
    /// Lays a source over those before.
    pub fn add(&mut self, source: Vec<(String, Tree)>, secret: bool) -> Result<()> {
        let mut source: Branches = source.into_iter().collect();
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

    /// What a variable is so far.
    pub fn get(&self, name: &str) -> Option<&Tree> {
        self.0.get(name)
    }

    /// The names of the variables so far.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub fn finish(self) -> Variables {
        let mut leaves = Vec::new();
        let values = flatten(self.0, "", &[], &mut leaves);
        Variables { values, leaves }
    }
}

/// The values of a map; its leaves are added to `leaves`. What a map overrode, its leaves did.
fn flatten(branches: Branches, prefix: &str, overrode: &[(Data, Origin)], leaves: &mut Vec<Leaf>) -> Entries {
    let mut values = Entries::with_capacity(branches.len());
    for (key, tree) in branches {
        let name = format!("{prefix}{key}");
        let history = [&tree.overrode, overrode].concat();
        let leaf = match tree.content {
            Content::Map(branches) if !branches.is_empty() => {
                let map = flatten(branches, &format!("{name}."), &history, leaves);
                values.insert(key, Data::Map(map));
                continue;
            }
            Content::Map(_) => Data::Map(Entries::new()),
            Content::Leaf(data) => data,
        };
        let Tree { origin, secret, .. } = tree;
        leaves.push(Leaf { name, value: leaf.clone(), origin, overrode: history, secret });
        values.insert(key, leaf);
    }
    values
}
