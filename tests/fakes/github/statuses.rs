//! Commit statuses and check runs of the fake GitHub.

use git2::Oid;
use serde_json::{Value, json};

use super::{GitHub, State, invalid_field};
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

impl GitHub {
    pub(super) fn statuses(&self, state: &mut State, name: &str, request: &Request) -> Reply {
        // A commit or a branch.
        let sha = self.branches.tip(name).map_or_else(|| name.to_owned(), |tip| tip.to_string());
        if !self.branches.has_commit(&sha) {
            return Reply::refused(404, "Not Found");
        }
        let mut statuses = of(&state.statuses, &sha);
        if state.late_lists > 0 && !statuses.is_empty() {
            state.late_lists -= 1;
            statuses.remove(0);
        }
        page(request, "per_page", self.page, statuses, Value::Array)
    }

    pub(super) fn check_runs(&self, state: &State, sha: &str, request: &Request) -> Reply {
        let runs = of(&state.check_runs, sha);
        let total = runs.len();
        page(request, "per_page", self.page, runs, |runs| json!({"total_count": total, "check_runs": runs}))
    }

    pub(super) fn set_status(&self, state: &mut State, user: &str, sha: &str, body: &Value) -> Reply {
        if !self.branches.has_commit(sha) {
            return Reply::refused(422, &format!("No commit found for SHA: {sha}"));
        }
        if body["description"].as_str().is_some_and(|text| text.chars().count() > 140) {
            return invalid_field(json!({"resource": "Status", "code": "custom", "field": "description"}));
        }
        let status = json!({
            "id": state.next_id(),
            "state": body["state"],
            "context": body["context"],
            "description": body["description"],
            "target_url": body["target_url"],
            "created_at": self.now(),
            "updated_at": self.now(),
            "creator": self.user(state.author.as_deref().unwrap_or(user)),
        });
        let status = self.spec.example("status", status);
        state.statuses.push((sha.to_owned(), status.clone()));
        Reply::json(201, status)
    }

    pub(super) fn check_run(&self, commit: Oid, name: &str, status: &str, conclusion: Option<&str>) -> Value {
        let id = self.state.lock().unwrap().next_id();
        let fields = json!({
            "id": id,
            "name": name,
            "head_sha": commit.to_string(),
            "status": status,
            "conclusion": conclusion,
            "started_at": self.now(),
            "completed_at": conclusion.map(|_| self.now()),
            "details_url": "https://example.com/run",
            "output": {"title": "What came of it"},
            "app": self.spec.example("nullable-integration", json!({"slug": "octo-app"})),
        });
        self.spec.example("check-run", fields)
    }
}

/// What a commit has, the newest first.
fn of(all: &[(String, Value)], sha: &str) -> Vec<Value> {
    all.iter().rev().filter(|(known, _)| known == sha).map(|(_, value)| value.clone()).collect()
}
