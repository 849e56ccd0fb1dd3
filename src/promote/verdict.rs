//! Verdict: Towline's own commit status on the merged commit, which records the result of a release
//! in an environment. Only the verdict tells a later run that nothing is left to do.

use anyhow::Result;
use git2::Oid;

use crate::forge::{CommitStatus, NewStatus, StatusState};
use crate::gitops::Destination;
use crate::release::Release;
use crate::render::descriptor::Descriptor;
use crate::vocabulary::text;

/// As many characters as every forge takes in a status.
const DESCRIPTION: usize = 140;

/// The latest verdict on `commit`.
pub fn latest(destination: &Destination, commit: Oid) -> Result<Option<CommitStatus>> {
    let context = context(destination);
    Ok(destination.forge.commit_statuses(commit)?.into_iter().find(|status| status.context == context))
}

pub fn is_success(destination: &Destination, commit: Oid) -> Result<bool> {
    Ok(latest(destination, commit)?.is_some_and(|verdict| verdict.state == StatusState::Success))
}

/// Writes a verdict, unless the latest one says the same.
pub fn write(destination: &Destination, commit: Oid, state: StatusState, description: &str) -> Result<()> {
    let description = text::shorten(&text::one_line(description), DESCRIPTION);
    let same = |verdict: CommitStatus| verdict.state == state && verdict.description == description;
    if latest(destination, commit)?.is_some_and(same) {
        return Ok(());
    }
    let context = context(destination);
    destination.forge.set_commit_status(commit, &NewStatus { context, state, description, target_url: None })
}

/// A commit of the base branch on which `release` has a success, whether or not it is still what is
/// deployed.
pub fn verified(destination: &Destination, release: &Release) -> Result<Option<Oid>> {
    let repository = &destination.repository;
    let mut candidates: Vec<_> =
        destination.pulls()?.into_iter().filter_map(|pull| pull.merge_commit).collect();
    let tip = destination.base_tip()?;
    if let Some(deployed) = destination.deployment(tip)? {
        candidates.push(deployed.content(repository)?.brought_by(repository, tip, None)?);
    }
    for commit in candidates {
        // A force-push may have taken it out again.
        if !repository.is_ancestor(commit, tip)? {
            continue;
        }
        let deployed = destination.deployment(commit)?;
        if deployed.is_some_and(|deployed| is_of(&deployed.descriptor, release))
            && is_success(destination, commit)?
        {
            return Ok(Some(commit));
        }
    }
    Ok(None)
}

fn context(destination: &Destination) -> String {
    format!("towline/{}/{}", destination.application, destination.environment.name)
}

/// Whether a descriptor is of this release. The commit is compared where both are known. Which run
/// of the CI system it is from does not matter: the same release may be built twice.
pub fn is_of(descriptor: &Descriptor, release: &Release) -> bool {
    let same =
        |one: &Option<String>, other: &Option<String>| one.is_none() || other.is_none() || one == other;
    let recorded = &descriptor.release;
    recorded.version == release.version
        && same(&recorded.commit, &release.commit)
        && descriptor.images == release.images
}
