//! A release that changes no manifest: recorded, and nothing to wait for. An operator that finds no
//! difference reports nothing, and checks would test what they have tested.

use anyhow::Result;
use git2::Oid;

use crate::git::Edits;
use crate::gitops::Destination;
use crate::rollout::verdict;

/// The version before the one that `merged` brought, and its commit, if it was verified and nothing but the
/// descriptor differs: its verdict holds for this one too.
pub fn verified_before(destination: &Destination, merged: Oid) -> Result<Option<(String, Oid)>> {
    let repository = &destination.repository;
    let Some(&below) = repository.parents(merged)?.first() else { return Ok(None) };
    let Some(before) = destination.deployment(below)? else { return Ok(None) };
    let path = &destination.environment.gitops.descriptor;
    let record = Edits::from([(path.clone(), repository.read_file(merged, path)?)]);
    if !repository.differs_by(repository.tree_id(below)?, repository.tree_id(merged)?, &record)? {
        return Ok(None);
    }
    let brought = before.content(repository)?.brought_by(repository, below, None)?;
    let is_verified = verdict::is_success(destination, brought)?;
    Ok(is_verified.then(|| (before.release().version, brought)))
}
