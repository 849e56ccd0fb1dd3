//! What GitLab answers, as far as it is read, and what it means in the words of the crate.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use serde::Deserialize;

use crate::forge::text::{commit_id, head_name};
use crate::forge::{PullRequest, PullState};

/// What a `detailed_merge_status` says where git has nothing against a merge: that it can be merged,
/// or which rule is in the way.
/// <https://docs.gitlab.com/api/merge_requests/#merge-status>
const RULES: [&str; 19] = [
    "mergeable",
    "ci_must_pass",
    "ci_still_running",
    "commits_status",
    "discussions_not_resolved",
    "draft_status",
    "jira_association_missing",
    "locked_lfs_files",
    "locked_paths",
    "merge_request_blocked",
    "merge_time",
    "not_approved",
    "not_open",
    "policies_denied",
    "requested_changes",
    "security_policy_pipeline_check",
    "security_policy_violations",
    "status_checks_must_pass",
    "title_regex",
];

/// A merge request. In a list it has less: no `user`, no `head_pipeline`.
#[derive(Debug, Clone, Deserialize)]
pub struct WirePull {
    pub iid: u64,
    web_url: String,
    state: String,
    title: String,
    description: Option<String>,
    source_branch: String,
    target_branch: String,
    /// None when the fork is gone.
    source_project_id: Option<i64>,
    target_project_id: i64,
    /// The head of the newest diff; of what was merged or closed, the last one.
    sha: Option<String>,
    /// Of the merge commit, if there is one.
    merge_commit_sha: Option<String>,
    /// Of the one commit that was made of many, if they were.
    squash_commit_sha: Option<String>,
    created_at: Timestamp,
    merged_at: Option<Timestamp>,
    /// When it was last closed, also if it was opened again.
    closed_at: Option<Timestamp>,
    /// The first thing that is in the way of a merge.
    #[serde(default)]
    detailed_merge_status: String,
    #[serde(default)]
    has_conflicts: bool,
    /// Whether auto-merge is set, whatever it waits for.
    #[serde(default)]
    pub merge_when_pipeline_succeeds: bool,
    #[serde(default)]
    pub squash_on_merge: bool,
    /// Why the last try to merge failed.
    pub merge_error: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    pub reviewers: Vec<User>,
    user: Option<Viewer>,
    pub head_pipeline: Option<Pipeline>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct User {
    pub id: u64,
    pub username: String,
}

/// What the owner of the token may do with a merge request.
#[derive(Debug, Clone, Deserialize)]
struct Viewer {
    can_merge: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Pipeline {
    pub status: String,
}

#[derive(Debug, Deserialize)]
pub struct Branch {
    pub commit: Commit,
}

#[derive(Debug, Deserialize)]
pub struct Commit {
    pub id: String,
}

/// The settings of a project that matter here.
#[derive(Debug, Deserialize)]
pub struct Project {
    /// `merge`, `rebase_merge` (a merge commit, of what is up to date) or `ff`
    pub merge_method: Option<String>,
    /// `never`, `always`, `default_on` or `default_off`
    pub squash_option: Option<String>,
    /// Where the edition has merge trains.
    pub merge_trains_enabled: Option<bool>,
    pub permissions: Option<Roles>,
}

/// The roles of the token's owner: of the project, and inherited from its groups.
#[derive(Debug, Deserialize)]
pub struct Roles {
    project_access: Option<Role>,
    group_access: Option<Role>,
}

#[derive(Debug, Deserialize)]
struct Role {
    access_level: u32,
}

impl Roles {
    pub fn level(&self) -> Option<u32> {
        [&self.project_access, &self.group_access].into_iter().flatten().map(|role| role.access_level).max()
    }
}

impl WirePull {
    fn state(&self) -> PullState {
        match self.state.as_str() {
            "merged" => PullState::Merged,
            "closed" => PullState::Closed,
            // Locked is what it is while it is being merged.
            _ => PullState::Open,
        }
    }

    pub fn is_open(&self) -> bool {
        self.state() == PullState::Open
    }

    /// Whether a merge is under way, which is over in a moment.
    fn is_being_merged(&self) -> bool {
        self.state == "locked"
    }

    /// Whether GitLab tells its head. It does not before it has prepared one, and of one whose branch
    /// had nothing.
    pub fn has_head(&self) -> bool {
        self.sha.is_some()
    }

    pub fn set_head(&mut self, head: Oid) {
        self.sha = Some(head.to_string());
    }

    pub fn source_branch(&self) -> &str {
        &self.source_branch
    }

    /// Whether both branches are the project's own: a fork's may have the same name.
    pub fn is_own(&self) -> bool {
        self.source_project_id == Some(self.target_project_id)
    }

    /// The commit that the merge put on the base branch: a merge commit if one was made, else the
    /// squashed one, else the head itself, to which the branch was moved.
    fn merge_commit(&self) -> Result<Option<Oid>> {
        let landed = [&self.merge_commit_sha, &self.squash_commit_sha, &self.sha];
        let landed = landed.into_iter().flatten().find(|_| self.state() == PullState::Merged);
        landed.map(|sha| commit_id(sha)).transpose()
    }

    /// Whether it can be merged onto the base as that is; not what the rules say. A project that
    /// only moves branches forward needs a new head when the base has moved, as after a conflict.
    fn mergeable(&self) -> Option<bool> {
        match self.detailed_merge_status.as_str() {
            _ if !self.is_open() || self.is_being_merged() => None,
            "conflict" | "broken_status" | "need_rebase" => Some(false),
            word if RULES.contains(&word) => Some(!self.has_conflicts),
            // It is about to be worked out, or a word of a newer GitLab says something else.
            _ => None,
        }
    }

    /// Whether GitLab is still at work, as far as its word is known.
    pub fn is_unsettled(&self) -> bool {
        self.is_open() && self.mergeable().is_none()
    }

    /// What it says meanwhile, if that is worth to be told.
    pub fn passing_word(&self) -> Option<&str> {
        let word = self.detailed_merge_status.as_str();
        (self.is_unsettled() && !matches!(word, "preparing" | "unchecked" | "checking" | "")).then_some(word)
    }

    /// The rule that is first in the way, by GitLab's name for it.
    pub fn rule(&self) -> Option<&str> {
        match self.detailed_merge_status.as_str() {
            _ if !self.is_open() || self.mergeable().is_none() => None,
            "mergeable" | "conflict" | "broken_status" | "need_rebase" => None,
            rule => Some(rule),
        }
    }

    /// Whether it is not merged before it is put onto the new base.
    pub fn needs_rebase(&self) -> bool {
        self.is_open() && self.detailed_merge_status == "need_rebase"
    }

    /// What is in the way of a merge, by GitLab's name for it.
    pub fn detailed_merge_status(&self) -> &str {
        &self.detailed_merge_status
    }

    /// Whether the owner of the token may not merge into the base branch.
    pub fn may_not_merge(&self) -> bool {
        self.user.as_ref().is_some_and(|user| !user.can_merge)
    }

    pub fn has_label(&self, name: &str) -> bool {
        self.labels.iter().any(|label| label == name)
    }

    /// Whether this user is asked for a review.
    pub fn is_asked(&self, name: &str) -> bool {
        self.reviewers.iter().any(|user| user.username.eq_ignore_ascii_case(name))
    }

    pub fn view(&self) -> Result<PullRequest> {
        let state = self.state();
        Ok(PullRequest {
            number: self.iid,
            head: head_name(&self.source_branch, self.is_own()),
            head_commit: commit_id(self.sha.as_deref().unwrap_or_default())?,
            merge_commit: self.merge_commit()?,
            mergeable: self.mergeable(),
            url: self.web_url.clone(),
            state,
            title: self.title.clone(),
            body: self.description.clone().unwrap_or_default(),
            base: self.target_branch.clone(),
            created_at: self.created_at,
            ended_at: match state {
                PullState::Open => None,
                PullState::Merged => self.merged_at.or(self.closed_at),
                PullState::Closed => self.closed_at,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const HEAD: &str = "1111111111111111111111111111111111111111";
    const SQUASHED: &str = "2222222222222222222222222222222222222222";
    const MERGE: &str = "3333333333333333333333333333333333333333";

    fn pull(fields: Value) -> WirePull {
        let mut pull = json!({
            "iid": 1, "web_url": "https://gitlab.com/acme/gitops/-/merge_requests/1", "state": "opened",
            "title": "Deploy", "description": null, "source_branch": "x", "target_branch": "main",
            "source_project_id": 1, "target_project_id": 1, "sha": HEAD, "merge_commit_sha": null,
            "squash_commit_sha": null, "created_at": "2026-03-01T13:00:00.123+01:00", "merged_at": null,
            "closed_at": "2026-03-01T12:30:00.000Z", "merge_error": null, "head_pipeline": null,
        });
        pull.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(pull).unwrap()
    }

    #[test]
    fn the_merged_commit_depends_on_how_the_project_merges() {
        let landed = |fields: Value| {
            let mut pull = pull(fields);
            pull.state = "merged".into();
            pull.merge_commit().unwrap().unwrap().to_string()
        };
        assert_eq!(landed(json!({"merge_commit_sha": MERGE, "squash_commit_sha": SQUASHED})), MERGE);
        assert_eq!(landed(json!({"squash_commit_sha": SQUASHED})), SQUASHED);
        assert_eq!(landed(json!({})), HEAD);
        assert_eq!(pull(json!({"merge_commit_sha": MERGE})).merge_commit().unwrap(), None);
    }

    #[test]
    fn rules_are_told_from_conflicts_and_from_what_is_not_known_yet() {
        let told = |status: &str, conflict: bool| {
            let pull = pull(json!({"detailed_merge_status": status, "has_conflicts": conflict}));
            (pull.mergeable(), pull.rule().map(str::to_owned))
        };
        for at_work in ["checking", "preparing", "unchecked", "approvals_syncing", "a_word_of_tomorrow", ""] {
            assert_eq!(told(at_work, false), (None, None), "{at_work}");
        }
        assert_eq!(told("mergeable", false), (Some(true), None));
        assert_eq!(told("need_rebase", false), (Some(false), None));
        assert_eq!(told("not_approved", false), (Some(true), Some("not_approved".into())));
        assert_eq!(told("not_approved", true), (Some(false), Some("not_approved".into())));
    }

    #[test]
    fn one_that_was_closed_and_opened_again_has_not_ended() {
        let view = pull(json!({})).view().unwrap();
        assert_eq!((view.state, view.ended_at, view.body.as_str()), (PullState::Open, None, ""));
        assert_eq!(view.created_at.to_string(), "2026-03-01T12:00:00.123Z");
    }

    #[test]
    fn a_forks_branch_of_the_same_name_is_another() {
        assert!(pull(json!({})).is_own());
        assert!(!pull(json!({"source_project_id": 2})).is_own());
        assert!(!pull(json!({"source_project_id": null})).is_own());
    }
}
