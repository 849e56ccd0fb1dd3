//! What GitHub answers, as far as it is read, and what it means in the words of the crate.

use anyhow::Result;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::forge::protocol::github_style::User;
use crate::forge::text::commit_id;
use crate::forge::{CommitStatus, PullRequest, PullState, StatusState, head_name};

#[derive(Debug, Deserialize)]
pub struct WirePull {
    pub number: u64,
    /// Its name in GraphQL.
    pub node_id: String,
    html_url: String,
    state: String,
    title: String,
    body: Option<String>,
    head: Branch,
    base: Branch,
    /// Before the merge this is a merge that GitHub tried; it counts only when `merged_at` is set.
    merge_commit_sha: Option<String>,
    user: Option<User>,
    created_at: Timestamp,
    merged_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    /// Absent in lists; null as long as GitHub has not tried.
    #[serde(default)]
    mergeable: Option<bool>,
    /// What stands in the way: `dirty`, `blocked`, `behind`, `draft` … or nothing: `clean`.
    #[serde(default)]
    mergeable_state: Option<String>,
    /// Set when GitHub merges it by itself.
    #[serde(default)]
    pub auto_merge: Option<IgnoredAny>,
    #[serde(default)]
    labels: Vec<Label>,
    #[serde(default)]
    requested_reviewers: Vec<User>,
    #[serde(default)]
    requested_teams: Vec<Team>,
}

#[derive(Debug, Deserialize)]
struct Branch {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
    /// Where the branch is. Null when that repository is gone.
    repo: Option<Fork>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Fork {
    id: u64,
}

#[derive(Debug, Deserialize)]
struct Label {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Team {
    slug: String,
}

/// The repository itself, and what whoever asks may do there.
#[derive(Debug, Deserialize)]
pub struct Repository {
    pub default_branch: String,
    pub private: bool,
    pub archived: bool,
    pub permissions: Option<Role>,
}

#[derive(Debug, Deserialize)]
pub struct Role {
    pub push: bool,
}

/// The author of a review is null when the account is gone.
#[derive(Debug, Deserialize)]
pub struct Review {
    pub user: Option<User>,
}

impl WirePull {
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Whether both branches are the repository's own: a fork's may have the same name, and where
    /// an organization forks its own repository, the same owner.
    pub fn is_own(&self) -> bool {
        self.head.repo == self.base.repo
    }

    /// Whether this account opened it.
    pub fn is_by(&self, login: &str) -> bool {
        self.user.as_ref().is_some_and(|user| user.login == login)
    }

    /// GitHub does not tell names by case.
    pub fn has_label(&self, name: &str) -> bool {
        self.labels.iter().any(|label| label.name.eq_ignore_ascii_case(name))
    }

    /// Whether this user, or the team of this slug, is asked for a review and has not given it.
    pub fn awaits(&self, reviewer: &str) -> bool {
        let users = self.requested_reviewers.iter().map(|user| &user.login);
        let teams = self.requested_teams.iter().map(|team| &team.slug);
        users.chain(teams).any(|known| known.eq_ignore_ascii_case(reviewer))
    }

    pub fn mergeable_state(&self) -> &str {
        self.mergeable_state.as_deref().unwrap_or_default()
    }

    pub fn view(&self) -> Result<PullRequest> {
        let state = match (self.merged_at, self.is_open()) {
            (Some(_), _) => PullState::Merged,
            (None, true) => PullState::Open,
            (None, false) => PullState::Closed,
        };
        let merged = self.merge_commit_sha.as_deref().filter(|_| state == PullState::Merged);
        Ok(PullRequest {
            number: self.number,
            head: head_name(&self.head.name, self.is_own()),
            head_commit: commit_id(&self.head.sha)?,
            merge_commit: merged.map(commit_id).transpose()?,
            url: self.html_url.clone(),
            state,
            title: self.title.clone(),
            body: self.body.clone().unwrap_or_default(),
            base: self.base.name.clone(),
            created_at: self.created_at,
            ended_at: self.merged_at.or(self.closed_at),
            mergeable: self.mergeable.filter(|_| state == PullState::Open),
        })
    }
}

#[derive(Debug, Deserialize)]
pub struct Status {
    pub id: u64,
    state: String,
    context: String,
    description: Option<String>,
    target_url: Option<String>,
    created_at: Timestamp,
    creator: Option<User>,
}

impl From<Status> for CommitStatus {
    fn from(status: Status) -> Self {
        Self {
            context: status.context,
            state: match status.state.as_str() {
                "success" => StatusState::Success,
                "pending" => StatusState::Pending,
                "failure" => StatusState::Failure,
                _ => StatusState::Error,
            },
            description: status.description.unwrap_or_default(),
            target_url: status.target_url,
            created_at: status.created_at,
            creator: status.creator.map(|user| user.login),
        }
    }
}

/// What a GitHub App reports instead of a status: it changes while it runs.
#[derive(Debug, Deserialize)]
pub struct CheckRun {
    pub id: u64,
    name: String,
    status: String,
    conclusion: Option<String>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    details_url: Option<String>,
    html_url: Option<String>,
    output: Option<Output>,
    app: Option<App>,
}

#[derive(Debug, Deserialize)]
struct Output {
    title: Option<String>,
}

#[derive(Debug, Deserialize)]
struct App {
    slug: Option<String>,
}

impl From<CheckRun> for CommitStatus {
    fn from(run: CheckRun) -> Self {
        let silent =
            run.conclusion.clone().filter(|conclusion| matches!(conclusion.as_str(), "neutral" | "skipped"));
        Self {
            state: run.state(),
            // One that waits in a queue has no time yet; anything else is newer.
            created_at: run.completed_at.or(run.started_at).unwrap_or(Timestamp::UNIX_EPOCH),
            context: run.name,
            description: run.output.and_then(|output| output.title).or(silent).unwrap_or_default(),
            target_url: run.details_url.or(run.html_url),
            creator: run.app.and_then(|app| app.slug),
        }
    }
}

impl CheckRun {
    fn state(&self) -> StatusState {
        match (self.status.as_str(), self.conclusion.as_deref()) {
            ("completed", Some("success")) => StatusState::Success,
            // It lets a pull request pass, and says nothing about what it was to look at.
            ("completed", Some("neutral" | "skipped")) => StatusState::Pending,
            ("completed", Some("failure" | "timed_out" | "action_required" | "startup_failure")) => {
                StatusState::Failure
            }
            ("completed", _) => StatusState::Error,
            _ => StatusState::Pending,
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Merged {
    pub sha: String,
}

/// A branch.
#[derive(Debug, Deserialize)]
pub struct Reference {
    pub object: Object,
}

#[derive(Debug, Deserialize)]
pub struct Object {
    pub sha: String,
}
