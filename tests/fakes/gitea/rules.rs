//! The protection of `main` at the fake Gitea, and scheduled merges.

use git2::Oid;
use serde_json::{Value, json};

use super::pulls::{Pull, Review};
use super::{Gitea, State};
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

#[derive(Debug, Clone, Default)]
pub struct Rules {
    pub approvals: usize,
    pub statuses: Vec<&'static str>,
    /// Blocks outdated branches. Nothing but the refusal of a merge tells.
    pub up_to_date: bool,
    /// Why nobody may merge, in the server's words.
    pub never: Option<&'static str>,
}

/// What a scheduled merge is to do.
#[derive(Debug, Clone)]
pub struct Scheduled(pub Value);

impl Gitea {
    pub fn protect(&self, rules: Rules) {
        self.state.lock().unwrap().rules = rules;
    }

    pub(super) fn branch(&self, state: &State, name: &str) -> Reply {
        let Rules { approvals, statuses, .. } = match name {
            "main" => state.rules.clone(),
            _ => Rules::default(),
        };
        Reply::json(
            200,
            json!({
                "name": name,
                "protected": approvals > 0 || !statuses.is_empty(),
                "required_approvals": approvals,
                "enable_status_check": !statuses.is_empty(),
                "status_check_contexts": statuses,
            }),
        )
    }

    pub(super) fn timeline(&self, request: &Request, pull: &Pull) -> Reply {
        let items = pull.timeline.iter().map(|kind| json!({"type": kind})).collect();
        page(request, "limit", self.page, items, Value::Array)
    }

    /// Does the scheduled merges whose rules hold, whatever their head is now.
    pub(super) fn see_rules(&self, state: &mut State) {
        let State { pulls, statuses, rules, .. } = state;
        for pull in pulls.iter_mut().filter(|pull| pull.is_open()) {
            let Some(head) = self.branches.tip(&pull.head) else { continue };
            let base = self.branches.tip(&pull.base);
            let is_behind = base.is_some_and(|base| !self.branches.is_ancestor(base, head));
            let outdated =
                (rules.up_to_date && is_behind).then_some("The head branch is behind the base branch");
            pull.missing = rules.never.or(missing(rules, statuses, pull, head)).or(outdated);
            if pull.missing.is_none()
                && let Some(Scheduled(body)) = pull.scheduled.take()
            {
                self.merge_now(pull, &body);
            }
        }
    }

    pub(super) fn schedule(&self, pull: &mut Pull, body: &Value) -> Reply {
        if pull.scheduled.is_some() {
            let why = "pull request is already scheduled to auto merge when checks succeed";
            return Reply::refused(409, why);
        }
        if let Some(commit) = self.racing.lock().unwrap().take() {
            self.branches.set(&pull.head, commit);
        }
        pull.scheduled = Some(Scheduled(body.clone()));
        pull.timeline.push("pull_scheduled_merge");
        Reply::json(201, Value::Null)
    }

    pub(super) fn cancel(&self, pull: &mut Pull) -> Reply {
        match pull.scheduled.take() {
            None => super::not_found(),
            Some(_) => {
                pull.timeline.push("pull_cancel_scheduled_merge");
                Reply::json(204, Value::Null)
            }
        }
    }
}

/// The first rule that does not hold, in the server's words.
fn missing(rules: &Rules, statuses: &[(String, Value)], pull: &Pull, head: Oid) -> Option<&'static str> {
    let approvals = pull.reviews.iter().filter(|Review { state, .. }| *state == "APPROVED").count();
    if approvals < rules.approvals {
        return Some("Does not have enough approvals");
    }
    let holds = |context: &&str| {
        let of_head = statuses.iter().rev().filter(|(sha, _)| *sha == head.to_string());
        let latest = of_head.map(|(_, status)| status).find(|status| status["context"] == **context);
        latest.is_some_and(|status| status["status"] == "success")
    };
    match rules.statuses.iter().all(holds) {
        true => None,
        false => Some("Not all required status checks successful"),
    }
}
