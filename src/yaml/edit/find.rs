//! Following a path through the documents of a file, and saying how far it leads.

use std::path::Path as FilePath;

use anyhow::Result;
use serde_json::Value;

use super::path::{Part, Path, display};
use super::tree::{Item, Shape};
use crate::vocabulary::{Diagnostic, Place, nearest};

/// What a path leads to: the document, the way there, and the node.
pub struct Found<'a> {
    pub document: usize,
    /// Keys and indices; the index of an element in place of what it was chosen by.
    steps: Vec<Step<'a>>,
    pub item: &'a Item,
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl Found<'_> {
    /// The node's value in the document's.
    pub fn descend<'v>(&self, document: &'v mut Value) -> Option<&'v mut Value> {
        self.steps.iter().try_fold(document, |value, step| match step {
            Step::Key(key) => value.get_mut(*key),
            Step::Index(index) => value.get_mut(*index),
        })
    }
}

/// Finds the node in the only document that has it.
pub fn find_one<'a>(documents: &'a [Item], path: &'a Path, file: &FilePath) -> Result<Found<'a>> {
    let mut found = Vec::new();
    let mut missing: Option<Missing> = None;
    for (index, document) in documents.iter().enumerate() {
        match follow(document, path) {
            Ok((steps, item)) => found.push(Found { document: index, steps, item }),
            // The document in which most of the path exists is the one that was meant.
            Err(error) if missing.as_ref().is_none_or(|other| other.depth < error.depth) => {
                missing = Some(error)
            }
            Err(_) => {}
        }
    }
    match (found.len(), missing) {
        (1, _) => Ok(found.remove(0)),
        (0, Some(missing)) => Err(missing.diagnostic(path, file).into()),
        (0, None) => Err(Diagnostic::new("the file is empty").at(Place::file(file)).into()),
        (count, _) => {
            let message = format!("`{}` is in {count} documents of this file", display(&path.0));
            Err(Diagnostic::new(message)
                .at(place(found[1].item, file))
                .hint("keep one document in the file")
                .into())
        }
    }
}

/// How far a path leads, and why not further.
struct Missing<'a> {
    depth: usize,
    at: &'a Item,
    why: String,
    hint: Option<String>,
}

impl Missing<'_> {
    fn diagnostic(self, path: &Path, file: &FilePath) -> Diagnostic {
        let message = format!("there is no `{}` in this file: {}", display(&path.0), self.why);
        Diagnostic { hint: self.hint, ..Diagnostic::new(message).at(place(self.at, file)) }
    }
}

fn follow<'a>(
    document: &'a Item,
    path: &'a Path,
) -> std::result::Result<(Vec<Step<'a>>, &'a Item), Missing<'a>> {
    let mut item = document;
    let mut steps = Vec::new();
    for (depth, part) in path.0.iter().enumerate() {
        let (step, child) = child(item, part).map_err(|(why, hint)| {
            let whole = if depth == 0 {
                "the document".to_owned()
            } else {
                format!("`{}`", display(&path.0[..depth]))
            };
            Missing { depth, at: item, why: format!("{whole} {why}"), hint }
        })?;
        steps.push(step);
        item = child;
    }
    Ok((steps, item))
}

type Absent = (String, Option<String>);

fn child<'a>(item: &'a Item, part: &'a Part) -> std::result::Result<(Step<'a>, &'a Item), Absent> {
    match (part, &item.shape) {
        (Part::Key(key), Shape::Mapping(entries)) => {
            let child = entries.iter().find(|(name, _)| scalar(name) == Some(key));
            child.map(|(_, value)| (Step::Key(key), value)).ok_or_else(|| {
                let keys: Vec<&str> = entries.iter().filter_map(|(name, _)| scalar(name)).collect();
                (format!("has no key `{key}`"), near(key, &keys))
            })
        }
        (Part::Index(index), Shape::Sequence(items)) => match items.get(*index) {
            Some(child) => Ok((Step::Index(*index), child)),
            None => Err((format!("has no element {index}, counted from 0, but {}", items.len()), None)),
        },
        (Part::Where(key, value), Shape::Sequence(items)) => {
            let values: Vec<Option<&str>> = items.iter().map(|item| value_of(item, key)).collect();
            let mut matching = (0..items.len()).filter(|index| values[*index] == Some(value));
            match (matching.next(), matching.next()) {
                (Some(index), None) => Ok((Step::Index(index), &items[index])),
                (Some(_), Some(_)) => Err((format!("has several elements with `{key}` {value}"), None)),
                (None, _) => {
                    let values: Vec<&str> = values.into_iter().flatten().collect();
                    Err((format!("has no element with `{key}` {value}"), near(value, &values)))
                }
            }
        }
        (Part::Key(_), _) => Err(("is not a map".to_owned(), None)),
        (Part::Index(_) | Part::Where(..), _) => Err(("is not a list".to_owned(), None)),
    }
}

fn near(typed: &str, known: &[&str]) -> Option<String> {
    match nearest(typed, known.iter().copied()) {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None if known.is_empty() => None,
        None => Some(format!("there are: {}", known.join(", "))),
    }
}

fn value_of<'a>(item: &'a Item, key: &str) -> Option<&'a str> {
    let Shape::Mapping(entries) = &item.shape else { return None };
    entries.iter().find(|(name, _)| scalar(name) == Some(key)).and_then(|(_, value)| scalar(value))
}

fn scalar(item: &Item) -> Option<&str> {
    match &item.shape {
        Shape::Scalar(text, _) => Some(text),
        _ => None,
    }
}

pub fn place(item: &Item, file: &FilePath) -> Place {
    Place::new(file, item.line, item.column)
}
