//! The order of a merged list, which is part of what a strategic merge patch promises.
//!
//! From `normalizeElementOrder` in `k8s.io/apimachinery/pkg/util/strategicpatch`: elements that
//! the patch names stand in the patch's order; the others keep the order they had, and each
//! stands before the first named element that it stood before.

use std::cmp::Ordering;

use serde_json::Value;

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

/// Sorts `merged` by the order of `named`, then by that of `old`. `key` is the merge key of a
/// list of maps; scalars have none.
pub fn arrange(merged: Vec<Value>, named: &[Value], old: &[Value], key: Option<&str>) -> Vec<Value> {
    let index = |list: &[Value], value: &Value| list.iter().position(|other| same(other, value, key));
    let (mut patched, mut others): (Vec<_>, Vec<_>) =
        merged.into_iter().partition(|value| index(named, value).is_some());
    patched.sort_by_key(|value| index(named, value));
    others.sort_by_key(|value| index(old, value));

    let before = |left: &Value, right: &Value| match (index(old, left), index(old, right)) {
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

fn same(left: &Value, right: &Value, key: Option<&str>) -> bool {
    match key {
        None => left == right,
        Some(key) => left.get(key).is_some() && left.get(key) == right.get(key),
    }
}
