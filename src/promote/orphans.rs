//! Orphans: deployments of this source that the pipeline file does not know. They are what a renamed
//! application or environment leaves behind, and nobody updates them any more.
//!
//! Only places are looked at where descriptors of this pipeline can stand: the paths of
//! `gitops.descriptor`, or of its default, with this application in any environment, or any
//! application in one of these environments.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::open::open;
use crate::config::{self, Pipeline};
use crate::gitops::{self, Destination, Destinations};
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
            let destination = open(destinations, environment)?;
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
        paths.extend(gitops::files_like(repository, tip, &pattern)?);
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
fn patterns(pipeline: &Pipeline) -> Vec<String> {
    let filled = |pattern: &str, environment: &str, application: &str| {
        let text = pattern.replace("{{", "\0").replace("}}", "\0");
        let part = |part: &str| match part.trim() {
            "environment" => environment.to_owned(),
            "application" => application.to_owned(),
            _ => part.to_owned(),
        };
        text.split('\0').map(part).collect::<String>()
    };
    let names = || pipeline.environments.iter().map(|environment| environment.name.as_str());
    let of = |pattern: &str| {
        let any_application = names().map(|name| filled(pattern, name, "*"));
        any_application.chain([filled(pattern, "*", &pipeline.application)]).collect::<Vec<_>>()
    };
    // A pattern that was changed may have been the usual one.
    [of(&pipeline.descriptor_pattern), of(config::DESCRIPTOR)].concat()
}
