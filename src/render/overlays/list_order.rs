//! The order of a merged list, which is part of what a strategic merge patch promises.
//!
//! From `normalizeElementOrder` in `k8s.io/apimachinery/pkg/util/strategicpatch`: elements that
//! the patch names stand in the patch's order; the others keep the order they had, and each
//! stands before the first named element that it stood before.

use std::cmp::Ordering;

use serde_json::Value;

use super::list_keys::ListKeys;

/// Both lists of scalars, each scalar once.
pub fn union(old: &[Value], new: &[Value]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for value in old.iter().chain(new) {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
    all
}

/// Sorts `merged` by the order of `named`, then by that of `old`. `keys` are those of a list of maps;
/// scalars have none.
pub fn arrange(merged: Vec<Value>, named: &[Value], old: &[Value], keys: Option<&ListKeys>) -> Vec<Value> {
    let place_in_old = |value: &Value| {
        let same = |other: &Value| keys.map_or(other == value, |keys| keys.same(other, value));
        old.iter().position(same)
    };
    let place_in_named = |value: &Value| {
        let names = |name: &Value| match (keys, name) {
            (Some(keys), Value::Object(name)) => keys.fits(name, value),
            _ => name == value,
        };
        named.iter().position(names)
    };
    let (mut patched, mut others): (Vec<_>, Vec<_>) =
        merged.into_iter().partition(|value| place_in_named(value).is_some());
    patched.sort_by_key(place_in_named);
    others.sort_by_key(place_in_old);

    let before = |left: &Value, right: &Value| match (place_in_old(left), place_in_old(right)) {
        (Some(left), Some(right)) => left.cmp(&right) == Ordering::Less,
        _ => false,
    };
    let mut arranged = Vec::with_capacity(patched.len() + others.len());
    let mut others = others.into_iter().peekable();
    for value in patched {
        while let Some(other) = others.next_if(|other| before(other, &value)) {
            arranged.push(other);
        }
        arranged.push(value);
    }
    arranged.extend(others);
    arranged
}
