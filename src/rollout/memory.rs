//! What is awaited, and what earlier looks at it have learned.

use git2::Oid;
use jiff::Timestamp;

use super::statuses::Known;
use crate::forge::{MergeReadiness, PullRequest};
use crate::gitops::Content;

/// What is awaited in a destination.
#[derive(Debug, Clone, Copy, Default)]
pub struct Awaited<'a> {
    /// A pull request; `None`: the newest one, or what is deployed.
    pub pull: Option<u64>,
    /// What was proposed. Something else in its place supersedes it. `None`: whatever is there.
    pub content: Option<&'a Content>,
    /// When a wait begins afresh: deadlines count from here, and failures before it do not count.
    pub since: Option<Timestamp>,
}

/// What earlier looks of this process learned, so that it need not be asked again. It saves
/// requests, and never changes what is seen in the end.
#[derive(Debug, Default)]
pub struct Memory {
    /// Merged is for ever.
    pub merged: Option<PullRequest>,
    pub readiness: Option<Remembered>,
    pub statuses: Known,
    /// Whether Towline's own verdict was looked for.
    pub asked_for_verdict: bool,
    /// When a commit that no pull request brought was seen first.
    pub first_seen: Option<(Oid, Timestamp)>,
}

/// What a pull request waited for.
#[derive(Debug)]
pub struct Remembered {
    pub pull: PullRequest,
    pub at: Timestamp,
    pub readiness: std::result::Result<MergeReadiness, String>,
}
