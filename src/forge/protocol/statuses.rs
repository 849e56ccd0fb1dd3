//! Commit statuses.

use std::collections::HashSet;

use anyhow::Result;
use git2::Oid;

use super::api::Api;
use crate::forge::{CommitStatus, NewStatus};

/// A forge's calls about commit statuses.
pub trait Statuses: Api {
    /// See [`crate::forge::Forge::has_check_runs`].
    const HAS_CHECK_RUNS: bool = false;

    /// See [`crate::forge::Forge::commit_statuses`].
    fn read_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>>;

    /// See [`crate::forge::Forge::plain_statuses`].
    fn read_plain_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        self.read_statuses(commit)
    }

    /// See [`crate::forge::Forge::status_fingerprints`].
    fn read_fingerprints(&self, commits: &[Oid]) -> Result<Option<Vec<String>>> {
        let _ = commits;
        Ok(None)
    }

    /// The same status twice says what it says once, so it may be sent again.
    fn write_status(&self, commit: Oid, status: &NewStatus) -> Result<()>;
}

/// Each once, where it comes first: one that comes while the pages are read moves the others to the
/// next page.
pub fn each_once<T>(mut items: Vec<T>, id: impl Fn(&T) -> u64) -> Vec<T> {
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(id(item)));
    items
}
