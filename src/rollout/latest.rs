//! Latest: which commit a report is about when it does not say.

use anyhow::Result;
use git2::Oid;

use crate::config::Environment;
use crate::forge::Forge;
use crate::git::{Repository, head_branch};

/// The merged commit of the environment's latest proposal that is on its branch, or the tip of the
/// branch when there is none.
pub fn latest(
    forge: &dyn Forge,
    repository: &Repository,
    application: &str,
    environment: &Environment,
) -> Result<Oid> {
    let head = head_branch(application, &environment.name);
    let base = &environment.gitops.branch;
    let tip = repository.branch_tip(base)?;
    let pulls = forge.list_pulls(Some(&head))?.into_iter().filter(|pull| pull.base == *base);
    for commit in pulls.filter_map(|pull| pull.merge_commit) {
        // A force-push may have taken it out again.
        if repository.is_ancestor(commit, tip)? {
            return Ok(commit);
        }
    }
    Ok(tip)
}
