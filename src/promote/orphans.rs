//! Orphans: deployments of this source that the pipeline file does not know. They are what a renamed
//! application or environment leaves behind, and nobody updates them any more.
//!
//! Only places are looked at where descriptors of this pipeline can stand: the paths of
//! `gitops.descriptor`, or of its default, with this application in any environment, or any
//! application in one of these environments.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use git2::Oid;

use crate::config::{self, Pipeline};
use crate::git::Repository;
use crate::gitops::{Destination, Destinations};
use crate::render::descriptor::Descriptor;
use crate::vocabulary::repository_url::is_same_repository;

/// So many descriptors are read on a branch at most.
const MOST: usize = 500;

/// A descriptor that belongs to no environment of the pipeline file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Orphan {
    pub application: String,
    pub environment: String,
    pub version: String,
    /// Where its descriptor stands.
    pub descriptor: String,
}

/// Those that come from the source repository at `source`. Where that is not known, only those of this
/// very application count.
pub fn orphans(destinations: &Destinations, source: Option<&str>) -> Result<Vec<Orphan>> {
    let pipeline = destinations.pipeline;
    let mut seen = BTreeSet::new();
    let mut orphans = Vec::new();
    for environment in &pipeline.environments {
        let gitops = &environment.gitops;
        if seen.insert((&gitops.repository, &gitops.branch)) {
            let destination = super::open(destinations, environment)?;
            orphans.extend(orphans_on_branch(&destination, pipeline, source)?);
        }
    }
    orphans.sort();
    Ok(orphans)
}

fn orphans_on_branch(
    destination: &Destination,
    pipeline: &Pipeline,
    source: Option<&str>,
) -> Result<Vec<Orphan>> {
    let (repository, tip) = (&*destination.repository, destination.base_tip()?);
    let known: BTreeSet<&str> = known(pipeline).collect();
    let mut paths = BTreeSet::new();
    for pattern in patterns(pipeline) {
        collect(repository, tip, "", &pattern, &mut paths)?;
    }
    paths.retain(|path| !known.contains(path.as_str()));
    let paths: Vec<&str> = paths.iter().map(String::as_str).take(MOST).collect();
    repository.prefetch(tip, paths.iter().copied())?;
    let mut orphans = Vec::new();
    for path in paths {
        let Some(content) = repository.read_file(tip, path)? else { continue };
        let Ok(descriptor) = Descriptor::parse(content, Path::new(path)) else { continue };
        let is_ours = match (source, descriptor.release.repository.as_deref()) {
            (Some(ours), Some(its)) => is_same_repository(ours, its),
            (None, None) => descriptor.application.name == pipeline.application,
            _ => false,
        };
        orphans.extend(is_ours.then(|| Orphan {
            application: descriptor.application.name,
            environment: descriptor.environment,
            version: descriptor.release.version,
            descriptor: path.to_owned(),
        }));
    }
    Ok(orphans)
}

/// The descriptors of the pipeline file.
fn known(pipeline: &Pipeline) -> impl Iterator<Item = &str> {
    let environments = pipeline.environments.iter();
    environments.flat_map(|environment| {
        let former = environment.former.iter().map(|former| &former.descriptor);
        former.chain([&environment.gitops.descriptor]).map(String::as_str)
    })
}

/// Where descriptors can stand, with `*` for any name.
fn patterns(pipeline: &Pipeline) -> Vec<Vec<String>> {
    let filled = |pattern: &str, environment: &str, application: &str| {
        let text = pattern.replace("{{", "\0").replace("}}", "\0");
        let part = |part: &str| match part.trim() {
            "environment" => environment.to_owned(),
            "application" => application.to_owned(),
            _ => part.to_owned(),
        };
        let text: String = text.split('\0').map(part).collect();
        text.split('/').map(str::to_owned).collect::<Vec<_>>()
    };
    let names = || pipeline.environments.iter().map(|environment| environment.name.as_str());
    let of = |pattern: &str| {
        let any_application = names().map(|name| filled(pattern, name, "*"));
        any_application.chain([filled(pattern, "*", &pipeline.application)]).collect::<Vec<_>>()
    };
    // A pattern that was changed may have been the usual one.
    [of(&pipeline.descriptor_pattern), of(config::DESCRIPTOR)].concat()
}

/// The files below `folder` that fit the rest of a pattern.
fn collect(
    repository: &Repository,
    commit: Oid,
    folder: &str,
    pattern: &[String],
    found: &mut BTreeSet<String>,
) -> Result<()> {
    let Some((name, rest)) = pattern.split_first() else { return Ok(()) };
    let below = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let names = match name.contains('*') {
        true => repository.names_in(commit, folder)?,
        false => vec![name.clone()],
    };
    for path in names.iter().filter(|it| fits(it, name)).map(|it| below(it)) {
        match rest.is_empty() {
            true => _ = found.insert(path),
            false => collect(repository, commit, &path, rest, found)?,
        }
    }
    Ok(())
}

/// Whether a name fits a pattern with `*`.
fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((before, after)) => {
            let Some(rest) = name.strip_prefix(before) else { return false };
            (0..=rest.len()).any(|at| rest.is_char_boundary(at) && at > 0 && fits(&rest[at..], after))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_a_name() {
        assert!(fits("hello.yaml", "*.yaml") && fits("dev", "*") && fits("dev-hello", "*-hello"));
        assert!(!fits(".yaml", "*.yaml") && !fits("hello.yml", "*.yaml") && !fits("dev", "prod"));
    }
}
