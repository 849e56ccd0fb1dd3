//! `needs:`: the order of environments, each behind those it needs, otherwise as written.

use anyhow::Result;

use crate::vocabulary::nearest;
use crate::yaml::At;

/// An environment's name and what it says that it needs.
pub type Declared<'a> = (&'a At<String>, Option<&'a [At<String>]>);

/// What every environment needs, in the order of the file.
pub fn needs(environments: &[Declared]) -> Result<Vec<Vec<String>>> {
    let names: Vec<&str> = environments.iter().map(|(name, _)| name.as_str()).collect();
    let mut all = Vec::new();
    let mut before: Option<String> = None;
    for (name, needs) in environments {
        all.push(match needs {
            Some(needs) => declared(needs, &names)?,
            None => before.into_iter().collect(),
        });
        before = Some(name.value.clone());
    }
    Ok(all)
}

fn declared(needs: &[At<String>], names: &[&str]) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    for need in needs {
        if !names.contains(&need.as_str()) {
            let hint = match nearest(need, names.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("there are: {}", names.join(", ")),
            };
            let message = format!("there is no environment `{}`", need.escape_debug());
            return Err(need.error(message).hint(hint).into());
        }
        if !seen.contains(&need.value) {
            seen.push(need.value.clone());
        }
    }
    Ok(seen)
}

/// The positions of the environments in an order in which each stands behind what it needs. Of
/// those that could come next, the one that was written first does.
pub fn order(environments: &[Declared], needs: &[Vec<String>]) -> Result<Vec<usize>> {
    let name = |index: usize| environments[index].0;
    let mut order: Vec<usize> = Vec::new();
    while order.len() < environments.len() {
        let placed = |need: &String| order.iter().any(|index| name(*index).value == *need);
        let next =
            (0..environments.len()).find(|index| !order.contains(index) && needs[*index].iter().all(placed));
        let Some(next) = next else {
            let cycle = cycle(environments, needs, &order);
            let names: Vec<_> = cycle.iter().map(|index| name(*index).as_str()).collect();
            let message = format!("circular dependency between environments: {}", names.join(" → "));
            return Err(name(cycle[0]).error(message).hint("remove one of them from `needs`").into());
        };
        order.push(next);
    }
    Ok(order)
}

/// The environment with this name, and those that need it, themselves or by others.
pub fn behind(name: &str, environments: &[String], needs: &[Vec<String>]) -> Vec<String> {
    let mut behind = vec![name.to_owned()];
    while let Some(next) = environments.iter().zip(needs).find_map(|(environment, needs)| {
        let is_behind = needs.iter().any(|need| behind.contains(need)) && !behind.contains(environment);
        is_behind.then_some(environment)
    }) {
        behind.push(next.clone());
    }
    behind
}

/// Walks from need to need among those that could not be placed, until one comes up again. Every
/// one of them needs another of them, so the walk does not end before.
fn cycle(environments: &[Declared], needs: &[Vec<String>], placed: &[usize]) -> Vec<usize> {
    let stuck: Vec<usize> = (0..environments.len()).filter(|index| !placed.contains(index)).collect();
    let mut walk = vec![stuck[0]];
    loop {
        let current = walk[walk.len() - 1];
        let is_needed = |index: &&usize| needs[current].contains(&environments[**index].0.value);
        let Some(next) = stuck.iter().find(is_needed).copied() else { return walk };
        let seen = walk.iter().position(|index| *index == next);
        walk.push(next);
        if let Some(start) = seen {
            return walk.split_off(start);
        }
    }
}
