//! How a release is proposed where something stands in its way.

use std::cmp::Ordering;
use std::path::Path;

use crate::release::{self, Release};

/// What may be overwritten.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProposeOptions<'a> {
    /// The application's own repository, to tell which of two commits is newer.
    pub source_repository: Option<&'a Path>,
    /// Overwrite commits of people on the head branch.
    pub force: bool,
    /// Overwrite files that people changed by hand on the base branch.
    pub overwrite_drift: bool,
    /// Propose a release that is older than the one deployed or proposed.
    pub allow_older: bool,
    /// Put it onto the tip of the base branch, even where nothing of it changed there.
    pub on_tip: bool,
}

impl ProposeOptions<'_> {
    /// Whether our release is known to be older than `other`.
    pub fn is_older(&self, ours: &Release, other: &Release) -> bool {
        release::order(ours, other, self.source_repository) == Some(Ordering::Less)
    }
}
