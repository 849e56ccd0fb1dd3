//! Merging with a guard on the head.
//!
//! The server says 405 for a rule of the branch, for a conflict, and while it has yet to work out
//! whether it can merge; 409 when the head is another, when the base moved under it, and when a hook
//! said no. The answer to a merge that was done may be lost. So after every no the pull request is
//! read again, and its state tells what happened.

use anyhow::Result;
use git2::Oid;
use serde_json::json;

use super::Gitea;
use super::api::Pull;
use crate::forge::{MergeMethod, MergeRequest, MergeResult};
use crate::http::Fault;

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
            let asked = self.ask_to_merge(number, request);
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

    fn ask_to_merge(&self, number: u64, request: &MergeRequest) -> std::result::Result<(), Fault> {
        let (title, message) = request.message.split_once('\n').unwrap_or((&request.message, ""));
        let body = json!({
            "Do": method(request.method),
            "head_commit_id": request.expected_head.to_string(),
            "MergeTitleField": title,
            "MergeMessageField": message.trim(),
        });
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
