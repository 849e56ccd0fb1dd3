//! What Gitea and Forgejo answer, as far as it is read, and what it means in the words of the crate.

use anyhow::Result;
use jiff::Timestamp;
use serde::Deserialize;

use crate::forge::protocol::github_style::User;
use crate::forge::text::commit_id;
use crate::forge::{CommitStatus, PullRequest, PullState, StatusState, head_name};

#[derive(Debug, Clone, Deserialize)]
pub struct WirePull {
    pub number: u64,
    html_url: String,
    state: String,
    title: String,
    body: Option<String>,
    pub head: Branch,
    base: Branch,
    #[serde(default)]
    pub merged: bool,
    merge_commit_sha: Option<String>,
    /// Where the head left the base.
    merge_base: Option<String>,
    created_at: Timestamp,
    merged_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    /// False is a conflict, work in progress, or not yet known.
    #[serde(default)]
    pub mergeable: bool,
    /// Its title says that it is work in progress.
    #[serde(default)]
    pub draft: bool,
    labels: Option<Vec<Label>>,
    requested_reviewers: Option<Vec<User>>,
    requested_reviewers_teams: Option<Vec<Team>>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Branch {
    /// The name, also when the branch is gone; `ref` is then another one.
    pub label: String,
    /// The tip of the branch now, even after a merge.
    #[serde(default)]
    sha: String,
    repo_id: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Team {
    name: String,
}

/// The author of a review is null when a team was asked.
#[derive(Debug, Deserialize)]
pub struct Review {
    pub user: Option<User>,
    /// `APPROVED`, `REQUEST_CHANGES`, `COMMENT`, `PENDING` or `REQUEST_REVIEW`.
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub dismissed: bool,
    /// Whether it counts for the rules of the branch.
    #[serde(default)]
    pub official: bool,
}

/// What a branch says of its protection.
#[derive(Debug, Default, Deserialize)]
pub struct Rules {
    pub required_approvals: Option<usize>,
    #[serde(default)]
    pub enable_status_check: bool,
    pub status_check_contexts: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub struct TimelineItem {
    #[serde(rename = "type")]
    pub kind: String,
}

/// The repository itself, and what the token's user may do there.
#[derive(Debug, Deserialize)]
pub struct Repository {
    pub default_branch: String,
    #[serde(default)]
    pub archived: bool,
    pub permissions: Role,
}

#[derive(Debug, Deserialize)]
pub struct Role {
    pub push: bool,
}

impl WirePull {
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Whether it is from this branch into that one, both of the repository itself: a fork's
    /// branch may have the same name.
    pub fn is_of(&self, head: &str, base: &str) -> bool {
        self.is_own() && self.head.label == head && self.base.label == base
    }

    pub fn is_own(&self) -> bool {
        self.head.repo_id == self.base.repo_id
    }

    /// The commits that a merge would join.
    pub fn tips(&self) -> (&str, &str) {
        (&self.head.sha, &self.base.sha)
    }

    /// Whether the base has commits that the head has not.
    pub fn is_behind(&self) -> bool {
        self.merge_base.as_deref().is_some_and(|commit| commit != self.base.sha)
    }

    pub fn has_label(&self, name: &str) -> bool {
        let mut labels = self.labels.iter().flatten();
        labels.any(|label| label.name.eq_ignore_ascii_case(name))
    }

    /// Whether this user or team is asked for a review.
    pub fn awaits(&self, reviewer: &str) -> bool {
        let users = self.requested_reviewers.iter().flatten().map(|user| &user.login);
        let teams = self.requested_reviewers_teams.iter().flatten().map(|team| &team.name);
        users.chain(teams).any(|known| known.eq_ignore_ascii_case(reviewer))
    }

    /// The head of one that was merged is the tip of its branch now.
    pub fn view(&self) -> Result<PullRequest> {
        let state = match (self.merged, self.is_open()) {
            (true, _) => PullState::Merged,
            (_, true) => PullState::Open,
            _ => PullState::Closed,
        };
        let merged = self.merge_commit_sha.as_deref().filter(|_| self.merged);
        Ok(PullRequest {
            number: self.number,
            head: head_name(&self.head.label, self.is_own()),
            head_commit: commit_id(&self.head.sha)?,
            merge_commit: merged.map(commit_id).transpose()?,
            url: self.html_url.clone(),
            state,
            title: self.title.clone(),
            body: self.body.clone().unwrap_or_default(),
            base: self.base.label.clone(),
            created_at: self.created_at,
            ended_at: self.merged_at.or(self.closed_at),
            mergeable: Some(true).filter(|_| self.mergeable && state == PullState::Open),
        })
    }
}

/// A reference of git, such as `refs/pull/7/head`.
#[derive(Debug, Deserialize)]
pub struct Reference {
    #[serde(rename = "ref")]
    pub name: String,
    pub object: Object,
}

#[derive(Debug, Deserialize)]
pub struct Object {
    pub sha: String,
}

#[derive(Debug, Deserialize)]
pub struct Status {
    pub id: u64,
    status: String,
    context: String,
    description: Option<String>,
    target_url: Option<String>,
    created_at: Timestamp,
    creator: Option<User>,
}

const SKIPPED: &str = "skipped";

impl Status {
    /// As the rules of a branch take it: what was skipped is not in the way.
    pub fn into_what_rules_take(self) -> CommitStatus {
        let skipped = self.status == SKIPPED;
        let status = CommitStatus::from(self);
        if skipped { CommitStatus { state: StatusState::Success, ..status } } else { status }
    }
}

impl From<Status> for CommitStatus {
    fn from(status: Status) -> Self {
        Self {
            context: status.context,
            state: match status.status.as_str() {
                "success" => StatusState::Success,
                // What was skipped says nothing about what it was to look at.
                "pending" | SKIPPED => StatusState::Pending,
                // A release that a reporter warns of goes no further by itself.
                "failure" | "warning" => StatusState::Failure,
                _ => StatusState::Error,
            },
            description: status.description.unwrap_or_default(),
            target_url: status.target_url.filter(|url| !url.is_empty()),
            created_at: status.created_at,
            creator: status.creator.map(|user| user.login),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COMMIT: &str = "1234567890123456789012345678901234567890";

    fn pull(head_repository: i64) -> WirePull {
        serde_json::from_value(json!({
            "number": 1, "html_url": "https://git.acme.com/acme/gitops/pulls/1", "state": "open",
            "title": "Deploy", "body": "", "mergeable": false, "merged": false, "merge_commit_sha": null,
            "created_at": "2026-03-01T13:00:00+01:00", "merged_at": null, "closed_at": null,
            "labels": null, "requested_reviewers": null, "requested_reviewers_teams": null,
            "head": {"label": "x", "ref": "refs/pull/1/head", "sha": COMMIT, "repo_id": head_repository},
            "base": {"label": "main", "ref": "main", "sha": COMMIT, "repo_id": 1},
        }))
        .unwrap()
    }

    #[test]
    fn what_is_not_there_may_be_null() {
        let pull = pull(1);
        assert!(!pull.has_label("deploy") && !pull.awaits("ann"));
        let view = pull.view().unwrap();
        assert_eq!((view.state, view.mergeable, view.ended_at), (PullState::Open, None, None));
        assert_eq!(view.created_at.to_string(), "2026-03-01T12:00:00Z");
    }

    #[test]
    fn a_forks_branch_of_the_same_name_is_another() {
        assert!(pull(1).is_of("x", "main"));
        assert!(!pull(2).is_of("x", "main"));
    }

    #[test]
    fn states_that_others_do_not_have() {
        let status = |name: &str| {
            let status =
                json!({"id": 1, "status": name, "context": "a", "created_at": "2026-03-01T12:00:00Z"});
            serde_json::from_value::<Status>(status).unwrap()
        };
        assert_eq!(CommitStatus::from(status("warning")).state, StatusState::Failure);
        assert_eq!(CommitStatus::from(status("skipped")).state, StatusState::Pending);
        assert_eq!(status("skipped").into_what_rules_take().state, StatusState::Success);
        assert_eq!(status("warning").into_what_rules_take().state, StatusState::Failure);
    }
}
