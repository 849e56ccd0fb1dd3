//! A rendering beside what is there already: the same release is not deployed again because another
//! run rendered it, and what is on hold stays so.

use std::path::Path;

use anyhow::Result;

use super::hold::holds_after;
use crate::forge::PullRequest;
use crate::gitops::Destination;
use crate::render::Rendering;

/// Puts the descriptor that is deployed into the rendering, else the one that is proposed, else the
/// one of `pull`, the newest pull request, whatever people did with that. Only where it records the
/// same release. Another release gets the holds that stay. Whether the rendering changed is the result.
pub fn settle(
    destination: &Destination,
    rendering: &mut Rendering,
    pull: Option<&PullRequest>,
    source: Option<&Path>,
) -> Result<bool> {
    let repository = &destination.repository;
    let head = destination.head_branch();
    let _look = repository.look(&[destination.base_branch(), &head]);
    let base = destination.base_tip()?;
    // The files are read by whoever proposes this next, so they come in the same request.
    let files = rendering.files.iter().map(|file| file.path.as_str());
    repository.prefetch(base, files.chain([rendering.descriptor.as_str()]))?;
    let record = repository.read_file(base, &rendering.descriptor)?;
    if record.is_some_and(|record| rendering.keep_record(&record)) {
        return Ok(true);
    }
    if let Some(commit) = repository.find_branch(&head)? {
        let record = repository.read_file(commit, &rendering.descriptor)?;
        if record.is_some_and(|record| rendering.keep_proposed_record(&record)) {
            return Ok(true);
        }
    }
    // Its branch may be deleted, and its commits with it.
    let ended = pull.map(|pull| pull.merge_commit.unwrap_or(pull.head_commit));
    let record = ended.and_then(|commit| repository.read_file(commit, &rendering.descriptor).ok()).flatten();
    if record.is_some_and(|record| rendering.keep_proposed_record(&record)) {
        return Ok(true);
    }
    // A damaged descriptor is an error of its own.
    match destination.deployment(base).ok().flatten() {
        Some(standing) => rendering.record_holds(holds_after(&standing, &rendering.release, source)),
        None => Ok(false),
    }
}
