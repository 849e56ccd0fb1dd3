//! The repository itself at the fake Gitea: its settings, and what they end.

use serde_json::{Value, json};

use super::{Gitea, REPOSITORY, State, not_found};
use crate::fakes::{Reply, Request};

/// What its owners did to it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub is_archived: bool,
    pub is_empty: bool,
    pub has_no_pulls: bool,
    /// Its new name.
    pub renamed: Option<&'static str>,
    /// Whether Towline's user may only read.
    pub is_read_only: bool,
}

impl Gitea {
    pub fn set_up(&self, settings: Settings) {
        self.state.lock().unwrap().repository = settings;
    }

    pub(super) fn repository(&self, state: &State) -> Reply {
        let Settings { is_archived, is_empty, has_no_pulls, is_read_only, .. } = state.repository;
        let permissions = json!({"admin": false, "push": !is_read_only, "pull": true});
        Reply::json(
            200,
            json!({
                "full_name": "acme/gitops",
                "default_branch": "main",
                "archived": is_archived,
                "empty": is_empty,
                "has_pull_requests": !has_no_pulls,
                "permissions": permissions,
            }),
        )
    }

    /// What the state of the repository answers to a request, whatever it is about.
    pub(super) fn unusable(&self, state: &State, request: &Request, path: &[&str]) -> Option<Reply> {
        let Settings { is_archived, is_empty, has_no_pulls, renamed, is_read_only } = state.repository;
        let is_write = request.method != "GET";
        let is_status = path.first() == Some(&"statuses");
        if let Some(name) = renamed {
            let location = request.path.replacen(REPOSITORY, &format!("/api/v1/repos/acme/{name}"), 1);
            return Some(Reply::json(301, Value::Null).header("location", &location));
        }
        if path.first() == Some(&"pulls") && (has_no_pulls || is_empty) {
            return Some(not_found());
        }
        if is_write && is_read_only && is_status {
            return Some(Reply::refused(403, "user should have a permission to write to a repo"));
        }
        // Statuses are taken all the same.
        (is_write && is_archived && !is_status).then(|| Reply::refused(423, "acme/gitops is archived"))
    }
}
