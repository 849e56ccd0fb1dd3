//! Merging with a guard on the head.
//!
//! The server says 405 for a rule of the branch, for a conflict, and while it has yet to work out
//! whether it can merge; 409 when the head is another, when the base moved under it, and when a hook
//! said no. The answer to a merge that was done may be lost. So after every no the pull request is
//! read again, and its state tells what happened.
//!
//! A merge that lacks approvals or statuses can be scheduled. The server then merges whatever is the
//! head when they are there, so a schedule is cancelled when the head was another at the end of it,
//! and before a pull request is given the text of another release, whose merge schedules it anew.

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::json;

use super::Gitea;
use super::api::Pull;
use crate::forge::{MergeRequest, MergeResult};
use crate::http::{self, Fault, Kind};
use crate::vocabulary::MergeMethod;

/// How often a merge is tried that only the speed of other merges is in the way of.
const TRIES: u32 = 6;

impl Gitea {
    pub(super) fn merge_pull(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        let mut turn = 0;
        loop {
            let (before, _) = self.settle(self.pull(number)?)?;
            if let Some(result) = settled(&before, request.expected_head)? {
                return Ok(result);
            }
            let asked = self.ask_to_merge(number, request, false);
            let after = self.pull(number)?;
            if let Some(result) = settled(&after, request.expected_head)? {
                return Ok(result);
            }
            // Done, it says, and is not: the answer to a merge is empty, so only the state counts.
            let Some(fault) = asked.err() else {
                return Ok(MergeResult::NotMergeable(format!("#{number} stays open")));
            };
            match fault.status {
                Some(405 | 409) if may_pass(&fault, &before, &after) && turn + 1 < TRIES => {
                    self.client.pause(turn);
                }
                Some(405) if request.when_ready && after.mergeable => {
                    return self.schedule(number, request, &fault);
                }
                Some(405 | 409 | 422 | 423) => return Ok(MergeResult::NotMergeable(fault.said().to_owned())),
                Some(500) if request.method == MergeMethod::FastForward && after.is_behind() => {
                    let why = format!("{} has commits that {} has not", after.base.label, after.head.label);
                    return Ok(MergeResult::NotMergeable(why));
                }
                _ => return Err(fault.into()),
            }
            turn += 1;
        }
    }

    /// Has the server merge it when what is missing is there.
    fn schedule(&self, number: u64, request: &MergeRequest, refusal: &Fault) -> Result<MergeResult> {
        let asked = self.ask_to_merge(number, request, true);
        let after = settled(&self.pull(number)?, request.expected_head)?;
        if matches!(after, Some(MergeResult::HeadMoved(_))) && asked.is_ok() {
            self.cancel_scheduled(number)?;
        }
        match (after, asked) {
            (Some(result), _) => return Ok(result),
            (None, Ok(())) => {}
            // It was scheduled before.
            (None, Err(_)) if self.is_scheduled(number)? => {}
            (None, Err(fault)) if fault.kind == Kind::Refused => {
                return Ok(MergeResult::NotMergeable(fault.said().to_owned()));
            }
            (None, Err(fault)) => return Err(fault).context("the merge cannot be scheduled"),
        }
        let standing = self.waits_for(number)?;
        let what: Vec<String> = standing.missing.into_iter().chain(standing.broken).collect();
        Ok(MergeResult::WhenReady(if what.is_empty() { refusal.said().to_owned() } else { what.join("; ") }))
    }

    /// Ends an intention to merge, if there is one. Only an administrator may end another's.
    pub(super) fn cancel_scheduled(&self, number: u64) -> Result<()> {
        let cannot = || format!("cannot cancel the scheduled merge of {}", self.name(number));
        match self.client.delete(&format!("{}/merge", self.pull_path(number))).find() {
            Err(fault) if fault.kind == Kind::Forbidden => {
                self.client.notify(&format!("{}, which is another user's: {}", cannot(), fault.said()));
                Ok(())
            }
            cancelled => cancelled.map(drop).with_context(cannot),
        }
    }

    fn ask_to_merge(&self, number: u64, request: &MergeRequest, scheduled: bool) -> http::Result<()> {
        let (title, message) = request.message.split_once('\n').unwrap_or((&request.message, ""));
        let mut body = json!({
            "Do": method(request.method),
            "head_commit_id": request.expected_head.to_string(),
            "MergeTitleField": title,
            "MergeMessageField": message.trim(),
        });
        if scheduled {
            body["merge_when_checks_succeed"] = json!(true);
        }
        let asked = self.client.post(&format!("{}/merge", self.pull_path(number))).body(body);
        // What is merged is not merged again. But 500 is how the server says that it cannot
        // fast-forward, and to ask again would not help.
        let asked = if request.method == MergeMethod::FastForward { asked } else { asked.repeatable() };
        asked.send().map(drop)
    }
}

fn method(method: MergeMethod) -> &'static str {
    match method {
        MergeMethod::Merge => "merge",
        MergeMethod::Squash => "squash",
        MergeMethod::FastForward => "fast-forward-only",
    }
}

/// The result that needs no merge any more.
fn settled(pull: &Pull, expected: Oid) -> Result<Option<MergeResult>> {
    let head = pull.head_commit();
    Ok(match pull.merge_commit()? {
        Some(commit) => Some(MergeResult::Merged(commit)),
        None if !pull.is_open() => Some(MergeResult::NotMergeable(format!("#{} is closed", pull.number))),
        None => Some(head?).filter(|head| *head != expected).map(MergeResult::HeadMoved),
    })
}

/// Whether the no was about a moment: the server had not caught up with a push or another merge.
/// A 405 for branches that stood still and were worked out is about a conflict or a rule.
fn may_pass(fault: &Fault, before: &Pull, after: &Pull) -> bool {
    let stood_still = before.tips() == after.tips() && before.mergeable == after.mergeable;
    match fault.status {
        Some(405) => !stood_still,
        _ => after.mergeable || !stood_still,
    }
}
