//! Commit statuses of the fake Gitea.

use serde_json::{Value, json};

use super::{Gitea, State};
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

impl Gitea {
    pub(super) fn statuses(&self, state: &State, sha: &str, request: &Request) -> Reply {
        let of_commit = state.statuses.iter().rev().filter(|(known, _)| known == sha);
        let statuses = of_commit.map(|(_, status)| status.clone()).collect();
        page(request, "limit", self.page, statuses, Value::Array)
    }

    pub(super) fn set_status(&self, state: &mut State, sha: &str, body: &Value) -> Reply {
        if !self.branches.has_commit(sha) {
            return Reply::refused(500, "");
        }
        let status = json!({
            "id": state.next_id(),
            "status": body["state"],
            "context": body["context"],
            "description": body["description"],
            "target_url": body["target_url"].as_str().unwrap_or_default(),
            "created_at": self.now(),
            "updated_at": self.now(),
            "creator": {"id": 1, "login": state.author.as_deref().unwrap_or("towline-bot")},
        });
        state.statuses.push((sha.to_owned(), status.clone()));
        Reply::json(201, status)
    }
}
