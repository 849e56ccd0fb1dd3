//! Merging with a guard on the head.
//!
//! GitHub says no in few ways (405, 409, 422), each for many reasons, and the answer to a merge
//! that was done may be lost. So after every no the pull request is read again, and its state tells
//! what happened.

use anyhow::Result;
use git2::Oid;
use serde_json::json;

use super::api::{Merged, Pull, commit_id};
use super::{GitHub, segments};
use crate::forge::{MergeRequest, MergeResult};
use crate::http::{Fault, Response};
use crate::vocabulary::MergeMethod;

/// How often a merge is tried that only the speed of other merges is in the way of.
const TRIES: u32 = 6;

impl GitHub {
    pub(super) fn merge_pull(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        let mut turn = 0;
        loop {
            let pull = self.pull_at(number, request.expected_head)?;
            if let Some(result) = settled(&pull, request.expected_head)? {
                return Ok(result);
            }
            let fault = match self.try_merge(&pull, request) {
                Ok(commit) => return Ok(MergeResult::Merged(commit)),
                Err(fault) => fault,
            };
            let pull = self.pull(number)?;
            if let Some(result) = settled(&pull, request.expected_head)? {
                return Ok(result);
            }
            if request.when_ready && turn + 1 < TRIES && may_come(&fault, &pull, request) {
                if let Some(result) = self.merge_when_ready(&pull, request, &fault)? {
                    return Ok(result);
                }
                self.client.pause(turn);
                turn += 1;
                continue;
            }
            match fault.status {
                // The base branch moved under it, or GitHub has not caught up with what was pushed.
                Some(405 | 409) if !is_hindered(&pull) && turn + 1 < TRIES => self.client.pause(turn),
                Some(405 | 409 | 422) => return Ok(MergeResult::NotMergeable(fault.said().to_owned())),
                _ => return Err(fault.into()),
            }
            turn += 1;
        }
    }

    fn try_merge(&self, pull: &Pull, request: &MergeRequest) -> std::result::Result<Oid, Fault> {
        let method = match request.method {
            MergeMethod::Merge => "merge",
            MergeMethod::Squash => "squash",
            MergeMethod::FastForward => return self.fast_forward(pull, request.expected_head),
        };
        let (title, message) = subject_and_body(&request.message);
        let body = json!({
            "sha": request.expected_head.to_string(),
            "merge_method": method,
            "commit_title": title,
            "commit_message": message,
        });
        let answer = self.client.put(&format!("{}/merge", self.pull_path(pull.number))).body(body).send()?;
        merged(&answer)
    }

    /// Moves the base branch to the head, which GitHub does only forward. A person who pushes to
    /// the head meanwhile loses nothing: what is merged is what was proposed.
    fn fast_forward(&self, pull: &Pull, head: Oid) -> std::result::Result<Oid, Fault> {
        let path = self.path(&format!("git/refs/heads/{}", segments(pull.base())));
        let body = json!({"sha": head.to_string(), "force": false});
        self.client.patch(&path).body(body).repeatable().send().map(|_| head)
    }
}

/// The result that needs no merge any more.
fn settled(pull: &Pull, expected: Oid) -> Result<Option<MergeResult>> {
    let head = pull.head_commit()?;
    Ok(match pull.merge_commit()? {
        Some(commit) => Some(MergeResult::Merged(commit)),
        None if !pull.is_open() => Some(MergeResult::NotMergeable(format!("#{} is closed", pull.number))),
        None if head != expected => Some(MergeResult::HeadMoved(head)),
        None => None,
    })
}

pub(super) fn subject_and_body(message: &str) -> (&str, &str) {
    let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
    (subject, body.trim())
}

/// Whether what GitHub misses may come by itself. A fast-forward is ours to do, not GitHub's.
fn may_come(refusal: &Fault, pull: &Pull, request: &MergeRequest) -> bool {
    let state = pull.mergeable_state.as_deref().unwrap_or_default();
    refusal.status == Some(405)
        && request.method != MergeMethod::FastForward
        && !matches!(state, "dirty" | "draft")
}

/// Whether something else than other merges is in the way: a conflict, a rule, a draft.
fn is_hindered(pull: &Pull) -> bool {
    let state = pull.mergeable_state.as_deref().unwrap_or_default();
    matches!(state, "dirty" | "blocked" | "behind" | "draft")
}

fn merged(answer: &Response) -> std::result::Result<Oid, Fault> {
    let merged: Merged = answer.json()?;
    commit_id(&merged.sha).map_err(|error| answer.odd(&error.to_string()))
}
