//! Reported commit: which commit a report is about.

use anyhow::{Context, Result};
use git2::Oid;

use super::subject::nothing_there;
use crate::gitops::Destination;
use crate::vocabulary::Diagnostic;

/// The commit that is named, else the commit that brought what is deployed. A report on a commit that deploys
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

/// The merge that brought what stands at the tip of the branch, or the commit that did without one. What people
/// took out or replaced is not deployed.
fn latest(destination: &Destination) -> Result<Oid> {
    let (repository, tip) = (&destination.repository, destination.base_tip()?);
    let Some(deployed) = destination.deployment(tip)? else { return Err(nothing_there(destination)) };
    let content = deployed.content(repository)?;
    let line = content.line(repository, tip)?;
    for commit in destination.pulls()?.into_iter().filter_map(|pull| pull.merge_commit) {
        // A force-push may have taken it out again, and git may not have it any more.
        if line.stands_from(&content, repository, commit).unwrap_or(false) {
            return Ok(commit);
        }
    }
    Ok(line.oldest())
}
