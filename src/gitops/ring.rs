//! Rings: a release reaches the targets of an environment in several proposals. Until the last one, the
//! targets that wait keep what stands on the base branch, and the descriptor says which release that is.
//!
//! Nothing else remembers how far a release got: the descriptor on the base branch does.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use git2::Oid;

use super::deployment::Deployment;
use super::destination::Destination;
use crate::render::descriptor::{Descriptor, TargetRecord};
use crate::render::{File, Rendering, RingRecord, WaitingTarget, join};
use crate::vocabulary::Diagnostic;

/// How many rings an environment has: one, where it declares none.
pub fn count(destination: &Destination) -> usize {
    destination.environment.rings.len().max(1)
}

/// The ring that a release has reached, as the descriptor on the base branch says, or else the first. Rings are
/// numbered from 0.
pub fn reached(destination: &Destination, rendering: &Rendering) -> Result<usize> {
    let rings = &destination.environment.rings;
    if rings.is_empty() {
        return Ok(0);
    }
    let Some(deployed) = destination.deployment(destination.base_tip()?)? else { return Ok(0) };
    let recorded = &deployed.descriptor;
    if deployed.release().version != rendering.release.version
        || deployed.release().commit != rendering.release.commit
        || recorded.images != rendering.release.images
        || rendering.inputs.difference(&recorded.inputs).is_some()
    {
        return Ok(0);
    }
    let waits =
        |name: &String| recorded.ring.iter().flat_map(|ring| &ring.waiting).any(|it| it.name == *name);
    let has_come = |ring: &&Vec<String>| !ring.iter().any(waits);
    Ok(rings.iter().take_while(has_come).count().saturating_sub(1))
}

/// What a ring proposes: the rendering, with what stands on the base branch for the targets of later rings.
pub fn at(destination: &Destination, rendering: &Rendering, ring: usize) -> Result<Rendering> {
    let rings = &destination.environment.rings;
    let later: BTreeSet<&str> = rings.iter().skip(ring + 1).flatten().map(String::as_str).collect();
    if later.is_empty() {
        return Ok(rendering.clone());
    }
    let tip = destination.base_tip()?;
    if destination.former_deployment(tip)?.is_some() {
        let name = &destination.environment.name;
        let message = format!("environment `{name}` is to be renamed or moved, and has rings");
        return Err(Diagnostic::refused(message)
            .hint("remove `rings`, promote once, and put them back: files are moved all at once")
            .into());
    }
    let deployed = destination.deployment(tip)?;
    let (mut own, mut files): (Vec<File>, Vec<File>) =
        rendering.files.iter().cloned().partition(|file| file.path == rendering.descriptor);
    let Some(record) = own.pop() else { return Ok(rendering.clone()) };
    let mut descriptor = Descriptor::parse(record.content, Path::new(&rendering.descriptor))?;
    let is_later = |target: &TargetRecord| later.contains(target.name.as_str());
    let new: BTreeSet<String> = descriptor.targets.iter().filter(|it| is_later(it)).flat_map(paths).collect();
    files.retain(|file| !new.contains(&file.path));
    descriptor.targets.retain(|target| !is_later(target));
    // A target that is gone from the pipeline file goes with the last ring.
    let kept = |target: &&TargetRecord| !descriptor.targets.iter().any(|new| new.name == target.name);
    let kept: Vec<TargetRecord> =
        deployed.iter().flat_map(|it| &it.descriptor.targets).filter(kept).cloned().collect();
    for path in kept.iter().flat_map(paths) {
        // What people removed is theirs to say.
        if let Some(content) = destination.repository.read_file(tip, &path)? {
            files.push(File { path, content });
        }
    }
    descriptor.ring = Some(RingRecord {
        number: ring + 1,
        of: rings.len(),
        targets: rings[ring].clone(),
        waiting: rings.iter().skip(ring + 1).flatten().map(|name| waiting(name, deployed.as_ref())).collect(),
    });
    descriptor.targets.extend(kept);
    let content = descriptor.write()?.into_bytes();
    files.push(File { path: rendering.descriptor.clone(), content });
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Rendering { files, ring: descriptor.ring, ..rendering.clone() })
}

/// What a target has until its ring comes.
fn waiting(name: &str, deployed: Option<&Deployment>) -> WaitingTarget {
    let has_it = |it: &&Deployment| it.descriptor.targets.iter().any(|target| target.name == name);
    let release = deployed.filter(has_it).and_then(|it| {
        let waits = it.descriptor.ring.iter().flat_map(|ring| &ring.waiting).find(|it| it.name == name);
        waits.map_or_else(|| Some(it.descriptor.release.version.clone()), |it| it.release.clone())
    });
    WaitingTarget { name: name.to_owned(), release }
}

fn paths(target: &TargetRecord) -> Vec<String> {
    target.files.names().map(|name| join(&target.path, name)).collect()
}

/// The targets that a commit's deployment does not reach yet.
pub fn waiting_at(destination: &Destination, commit: Oid) -> Result<Vec<String>> {
    let ring = destination.deployment(commit)?.and_then(|deployed| deployed.descriptor.ring);
    Ok(ring.into_iter().flat_map(|ring| ring.waiting).map(|target| target.name).collect())
}
