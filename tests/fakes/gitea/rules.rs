//! The protection of `main` at the fake Gitea: what it refuses, in which order and in which words, as
//! a server of version 1.26 was seen to do it.

use git2::Oid;
use serde_json::{Value, json};

use super::pulls::Pull;
use super::schedule::Scheduled;
use super::{Gitea, State};
use crate::fakes::Reply;

#[derive(Debug, Clone, Default)]
pub struct Rules {
    pub approvals: usize,
    pub statuses: Vec<&'static str>,
    /// Some status has to be there, and whatever is there has to succeed.
    pub any_status: bool,
    /// Whether Towline's user is missing in the list of those who may merge.
    pub keeps_out: bool,
    // What follows, nothing but the refusal of a merge tells.
    pub no_rejections: bool,
    pub no_requests: bool,
    /// Approvals of an older head do not count.
    pub ignores_stale: bool,
    /// Blocks outdated branches.
    pub up_to_date: bool,
    pub protects_files: bool,
    /// Merges have to be signed, and the server has no key.
    pub signed: bool,
    /// A merge style that the repository does not allow.
    pub refused_style: Option<&'static str>,
}

/// What is in the way of a pull request, in the server's words.
#[derive(Debug, Clone, Default)]
pub struct Obstacles {
    /// Before anything else is looked at.
    pub permission: Option<&'static str>,
    /// The first rule that does not hold. A merge can be scheduled all the same.
    pub rule: Option<&'static str>,
    pub signature: Option<&'static str>,
    pub refused_style: Option<&'static str>,
}

impl Gitea {
    /// The server looks at all pull requests anew then.
    pub fn protect(&self, rules: Rules) {
        let mut state = self.state.lock().unwrap();
        state.pulls.iter_mut().for_each(Pull::forget_trial);
        state.rules = rules;
    }

    pub(super) fn branch(&self, state: &State, name: &str) -> Reply {
        if state.repository.is_empty || self.branches.tip(name).is_none() {
            return super::not_found();
        }
        let rules = if name == "main" { state.rules.clone() } else { Rules::default() };
        let checks = rules.any_status || !rules.statuses.is_empty();
        let mut fields = json!({
            "name": name,
            "protected": name == "main",
            "required_approvals": rules.approvals,
            "enable_status_check": checks,
            "user_can_push": name != "main",
            "user_can_merge": !rules.keeps_out,
            "effective_branch_protection_name": "",
        });
        if !rules.statuses.is_empty() {
            fields["status_check_contexts"] = json!(rules.statuses);
        }
        Reply::json(200, fields)
    }

    /// Does the scheduled merges whose rules hold, whatever their head is now, and closes what lost
    /// its branch.
    pub(super) fn see_rules(&self, state: &mut State) {
        let State { pulls, statuses, rules, forgets_schedules, .. } = state;
        for pull in pulls.iter_mut().filter(|pull| pull.is_open()) {
            let Some(head) = self.branches.tip(&pull.head) else {
                self.lose_branch(pull);
                continue;
            };
            pull.last_head = head;
            pull.obstacles = self.obstacles(rules, statuses, pull, head);
            let Obstacles { permission, rule, signature, .. } = &pull.obstacles;
            if permission.or(*rule).or(*signature).is_none()
                && !pull.is_draft()
                && !*forgets_schedules
                && let Some(Scheduled(body)) = pull.scheduled.take()
            {
                self.merge_now(pull, &body);
            }
        }
    }

    fn obstacles(&self, rules: &Rules, statuses: &[(String, Value)], pull: &Pull, head: Oid) -> Obstacles {
        let base = self.branches.tip(&pull.base);
        let is_behind = base.is_some_and(|base| !self.branches.is_ancestor(base, head));
        let says = |applies: bool, words: &'static str| applies.then_some(words);
        let has_statuses = statuses_hold(rules, statuses, head);
        let rule = says(!has_statuses, "Not all required status checks successful")
            .or(says(approvals(rules, pull, head) < rules.approvals, "Does not have enough approvals"))
            .or(says(rules.no_rejections && has(pull, "REQUEST_CHANGES"), "There are requested changes"))
            .or(says(rules.no_requests && has(pull, "REQUEST_REVIEW"), "There are official review requests"))
            .or(says(rules.up_to_date && is_behind, "The head branch is behind the base branch"))
            .or(says(rules.protects_files, "Changed protected files"));
        Obstacles {
            permission: says(rules.keeps_out, "User not allowed to merge PR"),
            rule,
            signature: says(rules.signed, "wont sign: nokey"),
            refused_style: rules.refused_style,
        }
    }
}

/// Whether somebody's last word is this.
fn has(pull: &Pull, state: &str) -> bool {
    pull.last_words().any(|review| review.state == state)
}

fn approvals(rules: &Rules, pull: &Pull, head: Oid) -> usize {
    let counts = |commit: Oid| !rules.ignores_stale || commit == head;
    pull.last_words().filter(|review| review.state == "APPROVED" && counts(review.commit)).count()
}

fn statuses_hold(rules: &Rules, statuses: &[(String, Value)], head: Oid) -> bool {
    let of_head =
        || statuses.iter().rev().filter(|(sha, _)| *sha == head.to_string()).map(|(_, status)| status);
    let holds = |context: &str| {
        let latest = of_head().find(|status| status["context"] == *context);
        latest.is_some_and(|status| status["status"] == "success")
    };
    let all_hold = || of_head().all(|status| holds(status["context"].as_str().unwrap_or_default()));
    rules.statuses.iter().all(|context| holds(context))
        && (!rules.any_status || of_head().next().is_some() && all_hold())
}
