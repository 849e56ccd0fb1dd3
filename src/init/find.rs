//! All that the folder has: every way to make manifests of it, and where its variables are.

use std::path::Path;

use anyhow::Result;

use super::candidate::{Candidate, EXPRESSION, Step};
use super::configuration::{self, Configuration};
use super::folder::Folder;
use super::manifests::Finder;
use super::{charts, compose, environments, jsonnet, kustomizations};
use crate::config::EngineKind;

/// Facts about the folder.
pub struct Found {
    pub candidates: Vec<Candidate>,
    pub configuration: Configuration,
    /// A Docker Compose file.
    pub compose: Option<String>,
}

pub fn search(root: &Path) -> Result<Found> {
    let folder = Folder::read(root)?;
    let is_closed = |folder: &Folder| {
        charts::is_chart(folder)
            || kustomizations::is_kustomization(folder)
            || configuration::is_configuration(folder)
    };
    let folders = folder.open(&is_closed);
    let mut candidates: Vec<Candidate> = folders
        .iter()
        .filter(|folder| charts::is_chart(folder))
        .filter_map(|folder| charts::candidate(root, folder))
        .collect();
    candidates.extend(environments::group(kustomizations::candidates(root, &folders)));
    chain(root, &mut candidates);
    let mut others = jsonnet::candidates(root, &folders);
    others.extend(Finder { root, is_closed: &is_closed }.candidates(&folder));
    candidates.extend(environments::group(others));
    Ok(Found { candidates, configuration: configuration::read(&folders), compose: compose::find(&folder) })
}

/// Hands the output of a chart to the kustomization that expects it as a file.
fn chain(root: &Path, candidates: &mut Vec<Candidate>) {
    let input = |candidate: &Candidate| {
        let first = candidate.last().only.first().map_or("", |name| name);
        let folder = candidate.last().path.replace(EXPRESSION, first);
        kustomizations::missing_input(root, &folder)
    };
    let is_of = |candidate: &Candidate, engine| candidate.last().engine == engine;
    let kustomization =
        candidates.iter().position(|it| is_of(it, EngineKind::Kustomize) && input(it).is_some());
    let Some(kustomization) = kustomization else { return };
    let Some(file) = input(&candidates[kustomization]) else { return };
    let path = candidates[kustomization].last().path.clone();
    let charts = candidates.iter().enumerate().filter(|(_, it)| is_of(it, EngineKind::Helm));
    let nearest = charts.max_by_key(|(_, it)| shared_parts(&it.last().path, &path)).map(|(index, _)| index);
    let Some(chart) = nearest else { return };
    let mut steps = candidates[chart].steps.clone();
    let kustomize = candidates[kustomization].steps.iter().cloned();
    steps.extend(kustomize.map(|step: Step| step.with("input", file.as_str())));
    candidates[kustomization].steps = steps;
    candidates.remove(chart);
}

/// How many folders two paths have in common.
fn shared_parts(one: &str, other: &str) -> usize {
    one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other).count()
}
