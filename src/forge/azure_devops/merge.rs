//! Merging with a guard on the head.
//!
//! Azure DevOps completes a pull request in its own time: the request for it is accepted, and only
//! later looks tell what came of it. So after a yes it is looked at until it has ended, and after a
//! no it is read again, because another may have completed it or the first answer may be lost.
//! What policies stand in the way of can be left to Azure DevOps (see `auto_complete`).

use anyhow::Result;
use git2::Oid;
use serde_json::{Value, json};

use super::AzureDevOps;
use super::pull::Pull;
use crate::forge::{MergeRequest, MergeResult};
use crate::http::{Fault, Kind};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::MergeMethod;

/// How often it is asked for while Azure DevOps has not caught up with what was pushed.
const TRIES: u32 = 6;

/// How often a completion is looked at: about two minutes.
const LOOKS: u32 = 10;

impl AzureDevOps {
    pub(super) fn merge_pull(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        let expected = request.expected_head;
        let mut turn = 0;
        loop {
            let pull = self.pull(number)?;
            if let Some(result) = self.settled(&pull, expected)? {
                return Ok(result);
            }
            if request.method == MergeMethod::FastForward
                && !self.compare(pull.head(), pull.base())?.is_ahead()
            {
                let (head, base) = (pull.head(), pull.base());
                return Ok(MergeResult::NotMergeable(format!("{base} has commits that {head} has not")));
            }
            if request.when_ready
                && let Some(result) = self.leave_unready(&pull, request)?
            {
                return Ok(result);
            }
            let fault = match self.ask_completion(number, request) {
                Ok(()) => return self.completion(number, request),
                Err(fault) => fault,
            };
            let pull = self.pull(number)?;
            if let Some(result) = self.settled(&pull, expected)? {
                return Ok(result);
            }
            let is_late = is_stale(&fault) || is_policy(&fault) && !pull.has_seen(expected);
            if !is_late || turn + 1 == TRIES {
                return self.refused(&pull, request, fault);
            }
            self.client.pause(turn);
            turn += 1;
        }
    }

    /// What a completion comes to that was not accepted.
    fn refused(&self, pull: &Pull, request: &MergeRequest, fault: Fault) -> Result<MergeResult> {
        let said = fault.said().to_owned();
        match fault.kind {
            Kind::Refused | Kind::Forbidden if is_policy(&fault) => self.rejected(pull, request, said),
            Kind::Refused if !is_stale(&fault) => Ok(MergeResult::NotMergeable(said)),
            _ => Err(fault.into()),
        }
    }

    /// A policy is in the way: it is left to Azure DevOps, where that is wanted.
    fn rejected(&self, pull: &Pull, request: &MergeRequest, said: String) -> Result<MergeResult> {
        match request.when_ready && pull.has_seen(request.expected_head) {
            true => self.leave_refused(pull, request, said),
            false => Ok(MergeResult::NotMergeable(said)),
        }
    }

    fn ask_completion(&self, number: u64, request: &MergeRequest) -> std::result::Result<(), Fault> {
        let fields = json!({
            "status": "completed",
            "lastMergeSourceCommit": {"commitId": request.expected_head.to_string()},
            "completionOptions": completion_options(request),
        });
        self.change(number, fields).map(drop)
    }

    /// Looks until it has ended, one way or the other.
    fn completion(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        for turn in 0..LOOKS {
            let pull = self.pull(number)?;
            let is_queued = matches!(pull.merge_status.as_deref(), Some("queued" | "notSet") | None);
            if !pull.is_active() || !is_queued {
                if let Some(result) = self.settled(&pull, request.expected_head)? {
                    return Ok(result);
                }
                if let Some(why) = hindrance(&pull) {
                    return match pull.merge_status.as_deref() {
                        Some("rejectedByPolicy") => self.rejected(&pull, request, why),
                        _ => Ok(MergeResult::NotMergeable(why)),
                    };
                }
            }
            self.client.pause(turn);
        }
        Err(Diagnostic::new("Azure DevOps has accepted it, and is still not done with it")
            .hint("run this again: it goes on from there")
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

/// The result that needs no completion any more.
pub fn outcome(pull: &Pull, expected: Oid) -> Result<Option<MergeResult>> {
    let head = pull.head_commit()?;
    Ok(match pull.merge_commit()? {
        Some(commit) => Some(MergeResult::Merged(commit)),
        None if !pull.is_active() => {
            Some(MergeResult::NotMergeable(format!("#{} is abandoned", pull.number)))
        }
        None if head != expected => Some(MergeResult::HeadMoved(head)),
        None => None,
    })
}

/// What ended a completion that was asked for, if something did.
fn hindrance(pull: &Pull) -> Option<String> {
    let base = pull.base();
    let said = pull.merge_failure_message.as_deref().filter(|said| !said.is_empty());
    let why = match pull.merge_status.as_deref()? {
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
