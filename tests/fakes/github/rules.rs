//! The rules of the base branch at the fake GitHub, auto-merge and the merge queue: what is missing,
//! and what GitHub merges by itself.

use git2::Oid;
use serde_json::{Value, json};

use super::pulls::{Merged, Pull, Review};
use super::{GitHub, State};
use crate::fakes::Reply;
use crate::fakes::git::Method;

/// The rules of `main`.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    pub approvals: usize,
    pub checks: Vec<&'static str>,
    /// Changes are made through the merge queue.
    pub queue: bool,
    /// `Allow auto-merge` in the repository's settings.
    pub auto_merge_allowed: bool,
    /// Only a head that is up to date is merged.
    pub strict: bool,
    /// The server runs hooks before it takes a push.
    pub hooks: bool,
}

/// What auto-merge was asked for.
#[derive(Debug, Clone)]
pub struct AutoMerge {
    pub method: String,
    pub title: String,
    pub message: String,
}

impl GitHub {
    pub fn protect(&self, rules: Rules) {
        self.state.lock().unwrap().rules = rules;
    }

    /// The queue merges what is in it: other commits than those of the pull requests.
    pub fn run_queue(&self) {
        let mut state = self.state.lock().unwrap();
        for pull in state.pulls.iter_mut().filter(|pull| pull.queued.is_some()) {
            self.merge_by_itself(pull, Method::Squash, "From the queue");
        }
    }

    pub fn evict(&self, number: u64, reason: &str) {
        let mut state = self.state.lock().unwrap();
        state.pull(number).leave_queue(reason);
    }

    /// What follows from rules, checks, reviews and pushes since the last request.
    pub(super) fn see_rules(&self, state: &mut State) {
        let State { pulls, statuses, check_runs, rules, .. } = state;
        for pull in pulls.iter_mut().filter(|pull| pull.is_open() && pull.base == "main") {
            let Some(head) = self.branches.tip(&pull.head) else { continue };
            if pull.seen != head {
                pull.happened.push(json!({"__typename": "PullRequestCommit"}));
                pull.leave_queue("HEAD_CHANGED");
                pull.seen = head;
            }
            pull.missing = missing(rules, statuses, check_runs, pull, head);
            pull.needs_queue = rules.queue;
            pull.has_hooks = rules.hooks;
            pull.is_unstable = !is_stable(statuses, check_runs, head);
            pull.is_behind = rules.strict
                && self.branches.tip(&pull.base).is_some_and(|base| !self.branches.is_ancestor(base, head));
            if !pull.missing.is_empty() || pull.is_behind {
                continue;
            }
            match pull.auto_merge.take() {
                Some(_) if rules.queue => pull.enter_queue(head),
                Some(AutoMerge { method, title, message }) => {
                    let method = if method == "SQUASH" { Method::Squash } else { Method::Merge };
                    pull.last_head = head;
                    self.merge_by_itself(pull, method, &format!("{title}\n\n{message}"));
                }
                None => {}
            }
        }
    }

    /// Why a merge has to wait, if it has to.
    pub(super) fn hindrance(&self, pull: &Pull) -> Option<Reply> {
        let refused = |why: &str| Some(Reply::refused(405, why));
        match pull {
            Pull { queued: Some(_), .. } => refused("Pull Request is in the merge queue"),
            Pull { missing, .. } if !missing.is_empty() => refused(&missing.join(" ")),
            Pull { is_behind: true, .. } => refused("Head branch is out of date"),
            Pull { needs_queue: true, .. } => refused("Changes must be made through the merge queue"),
            _ => None,
        }
    }

    fn merge_by_itself(&self, pull: &mut Pull, method: Method, message: &str) {
        let (head, now) = (pull.last_head, self.now());
        let Some(commit) = self.branches.merge(&pull.base, head, method, message, now) else { return };
        pull.leave_queue("MERGE");
        pull.end(head, now);
        pull.merged = Some(Merged { commit, at: now });
    }
}

impl Pull {
    pub fn enter_queue(&mut self, head: Oid) {
        self.queued = Some(head);
        self.happened.push(json!({"__typename": "AddedToMergeQueueEvent"}));
    }

    fn leave_queue(&mut self, reason: &str) {
        if self.queued.take().is_some() {
            self.happened.push(json!({"__typename": "RemovedFromMergeQueueEvent", "reason": reason}));
        }
    }

    /// Each reviewer's last word, comments aside.
    pub fn opinions(&self) -> Vec<&Review> {
        let mut last: Vec<&Review> = Vec::new();
        for review in self.reviews.iter().filter(|(_, state, _)| *state != "COMMENTED") {
            last.retain(|(user, ..)| *user != review.0);
            last.push(review);
        }
        last
    }
}

/// The newest of each name that a commit has.
pub fn latest<'a>(all: &'a [(String, Value)], head: Oid, name: &str) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = Vec::new();
    for (sha, value) in all.iter().rev() {
        if *sha == head.to_string() && found.iter().all(|known| known[name] != value[name]) {
            found.push(value);
        }
    }
    found
}

/// Whether all that is reported of a commit has succeeded, whether a rule asks for it or not.
fn is_stable(statuses: &[(String, Value)], runs: &[(String, Value)], head: Oid) -> bool {
    let is_good = |value: &Value| matches!(value.as_str(), Some("success" | "neutral" | "skipped"));
    latest(statuses, head, "context").into_iter().all(|status| is_good(&status["state"]))
        && latest(runs, head, "name").into_iter().all(|run| is_good(&run["conclusion"]))
}

/// The rules that do not hold, in GitHub's words.
fn missing(
    rules: &Rules,
    statuses: &[(String, Value)],
    runs: &[(String, Value)],
    pull: &Pull,
    head: Oid,
) -> Vec<String> {
    let with = |state| pull.opinions().iter().filter(|(_, known, _)| *known == state).count();
    let mut missing = Vec::new();
    if rules.approvals > 0 && with("CHANGES_REQUESTED") > 0 {
        missing.push("Changes were requested.".to_owned());
    } else if with("APPROVED") < rules.approvals {
        let count = rules.approvals;
        missing
            .push(format!("At least {count} approving review is required by reviewers with write access."));
    }
    for check in &rules.checks {
        let statuses = latest(statuses, head, "context");
        let status = statuses.into_iter().find(|status| status["context"] == *check);
        let run = latest(runs, head, "name").into_iter().find(|run| run["name"] == *check);
        match status.map(|status| &status["state"]).or(run.map(|run| &run["conclusion"])) {
            Some(state) if state == "success" => {}
            Some(state) if state == "failure" => {
                missing.push(format!("Required status check \"{check}\" is failing."));
            }
            _ => missing.push(format!("Required status check \"{check}\" is expected.")),
        }
    }
    missing
}
