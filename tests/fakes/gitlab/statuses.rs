//! Commit statuses of the fake GitLab, each a job with a life.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{GitLab, State, not_found};
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

#[derive(Debug, Clone)]
pub struct Status {
    author: String,
    id: u64,
    sha: String,
    name: String,
    status: String,
    description: Value,
    target_url: Value,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl GitLab {
    pub(super) fn statuses(&self, state: &State, sha: &str, request: &Request) -> Reply {
        if !self.branches.has_commit(sha) {
            return not_found("Commit");
        }
        let all = request.query("all") == Some("true");
        let is_replaced = |status: &Status| {
            state
                .statuses
                .iter()
                .any(|other| other.id > status.id && (&other.sha, &other.name) == (&status.sha, &status.name))
        };
        let found = state.statuses.iter().filter(|status| status.sha == sha && (all || !is_replaced(status)));
        page(request, "per_page", self.page, found.map(|status| self.job(status)).collect(), Value::Array)
    }

    pub(super) fn set_status(&self, state: &mut State, sha: &str, body: &Value) -> Reply {
        if !self.branches.has_commit(sha) {
            return not_found("Commit");
        }
        let name = body["name"].as_str().unwrap_or("default").to_owned();
        let id = state.next_id();
        let in_progress = |status: &Status| matches!(status.status.as_str(), "pending" | "running");
        let found = state
            .statuses
            .iter()
            .position(|status| (status.sha.as_str(), &status.name) == (sha, &name) && in_progress(status));
        let at = found.unwrap_or_else(|| {
            let (sha, created_at) = (sha.to_owned(), self.now());
            let status = "created".to_owned();
            let [description, target_url] = [Value::Null, Value::Null];
            let finished_at = None;
            let author = state.author.clone().unwrap_or_else(|| "towline-bot".to_owned());
            let new =
                Status { id, sha, name, status, description, target_url, created_at, finished_at, author };
            state.statuses.push(new);
            state.statuses.len() - 1
        });
        let status = &mut state.statuses[at];
        let asked = body["state"].as_str().unwrap();
        let event = match asked {
            "pending" if status.status != "created" => Some("enqueue"),
            "running" if status.status == "running" => Some("run"),
            _ => None,
        };
        if let Some(event) = event {
            let from = &status.status;
            let message = format!("Cannot transition status via :{event} from :{from}");
            return Reply::refused(400, &message);
        }
        status.status = asked.to_owned();
        status.description = body["description"].clone();
        status.target_url = body["target_url"].clone();
        status.finished_at = (!in_progress(status)).then(|| self.now());
        Reply::json(201, self.job(status))
    }

    fn job(&self, status: &Status) -> Value {
        let fields = json!({
            "id": status.id,
            "sha": status.sha,
            "ref": "main",
            "status": status.status,
            "name": status.name,
            "description": status.description,
            "target_url": status.target_url,
            "created_at": status.created_at,
            "finished_at": status.finished_at,
            "author": self.user(&status.author),
        });
        self.spec.example("CommitStatus", fields)
    }
}
