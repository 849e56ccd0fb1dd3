//! Verify: renders a deployed release again, from what its descriptor records, and compares that with what stands
//! in the GitOps repository.

use std::collections::BTreeSet;

use anyhow::Result;
use git2::{ObjectType, Oid};
use jiff::Timestamp;

use super::continue_release::deployed_release;
use super::open::open;
use crate::config::Environment;
use crate::gitops::{Deployment, Destination, Destinations, ring};
use crate::release::Release;
use crate::render::ownership::HandEdit;
use crate::render::{self, Deployed, RenderRequest, Rendering};
use crate::variables::Inputs;

/// What was found in one environment.
#[derive(Debug, Clone)]
pub struct Verified {
    pub environment: String,
    pub release: Release,
    /// The commit on the base branch that was looked at.
    pub commit: Oid,
    /// How many files are as they were rendered.
    pub same: usize,
    pub differences: Vec<Difference>,
    pub rendering: Rendering,
}

/// A file that is not as it is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// From the root of the GitOps repository.
    pub path: String,
    pub kind: DifferenceKind,
    /// The commit on the base branch that made it so, its author, and when that was.
    pub by: Option<(Oid, String, Timestamp)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// Its content is another one.
    Changed,
    /// It is rendered, and does not stand there.
    Missing,
    /// The descriptor lists it, and it is not rendered.
    NotRendered,
}

/// Verifies one environment. `None`: nothing is deployed there.
pub fn verify(
    destinations: &Destinations,
    environment: &Environment,
    inputs: &Inputs,
) -> Result<Option<Verified>> {
    let destination = open(destinations, environment)?;
    let commit = destination.base_tip()?;
    let Some(deployed) = destination.deployment(commit)? else { return Ok(None) };
    let release = deployed_release(destinations, &destination, &deployed, inputs)?;
    let pipeline = destinations.pipeline;
    let kept = Deployed::is_needed(pipeline).then(|| destination.deployed_manifests()).transpose()?;
    let request = RenderRequest { pipeline, environment, release: &release, inputs, deployed: kept.as_ref() };
    let rendering = render::render(&request)?;
    let mut rendering = ring::at(&destination, &rendering, ring::reached(&destination, &rendering)?)?;
    if let Some(record) = destination.repository.read_file(commit, &rendering.descriptor)? {
        rendering.keep_record(&record);
    }
    let (same, mut differences) = compare(&destination, commit, &deployed, &rendering)?;
    // What waits for its ring is compared with what the descriptor records of it.
    for drift in deployed.drift(&destination.repository)? {
        if differences.iter().all(|known| known.path != drift.path) {
            let kind = match drift.change {
                HandEdit::Changed => DifferenceKind::Changed,
                HandEdit::Removed => DifferenceKind::Missing,
            };
            differences.push(Difference {
                by: last_change(&destination, commit, &drift.path)?,
                path: drift.path,
                kind,
            });
        }
    }
    differences.sort_by(|one, other| one.path.cmp(&other.path));
    let environment = environment.name.clone();
    Ok(Some(Verified { environment, release, commit, same, differences, rendering }))
}

fn compare(
    destination: &Destination,
    commit: Oid,
    deployed: &Deployment,
    rendering: &Rendering,
) -> Result<(usize, Vec<Difference>)> {
    let repository = &destination.repository;
    let mut found = Vec::new();
    let mut same = 0;
    let mut rendered = BTreeSet::new();
    for file in &rendering.files {
        rendered.insert(file.path.as_str());
        match repository.entry_id(commit, &file.path)? {
            Some(id) if id == Oid::hash_object(ObjectType::Blob, &file.content)? => same += 1,
            Some(_) => found.push((file.path.clone(), DifferenceKind::Changed)),
            None => found.push((file.path.clone(), DifferenceKind::Missing)),
        }
    }
    for path in &deployed.files {
        if !rendered.contains(path.as_str()) && repository.entry_id(commit, path)?.is_some() {
            found.push((path.clone(), DifferenceKind::NotRendered));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let differences = found
        .into_iter()
        .map(|(path, kind)| Ok(Difference { by: last_change(destination, commit, &path)?, path, kind }));
    Ok((same, differences.collect::<Result<_>>()?))
}

/// The commit on the first-parent line that gave a file the content that it has, or took it away. `None`: it was
/// never there.
fn last_change(destination: &Destination, tip: Oid, path: &str) -> Result<Option<(Oid, String, Timestamp)>> {
    let repository = &destination.repository;
    let (now, mut commit) = (repository.entry_id(tip, path)?, tip);
    let mut is_change = now.is_some();
    for below in repository.line_below(tip, vec![path]) {
        let below = below?;
        if repository.entry_id(below, path)? != now {
            is_change = true;
            break;
        }
        commit = below;
    }
    let told = || Ok((commit, repository.author(commit)?, repository.commit_time(commit)?));
    is_change.then(told).transpose()
}
