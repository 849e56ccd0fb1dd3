//! What GitHub answers, and Gitea and Forgejo as well; each leaves some of it out.

use anyhow::Result;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::forge::text::{commit_id, head_name};
use crate::forge::{CommitStatus, PullRequest, PullState, StatusState};

#[derive(Debug, Clone, Deserialize)]
pub struct WirePull {
    pub number: u64,
    /// Its name in GitHub's GraphQL.
    #[serde(default)]
    pub node_id: String,
    html_url: String,
    state: String,
    title: String,
    body: Option<String>,
    head: Branch,
    base: Branch,
    /// Where the head left the base, as Gitea tells.
    merge_base: Option<String>,
    /// Before the merge this may be one that was tried; it counts only when `merged_at` is set.
    merge_commit_sha: Option<String>,
    user: Option<User>,
    created_at: Timestamp,
    merged_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    /// GitHub has none in lists, and null as long as it has not tried. Gitea says false then, too.
    mergeable: Option<bool>,
    /// What stands in the way on GitHub: `dirty`, `blocked`, `behind`, `draft` … or nothing: `clean`.
    mergeable_state: Option<String>,
    /// Set when GitHub merges it by itself.
    pub auto_merge: Option<IgnoredAny>,
    #[serde(default)]
    pub draft: bool,
    labels: Option<Vec<Label>>,
    requested_reviewers: Option<Vec<User>>,
    #[serde(alias = "requested_reviewers_teams")]
    requested_teams: Option<Vec<Team>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Branch {
    /// GitHub's name of it.
    #[serde(rename = "ref")]
    reference: String,
    /// Gitea's, also when the branch is gone. On GitHub the owner stands in front.
    label: Option<String>,
    /// The tip of the branch; on Gitea the one of now, even after a merge.
    #[serde(default)]
    sha: String,
    /// Where the branch is. Null when that repository is gone.
    repo: Option<Fork>,
    /// The same, as Gitea tells it.
    repo_id: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
struct Fork {
    id: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct User {
    pub login: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Team {
    /// On GitHub.
    slug: Option<String>,
    #[serde(default)]
    name: String,
}

/// Its author is null when the account is gone, or a team was asked.
#[derive(Debug, Deserialize)]
pub struct Review {
    pub user: Option<User>,
    /// `APPROVED`, `REQUEST_CHANGES`, `COMMENT`, `PENDING` or `REQUEST_REVIEW`, on Gitea.
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub dismissed: bool,
    /// Whether it counts for the rules of the branch.
    #[serde(default)]
    pub official: bool,
    /// What was reviewed, if that is still there.
    pub commit_id: Option<String>,
    /// The team that was asked, on Gitea.
    team: Option<Team>,
}

impl Review {
    /// The person or the team.
    pub fn reviewer(&self) -> &str {
        let user = self.user.as_ref().map(|user| user.login.as_str()).filter(|login| !login.is_empty());
        user.or(self.team.as_ref().map(|team| team.name.as_str())).unwrap_or("somebody")
    }
}

#[derive(Debug, Deserialize)]
pub struct Comment {
    pub id: u64,
    #[serde(default)]
    pub body: String,
    pub user: Option<User>,
}

/// The repository itself, and what whoever asks may do there.
#[derive(Debug, Deserialize)]
pub struct Repository {
    pub default_branch: String,
    #[serde(default)]
    pub private: bool,
    #[serde(default)]
    pub archived: bool,
    pub permissions: Option<Role>,
    #[serde(default)]
    pub full_name: String,
    /// Whether it has no commit, as Gitea tells.
    #[serde(default)]
    pub empty: bool,
    /// Whether it takes pull requests, as Gitea tells.
    pub has_pull_requests: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub struct Role {
    pub push: bool,
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
    #[serde(alias = "status")]
    pub state: String,
    context: String,
    description: Option<String>,
    target_url: Option<String>,
    created_at: Timestamp,
    creator: Option<User>,
}

impl Branch {
    fn name(&self) -> &str {
        match &self.label {
            Some(label) if self.repo_id.is_some() => label,
            _ => &self.reference,
        }
    }

    fn repository(&self) -> Option<i64> {
        self.repo_id.or(self.repo.as_ref().map(|repo| repo.id))
    }
}

impl WirePull {
    pub fn is_open(&self) -> bool {
        self.state != "closed"
    }

    pub fn is_merged(&self) -> bool {
        self.merged_at.is_some()
    }

    pub fn head(&self) -> &str {
        self.head.name()
    }

    /// Whether both branches are the repository's own: a fork's may have the same name, and where
    /// an organization forks its own repository, the same owner.
    pub fn is_own(&self) -> bool {
        self.head.repository() == self.base.repository()
    }

    /// Whether it is from this branch into that one, both of the repository itself.
    pub fn is_of(&self, head: &str, base: &str) -> bool {
        self.is_own() && self.head.name() == head && self.base.name() == base
    }

    /// The commits that a merge would join.
    pub fn tips(&self) -> (&str, &str) {
        (&self.head.sha, &self.base.sha)
    }

    /// Whether the base has commits that the head lacks.
    pub fn is_behind(&self) -> bool {
        self.merge_base.as_deref().is_some_and(|commit| commit != self.base.sha)
    }

    pub fn is_mergeable(&self) -> bool {
        self.mergeable == Some(true)
    }

    pub fn mergeable_state(&self) -> &str {
        self.mergeable_state.as_deref().unwrap_or_default()
    }

    /// Whether this account opened it.
    pub fn is_by(&self, login: &str) -> bool {
        self.user.as_ref().is_some_and(|user| user.login == login)
    }

    /// Names are not told by case.
    pub fn has_label(&self, name: &str) -> bool {
        self.labels.iter().flatten().any(|label| label.name.eq_ignore_ascii_case(name))
    }

    /// Whether this user or team is asked for a review and has not given it.
    pub fn awaits(&self, reviewer: &str) -> bool {
        let users = self.requested_reviewers.iter().flatten().map(|user| &user.login);
        let teams = self.requested_teams.iter().flatten();
        let teams = teams.map(|team| team.slug.as_ref().unwrap_or(&team.name));
        users.chain(teams).any(|known| known.eq_ignore_ascii_case(reviewer))
    }

    pub fn view(&self) -> Result<PullRequest> {
        let state = match (self.is_merged(), self.is_open()) {
            (true, _) => PullState::Merged,
            (false, true) => PullState::Open,
            (false, false) => PullState::Closed,
        };
        let merged = self.merge_commit_sha.as_deref().filter(|_| self.is_merged());
        Ok(PullRequest {
            number: self.number,
            head: head_name(self.head.name(), self.is_own()),
            head_commit: commit_id(&self.head.sha)?,
            merge_commit: merged.map(commit_id).transpose()?,
            url: self.html_url.clone(),
            state,
            title: self.title.clone(),
            body: self.body.clone().unwrap_or_default(),
            base: self.base.name().to_owned(),
            created_at: self.created_at,
            ended_at: self.merged_at.or(self.closed_at),
            mergeable: self.mergeable.filter(|_| state == PullState::Open),
        })
    }
}

/// What Gitea calls a status that was skipped.
pub const SKIPPED: &str = "skipped";

impl From<Status> for CommitStatus {
    fn from(status: Status) -> Self {
        Self {
            context: status.context,
            state: match status.state.as_str() {
                "success" => StatusState::Success,
                // A release that a reporter warns of goes no further by itself.
                "failure" | "warning" => StatusState::Failure,
                "error" => StatusState::Error,
                // What was skipped says nothing about what it was to look at, nor does a word that is
                // not known.
                _ => StatusState::Pending,
            },
            description: status.description.unwrap_or_default(),
            target_url: status.target_url.filter(|url| !url.is_empty()),
            created_at: status.created_at,
            creator: status.creator.map(|user| user.login),
            creator_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COMMIT: &str = "1234567890123456789012345678901234567890";

    fn gitea(head_repository: i64) -> WirePull {
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
        let pull = gitea(1);
        assert!(!pull.has_label("deploy") && !pull.awaits("ann"));
        let view = pull.view().unwrap();
        assert_eq!((view.state, view.ended_at), (PullState::Open, None));
        assert_eq!(view.created_at.to_string(), "2026-03-01T12:00:00Z");
    }

    #[test]
    fn a_forks_branch_of_the_same_name_is_another() {
        assert!(gitea(1).is_of("x", "main"));
        assert!(!gitea(2).is_of("x", "main"));
    }

    #[test]
    fn states_that_only_gitea_has() {
        let state = |name: &str| {
            let status =
                json!({"id": 1, "status": name, "context": "a", "created_at": "2026-03-01T12:00:00Z"});
            CommitStatus::from(serde_json::from_value::<Status>(status).unwrap()).state
        };
        assert_eq!(state("warning"), StatusState::Failure);
        assert_eq!(state(SKIPPED), StatusState::Pending);
        assert_eq!(state("a word of tomorrow"), StatusState::Pending);
        assert_eq!(state("error"), StatusState::Error);
    }
}
