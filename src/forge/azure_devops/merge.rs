//! Merging with a guard on the head.
//!
//! Azure DevOps completes a pull request in its own time: the request for it is accepted, and only
//! later looks tell what came of it. So after a yes it is looked at until it has ended, and after a
//! no it is read again, because another may have completed it or the first answer may be lost.

use anyhow::Result;
use git2::Oid;
use serde_json::json;

use super::AzureDevOps;
use super::api::Pull;
use crate::error::Diagnostic;
use crate::forge::{MergeMethod, MergeRequest, MergeResult};
use crate::http::{Fault, Kind};

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
            if let Some(result) = settled(&pull, expected)? {
                return Ok(result);
            }
            if request.method == MergeMethod::FastForward
                && !self.compare(pull.head(), pull.base())?.is_ahead()
            {
                let (head, base) = (pull.head(), pull.base());
                return Ok(MergeResult::NotMergeable(format!("{base} has commits that {head} has not")));
            }
            let fault = match self.ask_completion(number, request) {
                Ok(()) => return self.completion(number, expected),
                Err(fault) => fault,
            };
            if let Some(result) = settled(&self.pull(number)?, expected)? {
                return Ok(result);
            }
            match fault.kind {
                Kind::Refused if is_stale(&fault) && turn + 1 < TRIES => self.client.pause(turn),
                Kind::Refused if !is_stale(&fault) => {
                    return Ok(MergeResult::NotMergeable(fault.said().to_owned()));
                }
                Kind::Forbidden if is_policy(&fault) => {
                    return Ok(MergeResult::NotMergeable(fault.said().to_owned()));
                }
                _ => return Err(fault.into()),
            }
            turn += 1;
        }
    }

    /// The source branch is kept: the next release is proposed on it.
    fn ask_completion(&self, number: u64, request: &MergeRequest) -> std::result::Result<(), Fault> {
        let strategy = match request.method {
            MergeMethod::Merge => "noFastForward",
            MergeMethod::Squash => "squash",
            // With nothing to rebase over, the base branch moves to the head as it is.
            MergeMethod::FastForward => "rebase",
        };
        let fields = json!({
            "status": "completed",
            "lastMergeSourceCommit": {"commitId": request.expected_head.to_string()},
            "completionOptions": {
                "mergeStrategy": strategy,
                "mergeCommitMessage": request.message,
                "deleteSourceBranch": false,
            },
        });
        self.change(number, fields).map(drop)
    }

    /// Looks until it has ended, one way or the other.
    fn completion(&self, number: u64, expected: Oid) -> Result<MergeResult> {
        for turn in 0..LOOKS {
            let pull = self.pull(number)?;
            let is_queued = matches!(pull.merge_status.as_deref(), Some("queued" | "notSet") | None);
            if !pull.is_active() || !is_queued {
                if let Some(result) = settled(&pull, expected)? {
                    return Ok(result);
                }
                if let Some(why) = hindrance(&pull) {
                    return Ok(MergeResult::NotMergeable(why));
                }
            }
            self.client.pause(turn);
        }
        Err(Diagnostic::new("Azure DevOps has accepted it, and is still not done with it")
            .hint("run this again: it goes on from there")
            .into())
    }
}

/// The result that needs no completion any more.
fn settled(pull: &Pull, expected: Oid) -> Result<Option<MergeResult>> {
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
