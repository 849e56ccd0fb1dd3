//! People and operators at the fake Azure DevOps.

use git2::Oid;
use serde_json::json;
use towline::forge::StatusState;

use super::{AzureDevOps, State};
use crate::fakes::people::People;

impl People for AzureDevOps {
    fn forget(&self) {
        *self.state.lock().unwrap() = State::default();
    }

    fn open(&self, head: &str, base: &str) -> u64 {
        let [head, base] = [head, base].map(|branch| format!("refs/heads/{branch}"));
        let body =
            json!({"title": "Deploy", "description": "Body", "sourceRefName": head, "targetRefName": base});
        let reply = self.open(&mut self.state.lock().unwrap(), &body);
        reply.body["pullRequestId"].as_u64().unwrap()
    }

    fn close(&self, number: u64) {
        let mut state = self.state.lock().unwrap();
        self.with(&mut state, &number.to_string(), |state, at| {
            self.change(state, at, &json!({"status": "abandoned"}))
        });
    }

    fn land(&self, number: u64, commit: Oid) {
        let mut state = self.state.lock().unwrap();
        self.with(&mut state, &number.to_string(), |state, at| self.landed(&mut state.pulls[at], commit));
    }

    fn approve(&self, number: u64) {
        self.vote(number, "Ann Archer", 10);
    }

    /// As Flux and Azure/gitops-connector write them: a genre, and a name.
    fn report(&self, commit: Oid, context: &str, state: StatusState) {
        let state = match state {
            StatusState::Pending => "pending",
            StatusState::Success => "succeeded",
            StatusState::Failure => "failed",
            StatusState::Error => "error",
        };
        let (genre, name) = context.split_once('/').unwrap();
        self.add_status(commit, state, json!({"genre": genre, "name": name}));
    }
}
