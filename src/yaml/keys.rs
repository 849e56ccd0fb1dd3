//! The keys of a map: each is text, none is there twice, and `<<` takes over what other maps have.

use std::collections::{HashMap, HashSet};

use super::node::{Kind, Node};
use super::reading::{Duplicates, Keys, Reading};
use crate::vocabulary::Diagnostic;

type Entries = Vec<(Node, Node)>;

/// Maps with fewer keys are compared pair by pair, which takes no memory.
const FEW: usize = 8;

/// Checks the keys of a map. With `Duplicates::LastWins`, the earlier ones of duplicate keys are
/// taken out, and the keys that won are returned.
pub fn check_keys(entries: &mut Entries, reading: &Reading) -> Result<Vec<(String, Node)>, Diagnostic> {
    if reading.keys == Keys::Anything {
        return Ok(Vec::new());
    }
    for (key, _) in entries.iter_mut() {
        check_key(key, reading)?;
        if reading.keys == Keys::AsWritten && !matches!(key.kind, Kind::String(_)) {
            key.kind = Kind::String(key.spelling().into_owned());
            key.spelling = None;
        }
    }
    let twice = duplicates(entries);
    let Some((_, later)) = twice.first() else { return Ok(Vec::new()) };
    if reading.duplicates == Duplicates::LastWins {
        return Ok(drop_earlier(entries, &twice));
    }
    let key = &entries[*later].0;
    let message = format!("duplicate key `{}`", key.scalar_text().escape_debug());
    Err(reading.error(key.line, key.column, message))
}

fn check_key(key: &Node, reading: &Reading) -> Result<(), Diagnostic> {
    let error = |message: String| reading.error(key.line, key.column, message);
    match &key.kind {
        Kind::Null => Err(error("a key has to be text, and this one is empty".to_owned())),
        Kind::Sequence(_) => Err(error("a key has to be text, not a list".to_owned())),
        Kind::Mapping(_) => Err(error("a key has to be text, not a map".to_owned())),
        Kind::Number(number) if reading.keys == Keys::Resolved && number.is_f64() => {
            let is_whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            match !is_whole && number.to_string() == key.spelling() {
                true => Ok(()),
                false => {
                    let message = format!("the key `{}` is a number", key.spelling());
                    Err(error(message).hint("put it in quotes: readers make different texts of this number"))
                }
            }
        }
        _ => Ok(()),
    }
}

/// Pairs of entries with the same key: one, and the next.
fn duplicates(entries: &Entries) -> Vec<(usize, usize)> {
    if entries.len() <= FEW && entries.iter().all(|(key, _)| matches!(key.kind, Kind::String(_))) {
        let earlier = |later: usize| (0..later).rev().find(|it| entries[*it].0.kind == entries[later].0.kind);
        return (1..entries.len()).filter_map(|later| Some((earlier(later)?, later))).collect();
    }
    let mut seen = HashMap::with_capacity(entries.len());
    let keys = entries.iter().enumerate();
    keys.filter_map(|(index, (key, _))| Some((seen.insert(key.key_text(), index)?, index))).collect()
}

fn drop_earlier(entries: &mut Entries, twice: &[(usize, usize)]) -> Vec<(String, Node)> {
    let won = twice.iter().map(|(_, later)| entries[*later].0.clone());
    let won = won.map(|key| (key.scalar_text(), key)).collect();
    let earlier: HashSet<usize> = twice.iter().map(|(earlier, _)| *earlier).collect();
    let mut index = 0..;
    entries.retain(|_| !index.next().is_some_and(|index| earlier.contains(&index)));
    won
}

/// Adds what `<<` stands for, where it stands. Keys that the map has itself win; of several maps, the
/// first that has a key.
pub fn merge(entries: &mut Entries, key: &Node, value: &Node, reading: &Reading) -> Result<(), Diagnostic> {
    let at = entries.partition_point(|(own, _)| (own.line, own.column) < (key.line, key.column));
    let own = entries.iter().enumerate().map(|(index, (key, value))| (key.key_text(), (index, value)));
    let own: HashMap<_, _> = own.collect();
    let (mut merged, mut seen) = (Vec::new(), HashSet::new());
    for map in maps(value, reading)? {
        for (name, value) in map.iter().filter(|(name, _)| seen.insert(name.key_text())) {
            match own.get(&name.key_text()) {
                Some((index, own)) if *index < at && own.to_value() != value.to_value() => {
                    let message = format!("`<<` stands after `{}`, which it has too", name.scalar_text());
                    let hint = "put `<<` before the keys that override it: readers differ about the order";
                    return Err(reading.error(key.line, key.column, message).hint(hint));
                }
                Some(_) => {}
                None => merged.push((name.clone(), value.clone())),
            }
        }
    }
    drop(own);
    entries.splice(at..at, merged);
    Ok(())
}

/// The maps behind `<<`.
fn maps<'n>(value: &'n Node, reading: &Reading) -> Result<Vec<&'n Entries>, Diagnostic> {
    let map = |node: &'n Node| match &node.kind {
        Kind::Mapping(entries) => Ok(entries),
        _ => Err(reading.error(node.line, node.column, "`<<` merges maps, and this is not one")),
    };
    match &value.kind {
        Kind::Sequence(items) => items.iter().map(map).collect(),
        _ => Ok(vec![map(value)?]),
    }
}
