//! Editing YAML in place: the values of given keys change, every other byte stays.
//!
//! For files that people own: a `values.yaml`, an Argo CD `Application`. Only scalars that are
//! there are replaced; nothing is added, moved or formatted, so comments, quotes, line ends and
//! layout cannot suffer. The result is read again and compared with what was wanted, because a
//! text can hold surprises (an anchor whose aliases would change too, a tag that gives the new
//! value another type). Such an edit is refused instead of being almost right.
//!
//! The crate `yaml-edit` can do more, but writes its own quotes, drops tags, and follows no
//! anchors.

mod find;
mod path;
mod tree;

use std::path::Path as FilePath;

use anyhow::{Result, anyhow};
use granit_parser::ScalarStyle;
use serde_json::Value;

use self::find::{find_one, place};
pub use self::path::Path;
use self::path::display;
use self::tree::{Item, Shape};
use super::{parse, write_json};
use crate::vocabulary::{Diagnostic, Place, version};

/// Gives every path of `edits` its new value, which must not be a list or a map. Of several
/// documents in `text`, the one that has the path is meant. `file` is for errors.
pub fn edit(text: &str, edits: &[(Path, Value)], file: &FilePath) -> Result<String> {
    let mut expected: Vec<Value> = parse(text, file)?.iter().map(super::Node::to_value).collect();
    let documents = tree::read_items(text).map_err(|error| anyhow!("{}: {error}", file.display()))?;
    // `parse` leaves empty documents out.
    let documents: Vec<Item> = documents.into_iter().filter(|document| !is_empty(document)).collect();
    let mut changes = Vec::new();
    for (path, value) in edits {
        let found = find_one(&documents, path, file)?;
        if let Some(target) = expected.get_mut(found.document).and_then(|document| found.descend(document))
            && target != value
        {
            *target = value.clone();
            changes.push(
                replacement(text, found.item, value).map_err(|why| refused(path, found.item, file, why))?,
            );
        }
    }
    changes.sort_by_key(|change| change.start);
    let edited = splice(text, &changes)
        .ok_or_else(|| anyhow!("{}: the same value is edited twice", file.display()))?;
    match parse(&edited, file) {
        Ok(nodes) if nodes.iter().map(super::Node::to_value).eq(expected) => Ok(edited),
        _ => Err(Diagnostic::new("this file cannot be edited without changing something else in it")
            .at(Place::file(file))
            .hint("write the edited values without anchors and tags")
            .into()),
    }
}

/// New text for the bytes from `start` to `end`.
struct Change {
    start: usize,
    end: usize,
    text: String,
}

fn splice(text: &str, changes: &[Change]) -> Option<String> {
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for change in changes {
        edited.push_str(text.get(at..change.start)?);
        edited.push_str(&change.text);
        at = change.end;
    }
    edited.push_str(text.get(at..)?);
    Some(edited)
}

fn replacement(text: &str, item: &Item, value: &Value) -> std::result::Result<Change, &'static str> {
    let style = match &item.shape {
        Shape::Alias => ScalarStyle::Plain,
        Shape::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded) => return Err("is a block of text"),
        Shape::Scalar(_, style) => *style,
        Shape::Sequence(_) => return Err("is a list"),
        Shape::Mapping(_) => return Err("is a map"),
    };
    let new = written(value, style, item.in_flow)?;
    // Of a key without a value, the range is empty and stands before the colon.
    if item.start == item.end && text[item.start..].starts_with(':') {
        return Ok(Change { start: item.start + 1, end: item.start + 1, text: format!(" {new}") });
    }
    Ok(Change { start: item.start, end: item.end, text: new })
}

/// A scalar as YAML, in the quotes that were there.
fn written(value: &Value, style: ScalarStyle, in_flow: bool) -> std::result::Result<String, &'static str> {
    let text = match value {
        Value::String(text) => text,
        Value::Array(_) | Value::Object(_) => return Err("would become a list or a map"),
        scalar => return Ok(scalar.to_string()),
    };
    let special = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    match style {
        _ if text.contains(special) => Ok(write_json(value)),
        ScalarStyle::SingleQuoted => Ok(format!("'{}'", text.replace('\'', "''"))),
        ScalarStyle::DoubleQuoted => Ok(write_json(value)),
        // No reader takes it for a number, though the letter of YAML 1.1 would let it, and charts are
        // full of it without quotes.
        _ if text.matches('.').count() >= 2 && version::parse(text).is_some() => Ok(text.clone()),
        _ => {
            let plain = super::write(value).map_err(|_| "has no text form")?;
            let plain = plain.trim_end();
            // Readers disagree about what ends a plain scalar between brackets.
            let simple = |char: char| char.is_ascii_alphanumeric() || "._/+-".contains(char);
            let needs_quotes = plain.contains('\n') || (in_flow && !text.chars().all(simple));
            if needs_quotes { Ok(write_json(value)) } else { Ok(plain.to_owned()) }
        }
    }
}

fn is_empty(document: &Item) -> bool {
    matches!(&document.shape, Shape::Scalar(text, ScalarStyle::Plain) if matches!(text.as_str(), "" | "~" | "null"))
}

fn refused(path: &Path, item: &Item, file: &FilePath, why: &str) -> anyhow::Error {
    let message = format!("`{}` {why}, and only scalars can be edited in place", display(&path.0));
    Diagnostic::new(message).at(place(item, file)).into()
}
