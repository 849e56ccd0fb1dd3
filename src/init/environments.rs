//! Environments, by the names of folders and files: `overlays/prod`, `config/prod.yaml`,
//! `values-prod.yaml`.

use std::collections::BTreeMap;

use super::candidate::{Candidate, EXPRESSION, Step};
use super::dns_label::dns_label;
use crate::config::EngineKind;

/// The environments when there is no sign of any.
pub const DEFAULT: [&str; 3] = ["dev", "staging", "prod"];
/// Names that environments have, in the order of a pipeline. Others begin with one: `prod-eu`.
const KNOWN: [&str; 16] = [
    "dev",
    "develop",
    "development",
    "int",
    "integration",
    "test",
    "testing",
    "qa",
    "acceptance",
    "uat",
    "staging",
    "stage",
    "preprod",
    "prod",
    "production",
    "live",
];
/// Folders with one folder for each environment, whatever its name.
const PARENTS: [&str; 4] = ["overlays", "environments", "envs", "clusters"];

pub fn is_environment(name: &str) -> bool {
    dns_label(name) == name && rank(name) < KNOWN.len()
}

/// The place in a pipeline.
pub fn rank(name: &str) -> usize {
    let is =
        |known: &&str| name.strip_prefix(*known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    KNOWN.iter().position(is).unwrap_or(KNOWN.len())
}

/// In the order of a pipeline, each once.
pub fn sort(names: &mut Vec<String>) {
    names.sort_by_key(|name| (rank(name), name.clone()));
    names.dedup();
}

/// Makes one candidate of those whose paths differ only in the name of an environment.
pub fn group(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut groups: BTreeMap<String, Vec<(String, Candidate)>> = BTreeMap::new();
    let mut result = Vec::new();
    for candidate in candidates {
        match split(&candidate) {
            Some((pattern, environment)) => {
                groups.entry(pattern).or_default().push((environment, candidate));
            }
            None => result.push(candidate),
        }
    }
    for (pattern, members) in groups {
        let is_kustomize = members.iter().all(|(_, it)| it.last().engine == EngineKind::Kustomize);
        let engines = members.iter().map(|(_, it)| it.last().engine);
        if (members.len() > 1 || is_kustomize)
            && engines.collect::<Vec<_>>().windows(2).all(|it| it[0] == it[1])
        {
            result.push(joined(pattern, members));
        } else {
            result.extend(members.into_iter().map(|(_, candidate)| candidate));
        }
    }
    result
}

/// The path with an expression for the environment, and the environment.
fn split(candidate: &Candidate) -> Option<(String, String)> {
    let [step] = candidate.steps.as_slice() else { return None };
    let parts: Vec<&str> = step.path.split('/').collect();
    let of_parent = |index: usize| index > 0 && PARENTS.contains(&parts[index - 1]);
    let is_one = |index: &usize| {
        is_environment(parts[*index]) || (of_parent(*index) && dns_label(parts[*index]) == parts[*index])
    };
    let index = (0..parts.len()).find(is_one)?;
    let mut pattern = parts.clone();
    pattern[index] = EXPRESSION;
    Some((pattern.join("/"), parts[index].to_owned()))
}

fn joined(path: String, members: Vec<(String, Candidate)>) -> Candidate {
    let (mut only, mut ignore) = (Vec::new(), Vec::new());
    let engine = members.first().map_or(EngineKind::Plain, |(_, it)| it.last().engine);
    let keys = members.first().map(|(_, it)| it.last().keys.clone()).unwrap_or_default();
    for (environment, candidate) in members {
        only.push(environment);
        ignore.extend(candidate.last().ignore.iter().cloned());
    }
    sort(&mut only);
    ignore.sort();
    ignore.dedup();
    Candidate::of(Step { path, engine, only, ignore, keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(paths: &[&str]) -> Vec<(String, Vec<String>)> {
        let candidates = paths.iter().map(|path| Candidate::of(Step::new(*path, EngineKind::Kustomize)));
        let groups = group(candidates.collect()).into_iter();
        groups.map(|it| (it.last().path.clone(), it.last().only.clone())).collect()
    }

    #[test]
    fn what_differs_in_the_environment_is_one_step() {
        let one = |path: &str, only: &[&str]| {
            (path.to_owned(), only.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            grouped(&["overlays/prod", "overlays/dev", "overlays/eu"]),
            [one("overlays/{{ environment }}", &["dev", "prod", "eu"])]
        );
        assert_eq!(
            grouped(&["a", "apps/production/web", "apps/staging/web"]),
            [one("a", &[]), one("apps/{{ environment }}/web", &["staging", "production"])]
        );
    }
}
