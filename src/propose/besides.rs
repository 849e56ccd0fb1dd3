//! What a merge brought besides what was rendered: people may have added to the proposal.

use anyhow::Result;
use git2::Oid;

use super::deployed::deployed;
use super::recorded::rendering_alone;
use super::tree::tree_on;
use crate::forge::PullRequest;
use crate::gitops::Destination;
use crate::render::Rendering;

/// So many are named at most.
const MOST: usize = 1000;

/// The paths in which the merge of `pull` differs from its base with the rendering in place, in their
/// order. Nothing where the pull request did not bring `commit`: people merge its branch into theirs.
pub fn brought_besides(
    destination: &Destination,
    rendering: &Rendering,
    pull: Option<&PullRequest>,
    commit: Oid,
) -> Result<Vec<String>> {
    let repository = &*destination.repository;
    let is_its_merge = pull.is_some_and(|pull| pull.merge_commit == Some(commit));
    let Some(&base) = repository.parents(commit)?.first().filter(|_| is_its_merge) else {
        return Ok(Vec::new());
    };
    let before = deployed(destination, base, rendering)?;
    let (expected, _) = tree_on(repository, base, before.as_ref(), rendering)?;
    repository.differing_paths(expected, repository.tree_id(commit)?, MOST)
}

/// The files of the deployment that `commit` brought that are not what was rendered, and what came
/// with them, by what its descriptor records.
pub fn not_rendered(
    destination: &Destination,
    pull: Option<&PullRequest>,
    commit: Oid,
) -> Result<Vec<String>> {
    let Some(deployment) = destination.deployment(commit)? else { return Ok(Vec::new()) };
    let drift = deployment.drift(&destination.repository)?;
    if !drift.is_empty() {
        return Ok(drift.into_iter().map(|drift| drift.path).collect());
    }
    match rendering_alone(destination, &deployment, commit)? {
        Some(rendering) => brought_besides(destination, &rendering, pull, commit),
        None => Ok(Vec::new()),
    }
}
