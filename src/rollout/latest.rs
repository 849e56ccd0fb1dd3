//! Latest: which commit a report is about when it does not say.

use anyhow::Result;
use git2::Oid;

use super::head_branch;
use crate::forge::{Forge, PullState};
use crate::git::Repository;
use crate::pipeline::Environment;

/// The merged commit of the environment's latest proposal, or the tip of its branch when nothing
/// was merged yet.
pub fn latest(
    forge: &dyn Forge,
    repository: &Repository,
    application: &str,
    environment: &Environment,
) -> Result<Oid> {
    let head = head_branch(&environment.name, application);
    let base = &environment.gitops.branch;
    let merged = forge
        .list(&head)?
        .into_iter()
        .find(|pull| (&pull.head, &pull.base, pull.state) == (&head, base, PullState::Merged));
    match merged.and_then(|pull| pull.merge_commit) {
        Some(commit) => Ok(commit),
        None => repository.branch_tip(base),
    }
}
