//! What stands between a merge request and its merge on the fake GitLab: approvals, pipelines,
//! reviewers who want changes.

use serde_json::{Value, json};

use super::pulls::Pull;
use super::{GitLab, Project};
use crate::fakes::Reply;

impl GitLab {
    pub fn approve(&self, number: u64, user: &str) {
        self.with(number, |pull, project| {
            pull.approved_by.push(user.to_owned());
            self.merge_by_itself(pull, project);
        });
    }

    pub fn request_changes(&self, number: u64, user: &str) {
        self.with(number, |pull, _| {
            pull.reviewers.retain(|(known, _)| known != user);
            pull.reviewers.push((user.to_owned(), "requested_changes"));
        });
    }

    /// The pipeline of the head comes to this state.
    pub fn pipeline(&self, number: u64, status: &'static str) {
        self.with(number, |pull, project| {
            pull.pipeline = Some(status);
            self.merge_by_itself(pull, project);
        });
    }

    /// The first thing that is in the way, in the order in which GitLab looks.
    pub(super) fn detailed_status(&self, pull: &Pull, project: &Project) -> &'static str {
        if !pull.is_open() {
            return "not_open";
        }
        if self.tips(pull).is_none() {
            return "commits_status";
        }
        if pull.title.starts_with("Draft:") {
            return "draft_status";
        }
        if pull.approved_by.len() < project.approvals_required {
            return "not_approved";
        }
        if pull.reviewers.iter().any(|(_, said)| *said == "requested_changes") {
            return "requested_changes";
        }
        if !self.is_clean(pull) {
            return "conflict";
        }
        if project.merge_method != "merge" && !self.is_ahead(pull) {
            return "need_rebase";
        }
        match pull.pipeline {
            _ if !project.pipelines_must_succeed => "mergeable",
            Some("success") => "mergeable",
            Some("running" | "pending") => "ci_still_running",
            _ => "ci_must_pass",
        }
    }

    pub(super) fn is_clean(&self, pull: &Pull) -> bool {
        self.tips(pull).is_some_and(|(base, head)| self.branches.is_clean(base, head))
    }

    fn is_ahead(&self, pull: &Pull) -> bool {
        self.tips(pull).is_some_and(|(base, head)| self.branches.is_ancestor(base, head))
    }

    pub(super) fn approvals(&self, pull: &Pull, project: &Project) -> Reply {
        let left = project.approvals_required.saturating_sub(pull.approved_by.len());
        let rules = if left > 0 { json!([{"id": 1, "name": "Platform"}]) } else { json!([]) };
        let approved_by: Vec<Value> =
            pull.approved_by.iter().map(|name| json!({"user": self.user(name)})).collect();
        let mut fields = json!({
            "user_has_approved": false,
            "user_can_approve": true,
            "approved": left == 0,
            "approved_by": approved_by,
        });
        if project.is_paid() {
            fields["approvals_required"] = json!(project.approvals_required);
            fields["approvals_left"] = json!(left);
            fields["approval_rules_left"] = rules;
        }
        Reply::json(200, fields)
    }

    pub(super) fn reviewers(&self, pull: &Pull) -> Reply {
        let reviewers = pull.reviewers.iter().map(|(name, said)| {
            json!({"user": self.user(name), "state": said, "created_at": "2026-03-01T12:00:00.000Z"})
        });
        Reply::json(200, reviewers.take(20).collect())
    }
}
