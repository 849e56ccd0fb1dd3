//! Proposal: how proposing ended.

use git2::Oid;

use super::changes::Changes;
use crate::forge::PullRequest;
use crate::git::Trailers;
use crate::release::Release;
use crate::vocabulary::Outcome;

/// How a proposal ended.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// `Done`: the pull request is open. `Unchanged`: the base branch has the rendering already.
    /// `Superseded`: a newer release is deployed or proposed.
    pub outcome: Outcome,
    /// The open pull request: ours, or the newer one.
    pub pull: Option<PullRequest>,
    /// The commit that is proposed, the tip of the head branch.
    pub commit: Option<Oid>,
    /// The base branch's commit that all this is about.
    pub base: Oid,
    pub changes: Changes,
    /// Whether more than the descriptor differs from what is deployed.
    pub manifests_changed: bool,
    pub trailers: Trailers,
    /// Whether this run opened the pull request, or put another release into it.
    pub is_new: bool,
    /// The release that the pull request proposed before.
    pub replaced: Option<Box<Release>>,
    /// One sentence for people, without a period.
    pub message: String,
}
