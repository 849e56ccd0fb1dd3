//! What GitHub says of a waiting pull request, in the words of the crate.

use std::collections::BTreeSet;

use anyhow::Result;

use super::client::GitHub;
use super::readiness_query::{Entry, Nodes, Review, Rollup, RollupItem, Rule, Waiting};
use crate::forge::MergeReadiness;
use crate::forge::protocol::{Readiness, approval_needed};

impl Readiness for GitHub {
    const DATES_APPROVALS: bool = true;

    fn read_readiness(&self, number: u64) -> Result<MergeReadiness> {
        self.waiting(number).map(|waiting| waiting.readiness())
    }
}

impl Waiting {
    pub fn merges_itself(&self) -> bool {
        self.is_open() && (self.auto_merge_request.is_some() || self.merge_queue_entry.is_some())
    }

    /// Whether something is missing that may yet come: checks, approvals, a turn in the queue.
    pub fn can_wait(&self) -> bool {
        let status = self.merge_state_status.as_str();
        let waits = status == "BLOCKED" || self.has_queue && status != "DIRTY";
        self.is_open() && !self.is_draft && waits
    }

    pub fn readiness(&self) -> MergeReadiness {
        if !self.is_open() {
            return MergeReadiness::default();
        }
        let by = |wanted: &dyn Fn(&Review) -> bool| -> Vec<String> {
            let reviews = self.latest_opinionated_reviews.iter().flat_map(Nodes::iter);
            let reviews = reviews.filter(|review| wanted(review));
            reviews.filter_map(|review| Some(review.author.as_ref()?.login.clone())).collect()
        };
        let is_of_head =
            |review: &Review| review.commit.as_ref().is_some_and(|it| it.oid == self.head_ref_oid);
        let (mut missing, broken) = self.rules();
        let approved_by = by(&|review| review.state == "APPROVED" && is_of_head(review));
        let outdated_approvals = by(&|review| review.state == "APPROVED" && !is_of_head(review));
        missing.extend(self.outdated(approved_by.len(), &outdated_approvals));
        MergeReadiness {
            approved_by,
            rejected_by: by(&|review| review.state == "CHANGES_REQUESTED"),
            missing,
            broken,
            behind: self.is_behind(),
            outdated_approvals,
            merges_itself: self.merges_itself(),
            evicted: self.evicted(),
            ..MergeReadiness::default()
        }
    }

    /// Whether GitHub has worked out what stands between it and its merge.
    pub fn is_known(&self) -> bool {
        !self.is_open() || self.merge_state_status != "UNKNOWN"
    }

    /// Whether it is not merged before its head is up to date. A merge queue sees to that itself.
    pub fn is_behind(&self) -> bool {
        self.is_open() && self.merge_state_status == "BEHIND" && !self.has_queue
    }

    fn is_open(&self) -> bool {
        self.state == "OPEN"
    }

    /// The rules that do not hold, and those that were broken.
    fn rules(&self) -> (Vec<String>, Vec<String>) {
        let (mut missing, mut broken) = (Vec::new(), Vec::new());
        if self.is_draft {
            missing.push("the pull request is a draft".to_owned());
        }
        if !matches!(self.merge_state_status.as_str(), "CLEAN" | "UNSTABLE" | "HAS_HOOKS" | "DIRTY") {
            missing.extend(self.missing_reviews());
            self.checks(&mut missing, &mut broken);
        }
        if !self.is_known() {
            missing.push("GitHub has not worked out whether it can be merged".to_owned());
        }
        if self.merge_state_status == "BEHIND" {
            missing.push("the head branch is not up to date with the base branch".to_owned());
        }
        match &self.merge_queue_entry {
            Some(Entry { position, state }) => {
                missing.push(format!("its turn in the merge queue (position {position}, {})", words(state)));
            }
            None if self.merge_state_status == "BLOCKED" && missing.is_empty() && broken.is_empty() => {
                missing.push(self.unnamed_rule().to_owned());
            }
            None => {}
        }
        (missing, broken)
    }

    /// GitHub says that a rule is in the way, and which one cannot be read.
    fn unnamed_rule(&self) -> &'static str {
        match self.review_decision.as_deref() {
            Some("CHANGES_REQUESTED") => "changes were requested",
            _ if self.has_queue => "the base branch requires its merge queue",
            _ => "a rule of the base branch",
        }
    }

    fn missing_reviews(&self) -> Option<String> {
        self.review_decision.as_ref().filter(|decision| *decision == "REVIEW_REQUIRED")?;
        Some(match self.required_approvals() {
            Some(count) if count > 1 => format!("{count} approving reviews are required"),
            _ => "an approving review is required".to_owned(),
        })
    }

    /// What GitHub takes for approved, and the approvals are of an older head.
    fn outdated(&self, approvals: usize, outdated: &[String]) -> Option<String> {
        let is_enough = match self.required_approvals() {
            Some(required) => u64::try_from(approvals).is_ok_and(|approvals| approvals >= required),
            None => approvals > 0 || self.review_decision.is_none(),
        };
        let counts = self.review_decision.as_deref() != Some("REVIEW_REQUIRED");
        (!outdated.is_empty() && !is_enough && counts).then(|| approval_needed(outdated))
    }

    fn required_approvals(&self) -> Option<u64> {
        self.base_rules().filter_map(|rule| rule.required_approving_review_count).max()
    }

    fn checks(&self, missing: &mut Vec<String>, broken: &mut Vec<String>) {
        let mut expected = self.required_checks();
        let rollups = self.commits.iter().filter_map(|head| head.commit.status_check_rollup.as_ref());
        for Rollup { contexts } in rollups {
            for check in contexts.iter() {
                expected.remove(check.name());
                match check.stand() {
                    _ if !check.is_required() => {}
                    Stand::Good => {}
                    Stand::Pending(state) => missing.push(required(check.name(), state)),
                    Stand::Bad(state) => broken.push(required(check.name(), state)),
                }
            }
            // What was not seen may stand among those that were not read.
            if contexts.page_info.as_ref().is_some_and(|page| page.has_next_page) {
                expected.clear();
            }
        }
        missing.extend(expected.into_iter().map(|name| required(name, "EXPECTED")));
    }

    fn required_checks(&self) -> BTreeSet<&str> {
        self.base_rules().flat_map(Rule::checks).collect()
    }

    fn base_rules(&self) -> impl Iterator<Item = &Rule> {
        let base = self.base_ref.iter();
        base.flat_map(|base| {
            let rulesets = base.rules.iter().flat_map(Nodes::iter);
            base.ref_update_rule.iter().chain(rulesets.filter_map(|rule| rule.parameters.as_ref()))
        })
    }

    fn evicted(&self) -> Option<String> {
        let last = self.timeline_items.iter().last()?;
        if self.merge_queue_entry.is_some() || last.kind != "RemovedFromMergeQueueEvent" {
            return None;
        }
        Some(last.reason.as_deref().map_or_else(|| "GitHub does not say why".to_owned(), words))
    }
}

impl Rule {
    fn checks(&self) -> impl Iterator<Item = &str> {
        let protection = self.required_status_check_contexts.iter().flatten().flatten();
        let ruleset = self.required_status_checks.iter().flatten().map(|check| &check.context);
        protection.chain(ruleset).map(String::as_str)
    }
}

/// How a check stands, in GitHub's word.
enum Stand<'a> {
    Good,
    Pending(&'a str),
    Bad(&'a str),
}

impl RollupItem {
    fn name(&self) -> &str {
        match self {
            RollupItem::CheckRun { name, .. } => name,
            RollupItem::StatusContext { context, .. } => context,
            RollupItem::Other => "",
        }
    }

    fn is_required(&self) -> bool {
        match self {
            RollupItem::CheckRun { is_required, .. } | RollupItem::StatusContext { is_required, .. } => {
                *is_required
            }
            RollupItem::Other => false,
        }
    }

    fn stand(&self) -> Stand<'_> {
        match self {
            RollupItem::CheckRun { status, conclusion, .. } => match conclusion.as_deref() {
                None => Stand::Pending(status),
                Some("SUCCESS" | "NEUTRAL" | "SKIPPED") => Stand::Good,
                Some(bad) => Stand::Bad(bad),
            },
            RollupItem::StatusContext { state, .. } => match state.as_str() {
                "SUCCESS" => Stand::Good,
                "FAILURE" | "ERROR" => Stand::Bad(state),
                waits => Stand::Pending(waits),
            },
            RollupItem::Other => Stand::Good,
        }
    }
}

fn required(check: &str, state: &str) -> String {
    format!("required check `{check}`: {}", words(state))
}

/// `AWAITING_CHECKS` as people write it.
fn words(constant: &str) -> String {
    constant.to_lowercase().replace('_', " ")
}
