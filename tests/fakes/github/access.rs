//! Who asks the fake GitHub, and what they may do.

use serde_json::json;

use super::{FINE_TOKEN, GitHub, READING_TOKEN, State, TOKEN, WORKFLOW_TOKEN, token};
use crate::fakes::{Reply, Request};

impl GitHub {
    /// All that there is, for comparing.
    pub fn snapshot(&self) -> String {
        format!("{:?}", self.state.lock().unwrap())
    }

    pub(super) fn user_of(&self, state: &State, request: &Request) -> Option<&'static str> {
        match token(request)? {
            TOKEN | FINE_TOKEN | READING_TOKEN => Some("ann"),
            WORKFLOW_TOKEN => Some("github-actions[bot]"),
            token if self.is_app_token(state, token) => Some("towline[bot]"),
            _ => None,
        }
    }

    pub(super) fn repository(&self) -> Reply {
        let permissions = json!({"admin": false, "push": true, "pull": true});
        let fields =
            json!({"default_branch": "main", "private": true, "archived": false, "permissions": permissions});
        Reply::json(200, self.spec.example("full-repository", fields))
    }

    /// A token that may read contents, pull requests and statuses, and nothing else.
    pub(super) fn forbidden(&self, request: &Request) -> Option<Reply> {
        let path = &request.path;
        let permission = match request.method.as_str() {
            _ if token(request) != Some(READING_TOKEN) => return None,
            "GET" if path.ends_with("/check-runs") => "checks=read",
            "GET" => return None,
            _ if path.contains("/git/refs") => "contents=write",
            _ if path.contains("/deployments") => "deployments=write",
            _ if path.contains("/statuses/") => "statuses=write",
            _ => "pull_requests=write",
        };
        let refusal = Reply::refused(403, "Resource not accessible by personal access token");
        Some(refusal.header("x-accepted-github-permissions", permission))
    }
}
