//! The contract: what Towline asks of a forge, and in which words. What a comment of [`Forge`]
//! promises, the contract suite (`tests/forge_contract/`) checks for every adapter.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::git::oid_text;
use crate::http::Budget;
use crate::vocabulary::MergeMethod;

/// A forge that holds the GitOps repository.
pub trait Forge: Send + Sync {
    /// Begins a look: until [`Forge::end_look`], what was asked once is not asked again, unless something was
    /// written in between. Looks may be inside others. (What [`Access::open`](super::Access::open) returns does so.)
    fn begin_look(&self) {}

    fn end_look(&self) {}

    /// The pull request from branch `head` into branch `base`: the open one if there is one,
    /// else the newest that was merged or closed, else none. There is never more than one open.
    fn find_pull(&self, head: &str, base: &str) -> Result<Option<PullRequest>>;

    /// Opens a pull request. When one is already open for the same branches, that one is
    /// adopted: it is updated to the new title and body and returned; a second is never opened.
    /// Both branches must exist, and `head` must have a commit that `base` has not.
    ///
    /// Title and body are about `head_commit`. When the head branch is at another commit, an open
    /// pull request is returned as it is, so that a run that was overtaken does not put its text
    /// over that of the newer one. (A forge without transactions looks, then writes.)
    fn open_pull(&self, new: &NewPullRequest) -> Result<PullRequest>;

    /// Replaces title and body. Does nothing when they are already so.
    fn update_pull(&self, number: u64, title: &str, body: &str) -> Result<PullRequest>;

    /// Closes without merging, and says why in a comment. Closing a closed one does nothing;
    /// closing a merged one is an error.
    fn close_pull(&self, number: u64, why: &str) -> Result<()>;

    /// The pull request now. `merge_commit` is set only if `state` is `Merged`, and is then the commit
    /// that stands on the base branch. It is missing where the forge has lost it.
    fn get_pull(&self, number: u64) -> Result<PullRequest>;

    /// Merges, only if the head is still `expected_head`. Merging a merged one returns its merge
    /// commit again. See [`MergeRequest::when_ready`] for what is not ready yet.
    fn merge_pull(&self, number: u64, request: &MergeRequest) -> Result<MergeResult>;

    /// Takes back that the forge merges it by itself: auto-merge, auto-complete, a schedule. Does
    /// nothing where there is no such thing.
    fn cancel_merge(&self, number: u64) -> Result<()>;

    /// The statuses that `commit` has, newest first, all of them: a context may occur many times.
    /// (Where a status is a job, one that was pending may have turned into what followed it.)
    fn commit_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>>;

    /// Whether check runs are among [`Forge::commit_statuses`], and not among [`Forge::plain_statuses`].
    fn has_check_runs(&self) -> bool {
        false
    }

    /// Those of them that are commit statuses and not check runs, where these are two lists.
    fn plain_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        self.commit_statuses(commit)
    }

    /// A fingerprint per commit that changes when its statuses change, and is empty while it has
    /// none, in as few requests as possible. `None` if the forge cannot provide it.
    fn status_fingerprints(&self, commits: &[Oid]) -> Result<Option<Vec<String>>> {
        let _ = commits;
        Ok(None)
    }

    /// Adds a status to `commit`.
    fn set_commit_status(&self, commit: Oid, status: &NewStatus) -> Result<()>;

    /// Shows in the forge's own deployments how a release stands in an environment: makes one for
    /// `commit`, or carries on the one that an earlier call made. Does nothing when that says so
    /// already. An error where the forge has no deployments (see [`super::row::Row::has_deployments`]).
    fn report_deployment(&self, commit: Oid, deployment: &NewDeployment) -> Result<()>;

    /// Pull requests from branch `head`, or all of them, newest first. Their bodies may be cut.
    fn list_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>>;

    /// Whether the forge can be asked for the pull requests from one branch, so that a list of those does not
    /// take as long as a list of all.
    fn lists_by_head(&self) -> bool {
        true
    }

    /// What an open pull request waits for, as far as the forge tells. Of one that has ended it
    /// tells nothing.
    fn merge_readiness(&self, number: u64) -> Result<MergeReadiness>;

    /// Whether [`MergeReadiness`] tells approvals of an older head from those of this one. Where it
    /// does not, whoever pushes to an approved pull request opens another.
    fn dates_approvals(&self) -> bool {
        true
    }

    /// Puts `text` into the one comment that Towline keeps on a pull request, whatever its state:
    /// writes it, replaces what it said, or does nothing when it says so already.
    fn sticky_comment(&self, number: u64, text: &str) -> Result<()>;

    /// The account that the token belongs to, as [`CommitStatus`] names who wrote a status. `None` if
    /// the forge does not tell, or has no accounts.
    fn account(&self) -> Result<Option<String>> {
        Ok(None)
    }

    /// Whether the forge notes the time of a merge some time after the base branch has moved, so that a report
    /// on the merge may bear an earlier time. The merge commits of such a forge are made by the merge itself.
    fn notes_merges_late(&self) -> bool {
        false
    }

    /// What the token may do, found out without changing anything.
    fn permissions(&self) -> Result<Vec<Permission>>;

    /// Why the token may not merge into a branch, where a rule of the branch says so and the forge
    /// tells it beforehand.
    fn kept_out_of(&self, base: &str) -> Result<Option<String>> {
        let _ = base;
        Ok(None)
    }

    /// What was asked of the forge so far, where requests count.
    fn budget(&self) -> Option<Budget> {
        None
    }

    /// The first line of the commit that merges a pull request, as the forge's own would be.
    fn merge_subject(&self, number: u64, title: &str) -> String {
        format!("{title} (#{number})")
    }

    /// The longest body of a pull request that the forge takes, in bytes.
    fn body_limit(&self) -> usize {
        65_536
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    pub number: u64,
    /// For people; a local forge has `repository#number`.
    pub url: String,
    pub state: PullState,
    pub title: String,
    pub body: String,
    /// Branch names, without `refs/heads/`. A fork's has `fork:` in front, which no branch of one's
    /// own can have.
    pub head: String,
    pub base: String,
    /// The tip of the head branch, as the forge sees it; when merged, what was merged.
    #[serde(with = "oid_text")]
    pub head_commit: Oid,
    #[serde(with = "oid_text::option")]
    pub merge_commit: Option<Oid>,
    pub created_at: Timestamp,
    /// When it was merged or closed, if the forge knows.
    pub ended_at: Option<Timestamp>,
    /// Whether the forge could merge it: `Some(false)` is a conflict with the base. `None` when it
    /// has not worked that out yet, which it does soon after it was asked, or when it has ended.
    pub mergeable: Option<bool>,
}

impl PullRequest {
    pub fn is_open(&self) -> bool {
        self.state == PullState::Open
    }
}

/// The state of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PullState {
    Open,
    Merged,
    Closed,
}

#[derive(Debug, Clone)]
pub struct NewPullRequest {
    /// The one that is open for the same branches, if it is known: it need not be looked for.
    pub open: Option<u64>,
    pub head: String,
    pub base: String,
    pub head_commit: Oid,
    pub title: String,
    pub body: String,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct MergeRequest {
    pub expected_head: Oid,
    pub method: MergeMethod,
    /// Subject, blank line, body, trailers.
    pub message: String,
    /// Where only checks, approvals or the forge's queue are missing: leave it to the forge to
    /// merge this very head as soon as they are there.
    pub when_ready: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeResult {
    Merged(Oid),
    /// The head is this one, not the expected one.
    HeadMoved(Oid),
    /// The forge merges it by itself when what is missing is there; this is what is missing.
    WhenReady(String),
    /// The base branch went on, and only a head that is up to date is merged.
    Behind(String),
    /// It conflicts with its base: it has to be proposed again on the new one.
    Conflict(String),
    /// Something else has to happen first, and this is what: an approval, the end of a draft.
    NotMergeable(String),
    /// The forge will never merge it for this token as it is: a permission, a setting.
    Never(String),
}

/// What stands between an open pull request and its merge. Conflicts are in the pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MergeReadiness {
    /// Who approved it.
    pub approved_by: Vec<String>,
    /// Who approved an older head, and not this one, where the forge tells. They are not among
    /// `approved_by`.
    pub outdated_approvals: Vec<String>,
    /// Reviewers whose last word is no.
    pub rejected_by: Vec<String>,
    /// Rules of the branch that do not hold yet, in the forge's words.
    pub missing: Vec<String>,
    /// Rules of the branch that were broken, such as a required check that failed.
    pub broken: Vec<String>,
    /// Whether a rule of the base branch asks for a head that is up to date, and this one is not.
    pub behind: bool,
    /// Whether the forge merges it by itself when nothing is missing: auto-merge, auto-complete,
    /// or its merge queue.
    pub merges_itself: bool,
    /// Why it was taken out of the merge queue, if it was and is not in it again.
    pub evicted: Option<String>,
    /// Why the forge never merges it for this token, where that shows before a merge.
    pub never: Option<String>,
    /// What the forge said when it was last asked to merge this head and did not, as long as
    /// nothing has changed since.
    pub refused: Option<String>,
}

impl MergeReadiness {
    /// Whether nothing is in the way of the merge, as far as the rules of the branch show.
    pub fn is_clear(&self) -> bool {
        !self.behind && [&self.missing, &self.broken, &self.rejected_by].iter().all(|list| list.is_empty())
    }

    /// Whether to ask the forge to merge it is worth a try: nothing is in the way, and it has not
    /// just said no.
    pub fn is_ready(&self) -> bool {
        self.is_clear() && self.refused.is_none()
    }

    /// Whether somebody has given it a review, or a decision to merge it.
    pub fn is_reviewed(&self) -> bool {
        let reviews = [&self.approved_by, &self.rejected_by, &self.outdated_approvals];
        self.merges_itself || reviews.iter().any(|list| !list.is_empty())
    }
}

/// Whether a token may do one of the things that Towline asks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    pub ability: Ability,
    /// `None`: the forge does not tell without trying.
    pub granted: Option<bool>,
    /// How it is known, or what to grant, in the forge's words.
    pub detail: String,
}

/// What Towline asks of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// Read the repository and its pull requests.
    Read,
    /// Push branches.
    Push,
    /// Open, update and close pull requests.
    PullRequests,
    /// Merge pull requests, so far as the rules of the branch allow it.
    Merge,
    /// Read commit statuses.
    ReadStatuses,
    /// Write commit statuses.
    WriteStatuses,
}

impl Ability {
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Push, Self::PullRequests, Self::Merge, Self::ReadStatuses, Self::WriteStatuses];
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitStatus {
    pub context: String,
    pub state: StatusState,
    #[serde(default)]
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_url: Option<String>,
    pub created_at: Timestamp,
    /// The name of the account that wrote it, if the forge tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    /// The id of that account, where names do not identify accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatus {
    pub context: String,
    pub state: StatusState,
    pub description: String,
    pub target_url: Option<String>,
}

/// The state of a commit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatusState {
    Pending,
    Success,
    Failure,
    Error,
}

/// How a release stands in an environment, for the forge's own deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeployment {
    /// Whose deployment it is: several may be made from one commit.
    pub application: String,
    /// What the forge is to call the environment.
    pub environment: String,
    /// The branch or tag that the release was built from.
    pub reference: Option<String>,
    pub state: DeploymentState,
    pub description: String,
    /// Where to read more.
    pub log_url: Option<String>,
}

/// The state of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentState {
    Queued,
    InProgress,
    Success,
    Failure,
    /// It has ended without a result.
    Inactive,
}

/// An event that pipelines listen to, such as a `repository_dispatch` of GitHub.
#[derive(Debug, Clone)]
pub struct Event {
    /// What workflows listen to: `on: {repository_dispatch: {types: [towline]}}`.
    pub name: String,
    pub payload: Map<String, Value>,
}

/// A run of one workflow, which must have `on: workflow_dispatch`.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// The name of its file: `resume.yaml`.
    pub file: String,
    /// The branch or tag whose version of the file is run.
    pub reference: String,
    pub inputs: Map<String, Value>,
}
