//! Merging. Azure DevOps completes a pull request in its own time: the request for it is accepted,
//! and only later looks tell what came of it. So after a yes it is looked at until it has ended.
//! What policies stand in the way of can be left to Azure DevOps (see `when_ready`).

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::client::AzureDevOps;
use super::pull::{NOBODY, WirePull};
use crate::forge::protocol::{Api, Asked, Attempt, Merges, Pull, Pulls, settled};
use crate::forge::{MergeRequest, MergeResult};
use crate::http::{Fault, Kind};
use crate::vocabulary::{Diagnostic, MergeMethod};

/// How often a completion is looked at: about two minutes.
const LOOKS: u32 = 10;

impl Merges for AzureDevOps {
    fn before_merge(&self, pull: &Pull<WirePull>, request: &MergeRequest) -> Result<Option<MergeResult>> {
        if request.method == MergeMethod::FastForward && !self.compare(&pull.head, &pull.base)?.is_ahead() {
            let why = format!("{} has commits that {} lacks", pull.base, pull.head);
            return Ok(Some(MergeResult::Behind(why)));
        }
        if pull.wire.is_draft {
            return Ok(Some(MergeResult::NotMergeable("it is a draft".into())));
        }
        if request.when_ready { self.leave_unready(pull, request) } else { Ok(None) }
    }

    fn ask_to_merge(&self, pull: &Pull<WirePull>, request: &MergeRequest) -> Result<Asked> {
        let fields = json!({
            "status": "completed",
            "lastMergeSourceCommit": {"commitId": request.expected_head.to_string()},
            "completionOptions": completion_options(request),
        });
        match self.change(pull.number, fields) {
            Ok(_) => self.completion(pull.number, request).map(Asked::Done),
            Err(fault) => Ok(Asked::Refused(fault)),
        }
    }

    fn judge(&self, attempt: Attempt<'_, WirePull>) -> Result<Option<MergeResult>> {
        let Attempt { request, after, fault, is_last, .. } = attempt;
        let Some(fault) = fault else { return Ok(None) };
        let is_late = is_stale(&fault) || is_policy(&fault) && !after.wire.has_seen(request.expected_head);
        if is_late && !is_last {
            return Ok(None);
        }
        let said = fault.said().to_owned();
        match fault.kind {
            Kind::Refused | Kind::Forbidden if is_policy(&fault) => self.rejected(after, request, said),
            Kind::Refused if !is_stale(&fault) => Ok(MergeResult::NotMergeable(said)),
            _ => Err(fault.into()),
        }
        .map(Some)
    }

    /// What was left to Azure DevOps is taken back.
    fn moved(&self, pull: &Pull<WirePull>) -> Result<MergeResult> {
        let moved = Ok(MergeResult::HeadMoved(pull.head_commit));
        if !self.is_ours(&pull.wire)? {
            return moved;
        }
        let off = json!({"autoCompleteSetBy": {"id": NOBODY}});
        let Err(fault) = self.change(pull.number, off) else {
            let name = self.name(pull.number);
            self.client().notify(&format!("turned off auto-complete of {name}: its head moved"));
            return moved;
        };
        // It may have been completed in between.
        let now = self.read_pull(pull.number)?;
        match settled(self, &now, pull.head_commit)? {
            Some(result) if !now.is_open() => Ok(result),
            _ => Err(fault).context("the head moved, and auto-complete cannot be turned off"),
        }
    }
}

impl AzureDevOps {
    /// A policy is in the way: it is left to Azure DevOps, where that is wanted.
    fn rejected(&self, pull: &Pull<WirePull>, request: &MergeRequest, said: String) -> Result<MergeResult> {
        match request.when_ready && pull.wire.has_seen(request.expected_head) {
            true => self.leave_refused(pull, request, said),
            false => Ok(MergeResult::NotMergeable(said)),
        }
    }

    /// Looks until it has ended, one way or the other.
    fn completion(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        for turn in 0..LOOKS {
            let pull = self.read_pull(number)?;
            let status = pull.wire.merge_status.as_deref();
            if !pull.is_open() || !matches!(status, Some("queued" | "notSet") | None) {
                if let Some(result) = settled(self, &pull, request.expected_head)? {
                    return Ok(result);
                }
                if let Some(why) = hindrance(&pull) {
                    return match status {
                        Some("rejectedByPolicy") => self.rejected(&pull, request, why),
                        Some("conflicts") => Ok(MergeResult::Conflict(why)),
                        _ => Ok(MergeResult::NotMergeable(why)),
                    };
                }
            }
            self.client().pause(turn);
        }
        Err(Diagnostic::new("Azure DevOps accepted the merge and has not finished it yet")
            .hint("run this again to continue")
            .into())
    }
}

pub fn strategy(method: MergeMethod) -> &'static str {
    match method {
        MergeMethod::Merge => "noFastForward",
        MergeMethod::Squash => "squash",
        // With nothing to rebase over, the base branch moves to the head as it is.
        MergeMethod::FastForward => "rebase",
    }
}

/// The source branch is kept: the next release is proposed on it.
pub fn completion_options(request: &MergeRequest) -> Value {
    json!({
        "mergeStrategy": strategy(request.method),
        "mergeCommitMessage": request.message,
        "deleteSourceBranch": false,
    })
}

/// What ended a completion that was asked for, if something did.
fn hindrance(pull: &Pull<WirePull>) -> Option<String> {
    let base = &pull.base;
    let said = pull.wire.merge_failure_message.as_deref().filter(|said| !said.is_empty());
    let why = match pull.wire.merge_status.as_deref()? {
        "conflicts" => format!("it conflicts with {base}"),
        "rejectedByPolicy" => format!("a policy of {base} rejects it"),
        "failure" => "the merge failed".to_owned(),
        _ => return None,
    };
    Some(said.map_or_else(|| why.clone(), |said| format!("{why}: {said}")))
}

/// Whether Azure DevOps has another idea of the head: because there was a push, or because it has
/// not seen one yet.
fn is_stale(fault: &Fault) -> bool {
    fault.body()["typeKey"] == "GitPullRequestStaleException"
}

/// A refusal by a policy and one for want of a permission have the same status.
fn is_policy(fault: &Fault) -> bool {
    fault.body()["typeKey"].as_str().is_some_and(|key| key.contains("Policy"))
}
