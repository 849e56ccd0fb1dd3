//! Reported commit: which commit a report is about.

use anyhow::{Context, Result};
use git2::Oid;

use crate::gitops::Destination;

/// The commit that is named, else the merged commit of the environment's latest proposal that is on
/// its branch, else the tip of that branch. What stands there has to be ours.
pub fn reported_commit(destination: &Destination, named: Option<Oid>) -> Result<Oid> {
    let commit = match named {
        Some(commit) => {
            destination.repository.tree_id(commit).context("cannot report on this commit")?;
            commit
        }
        None => latest(destination)?,
    };
    destination.deployment(commit)?;
    Ok(commit)
}

fn latest(destination: &Destination) -> Result<Oid> {
    let tip = destination.base_tip()?;
    for commit in destination.pulls()?.into_iter().filter_map(|pull| pull.merge_commit) {
        // A force-push may have taken it out again.
        if destination.repository.is_ancestor(commit, tip)? {
            return Ok(commit);
        }
    }
    Ok(tip)
}
