//! People and operators at the fake GitHub.

use git2::Oid;
use serde_json::json;
use towline::forge::StatusState;

use super::rules::Rules;
use super::{GitHub, State};
use crate::fakes::people::{People, state_name};

impl People for GitHub {
    fn forget(&self) {
        *self.state.lock().unwrap() = State::default();
    }

    fn open(&self, head: &str, base: &str) -> u64 {
        let body = json!({"title": "Deploy", "head": head, "base": base, "body": "Body"});
        let reply = self.open(&mut self.state.lock().unwrap(), "ann", &body);
        reply.body["number"].as_u64().unwrap()
    }

    fn close(&self, number: u64) {
        let mut state = self.state.lock().unwrap();
        self.with(&mut state, &number.to_string(), |pull| self.change(pull, &json!({"state": "closed"})));
    }

    fn land(&self, number: u64, commit: Oid) {
        let mut state = self.state.lock().unwrap();
        self.with(&mut state, &number.to_string(), |pull| self.landed(pull, commit));
    }

    fn approve(&self, number: u64) {
        self.review(number, "ann", "APPROVED");
    }

    fn require_approvals(&self) -> bool {
        self.protect(Rules { approvals: 1, auto_merge_allowed: true, ..Rules::default() });
        true
    }

    /// Argo CD's notifications are set up with check runs here.
    fn report(&self, commit: Oid, context: &str, state: StatusState) {
        if context.starts_with("argo/") {
            let (status, conclusion) = match state {
                StatusState::Pending => ("in_progress", None),
                StatusState::Success => ("completed", Some("success")),
                StatusState::Failure => ("completed", Some("failure")),
                StatusState::Error => ("completed", Some("timed_out")),
            };
            return self.add_check_run(commit, context, status, conclusion);
        }
        let body = json!({"state": state_name(state), "context": context, "description": "said"});
        self.set_status(&mut self.state.lock().unwrap(), "ann", &commit.to_string(), &body);
    }
}
