//! Reported commit: which commit a report is about.

use anyhow::{Context, Result};
use git2::Oid;

use super::subject::nothing_there;
use super::withdrawal::is_on_branch;
use crate::gitops::Destination;
use crate::vocabulary::Diagnostic;

/// The commit that is named, else the merged commit of the environment's latest proposal that is on
/// its branch, else the commit that brought what is deployed. A report on a commit that deploys
/// nothing here could be taken for one about another environment.
pub fn reported_commit(destination: &Destination, named: Option<Oid>) -> Result<Oid> {
    let Some(commit) = named else { return latest(destination) };
    destination.repository.tree_id(commit).context("cannot report on this commit")?;
    match destination.deployment(commit)? {
        Some(_) => Ok(commit),
        None => {
            let (application, name) = (destination.application, &destination.environment.name);
            let message = format!("commit {commit} has no deployment of {application} in `{name}`");
            let hint = "leave out `--commit` to report on the latest deployment";
            Err(Diagnostic::new(message).hint(hint).into())
        }
    }
}

fn latest(destination: &Destination) -> Result<Oid> {
    let tip = destination.base_tip()?;
    for commit in destination.pulls()?.into_iter().filter_map(|pull| pull.merge_commit) {
        // A force-push may have taken it out again.
        if is_on_branch(destination, commit, tip)? && destination.deployment(commit)?.is_some() {
            return Ok(commit);
        }
    }
    match destination.deployment(tip)? {
        Some(deployed) => {
            deployed.content(&destination.repository)?.brought_by(&destination.repository, tip, None)
        }
        None => Err(nothing_there(destination)),
    }
}
