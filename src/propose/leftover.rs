//! Leftover: a pull request that stays open although it is merged. Nobody needs it any more, and to
//! people it looks like a proposal.

use std::time::Duration;

use anyhow::Result;

use crate::forge::PullRequest;
use crate::git::Marker;
use crate::gitops::Destination;

/// The forge may be about to show that it is merged.
const SOON: Duration = Duration::from_secs(60);

/// Closes it, and says why there, unless people have committed to it or it was merged a moment ago.
/// Whether it was closed.
pub fn close(destination: &Destination, pull: &PullRequest) -> Result<bool> {
    let tip = destination.base_tip()?;
    let is_ours = Marker::parse(&pull.body).is_some_and(|marker| marker.commit == Some(pull.head_commit));
    if !is_ours || !pull.is_open() || !destination.is_merged_unseen(pull, tip)? {
        return Ok(false);
    }
    let merged_at = destination.repository.commit_time(tip)?;
    let age = destination.clock.now().duration_since(merged_at);
    if Duration::try_from(age).unwrap_or_default() < SOON {
        return Ok(false);
    }
    let comment = format!("{} is on {} already, as {tip}", pull.head_commit, pull.base);
    destination.forge.close_pull(pull.number, &comment)?;
    Ok(true)
}
