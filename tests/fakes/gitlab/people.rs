//! People and operators at the fake GitLab.

use git2::Oid;
use serde_json::json;
use towline::forge::StatusState;

use super::{GitLab, State};
use crate::fakes::people::People;

impl People for GitLab {
    fn forget(&self) {
        *self.state.lock().unwrap() = State::default();
    }

    fn open(&self, head: &str, base: &str) -> u64 {
        let body =
            json!({"title": "Deploy", "description": "Body", "source_branch": head, "target_branch": base});
        let reply = self.open(&mut self.state.lock().unwrap(), &body);
        reply.body["iid"].as_u64().unwrap()
    }

    fn close(&self, number: u64) {
        self.with(number, |pull, project| self.change(pull, project, &json!({"state_event": "close"})));
    }

    fn land(&self, number: u64, commit: Oid) {
        self.with(number, |pull, _| self.landed(pull, commit));
    }

    fn approve(&self, number: u64) {
        self.approve(number, "ann");
    }

    fn require_approvals(&self) -> bool {
        self.set(|project| project.approvals_required = 1);
        true
    }

    fn only_fast_forward(&self) {
        self.set(|project| project.merge_method = "ff");
    }

    /// Flux writes `failed` for what is a failure elsewhere.
    fn report(&self, commit: Oid, context: &str, state: StatusState) {
        let state = match state {
            StatusState::Pending => "running",
            StatusState::Success => "success",
            StatusState::Failure => "failed",
            StatusState::Error => "canceled",
        };
        let body = json!({"state": state, "name": context, "description": "said"});
        self.set_status(&mut self.state.lock().unwrap(), &commit.to_string(), &body);
    }
}
