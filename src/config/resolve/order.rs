//! The order of environments: each behind those it needs, otherwise as written.

use std::path::Path;

use anyhow::Result;

use crate::config::schema;
use crate::vocabulary::{Diagnostic, nearest};
use crate::yaml::At;

/// What every environment needs, in the order of the file.
pub fn needs(environments: &[At<schema::Environment>], file: &Path) -> Result<Vec<Vec<String>>> {
    let names = || environments.iter().map(|environment| environment.value.name.value.as_str());
    let mut all = Vec::new();
    let mut before: Option<String> = None;
    for environment in environments {
        all.push(match &environment.value.needs {
            Some(needs) => declared(needs, names, file)?,
            None => before.into_iter().collect(),
        });
        before = Some(environment.value.name.value.clone());
    }
    Ok(all)
}

fn declared<'a, I: Iterator<Item = &'a str>>(
    needs: &[At<String>],
    names: impl Fn() -> I,
    file: &Path,
) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    for need in needs {
        if !names().any(|name| name == need.value) {
            let hint = match nearest(&need.value, names()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
            };
            let message = format!("there is no environment `{}`", need.value.escape_debug());
            return Err(Diagnostic::new(message).at(need.place(file)).hint(hint).into());
        }
        if !seen.contains(&need.value) {
            seen.push(need.value.clone());
        }
    }
    Ok(seen)
}

/// The positions of the environments in an order in which each stands behind what it needs. Of
/// those that could come next, the one that was written first does.
pub fn order(
    environments: &[At<schema::Environment>],
    needs: &[Vec<String>],
    file: &Path,
) -> Result<Vec<usize>> {
    let name = |index: usize| &environments[index].value.name;
    let mut order: Vec<usize> = Vec::new();
    while order.len() < environments.len() {
        let placed = |need: &String| order.iter().any(|index| name(*index).value == *need);
        let next =
            (0..environments.len()).find(|index| !order.contains(index) && needs[*index].iter().all(placed));
        let Some(next) = next else {
            let cycle = cycle(environments, needs, &order);
            let first = name(cycle[0]).place(file);
            let names: Vec<_> = cycle.iter().map(|index| name(*index).value.as_str()).collect();
            let message = format!("the environments need one another in a circle: {}", names.join(" → "));
            return Err(Diagnostic::new(message).at(first).hint("take one of them out of `needs`").into());
        };
        order.push(next);
    }
    Ok(order)
}

/// Walks from need to need among those that could not be placed, until one comes up again. Every
/// one of them needs another of them, so the walk does not end before.
fn cycle(environments: &[At<schema::Environment>], needs: &[Vec<String>], placed: &[usize]) -> Vec<usize> {
    let stuck: Vec<usize> = (0..environments.len()).filter(|index| !placed.contains(index)).collect();
    let mut walk = vec![stuck[0]];
    loop {
        let current = walk[walk.len() - 1];
        let is_needed = |index: &&usize| needs[current].contains(&environments[**index].value.name.value);
        let Some(next) = stuck.iter().find(is_needed).copied() else { return walk };
        let seen = walk.iter().position(|index| *index == next);
        walk.push(next);
        if let Some(start) = seen {
            return walk.split_off(start);
        }
    }
}
