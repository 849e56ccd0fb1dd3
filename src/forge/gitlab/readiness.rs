//! What an open merge request waits for. GitLab names the first rule that is in the way; approvals,
//! reviewers and the merge train are asked for beside it.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::api::{User, WirePull};
use super::client::GitLab;
use crate::forge::MergeReadiness;
use crate::forge::protocol::{Api, Merges, Pulls, Readiness};

#[derive(Debug, Deserialize)]
struct Approvals {
    #[serde(default)]
    approved_by: Vec<Approver>,
    /// Where the edition has approval rules.
    approvals_left: Option<u64>,
    #[serde(default)]
    approval_rules_left: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Approver {
    user: User,
}

#[derive(Debug, Deserialize)]
struct Rule {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Reviewer {
    user: User,
    state: String,
}

impl Readiness for GitLab {
    fn read_readiness(&self, number: u64) -> Result<MergeReadiness> {
        let pull = self.work_out(self.read_pull(number)?)?;
        if !pull.is_open() {
            return Ok(MergeReadiness::default());
        }
        let approvals = self.approvals(number)?;
        let mut readiness = MergeReadiness {
            rejected_by: self.rejected_by(&pull.wire)?,
            behind: pull.wire.needs_rebase(),
            never: pull.wire.may_not_merge().then(|| may_not_merge(&pull.base)),
            merges_itself: pull.wire.merge_when_pipeline_succeeds,
            ..MergeReadiness::default()
        };
        if let Some(rule) = pull.wire.rule().or(pull.wire.passing_word()) {
            let text = told(rule, &approvals);
            let list =
                if is_broken(rule, &pull.wire) { &mut readiness.broken } else { &mut readiness.missing };
            list.push(text);
        } else if pull.wire.is_unsettled() {
            readiness.missing.push("GitLab has not worked out whether it can be merged".to_owned());
        }
        readiness.approved_by = approvals.approved_by.into_iter().map(|by| by.user.username).collect();
        if self.has_trains()? {
            readiness.merges_itself |= self.is_on_train(number)?;
            if !readiness.merges_itself {
                readiness.evicted = self.evicted(number)?;
            }
        }
        Ok(readiness)
    }
}

impl GitLab {
    fn approvals(&self, number: u64) -> Result<Approvals> {
        let answer = self.client().get(&format!("{}/approvals", self.pull_path(number))).send();
        answer
            .and_then(|answer| answer.json())
            .with_context(|| format!("cannot read the approvals of {}", self.name(number)))
    }

    /// Who asks for changes is a reviewer from then on.
    fn rejected_by(&self, pull: &WirePull) -> Result<Vec<String>> {
        if pull.reviewers.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self.client().get(&format!("{}/reviewers", self.pull_path(pull.iid))).send_optional();
        let answer =
            answer.with_context(|| format!("cannot read the reviewers of {}", self.name(pull.iid)))?;
        // The first twenty; GitLab describes no way to ask for more.
        let reviewers: Vec<Reviewer> = match answer {
            Some(answer) => answer.json()?,
            None => Vec::new(),
        };
        let no = reviewers.into_iter().filter(|reviewer| reviewer.state == "requested_changes");
        Ok(no.map(|reviewer| reviewer.user.username).collect())
    }

    /// Why it was taken off the merge train, if that is the last that a train did with it. There is
    /// no field that tells, only the line that people read.
    fn evicted(&self, number: u64) -> Result<Option<String>> {
        let events = self.newest_events(number)?;
        let last = events.iter().find(|event| event.body.contains("merge train"));
        let taken =
            last.and_then(|event| event.body.strip_prefix("removed this merge request from the merge train"));
        Ok(taken.map(|rest| match rest.trim_start().strip_prefix("because ") {
            Some(why) => why.to_owned(),
            None => "somebody removed it".to_owned(),
        }))
    }
}

/// Why the token never merges into a branch.
pub(super) fn may_not_merge(base: &str) -> String {
    format!("the token's user may not merge into {base}")
}

/// Whether the rule will not come to hold by itself: its pipeline has ended badly.
fn is_broken(rule: &str, pull: &WirePull) -> bool {
    let pipeline = pull.head_pipeline.as_ref().map(|pipeline| pipeline.status.as_str());
    rule == "ci_must_pass" && matches!(pipeline, Some("failed" | "canceled"))
}

fn told(rule: &str, approvals: &Approvals) -> String {
    let mut text = words(rule);
    if rule == "not_approved" {
        let rules: Vec<&str> = approvals.approval_rules_left.iter().map(|rule| rule.name.as_str()).collect();
        match approvals.approvals_left {
            Some(left) if left > 0 && rules.is_empty() => text += &format!(": {left} to go"),
            Some(left) if left > 0 => text += &format!(": {left} to go, of {}", rules.join(", ")),
            _ => {}
        }
    }
    text
}

/// What a `detailed_merge_status` says, as GitLab's documentation has it.
pub(super) fn words(status: &str) -> String {
    let words = match status {
        "approvals_syncing" => "the approvals are syncing",
        "ci_must_pass" => "a CI/CD pipeline must succeed before merge",
        "ci_still_running" => "a CI/CD pipeline is still running",
        "commits_status" => "the source branch must exist and contain commits",
        "conflict" | "broken_status" => "conflicts exist between the source and target branches",
        "discussions_not_resolved" => "all discussions must be resolved before merge",
        "draft_status" => "it is a draft",
        "jira_association_missing" => "the title or description must reference a Jira issue",
        "locked_lfs_files" => "LFS files locked by a user must be unlocked before merge",
        "locked_paths" => "paths locked by other users must be unlocked before merge",
        "merge_request_blocked" => "it is blocked by another merge request",
        "merge_time" => "it may not be merged until after the specified time",
        "need_rebase" => "the merge request must be rebased",
        "not_approved" => "approval is required before merge",
        "requested_changes" => "reviewers have requested changes",
        "security_policy_violations" => "all security policies must be satisfied",
        "status_checks_must_pass" => "all status checks must pass before merge",
        "title_regex" => "the title must match the project's pattern",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}
