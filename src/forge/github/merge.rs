//! Merging: GitHub says no with 405, 409 and 422.

use anyhow::Result;
use git2::Oid;
use serde_json::json;

use super::client::GitHub;
use crate::forge::github_style::{WirePull, branch_path, subject_and_body};
use crate::forge::protocol::{Api, Asked, Attempt, Merges, Pull, Pulls};
use crate::forge::text::commit_id;
use crate::forge::{MergeRequest, MergeResult};
use crate::http::{self, Fault};
use crate::vocabulary::MergeMethod;

impl Merges for GitHub {
    fn ask_to_merge(&self, pull: &Pull<WirePull>, request: &MergeRequest) -> Result<Asked> {
        let merged = match request.method {
            MergeMethod::Merge => self.put_merge(pull, request, "merge"),
            MergeMethod::Squash => self.put_merge(pull, request, "squash"),
            MergeMethod::FastForward => self.fast_forward(pull, request.expected_head),
        };
        Ok(merged.map_or_else(Asked::Refused, |commit| Asked::Done(MergeResult::Merged(commit))))
    }

    fn judge(&self, attempt: Attempt<'_, WirePull>) -> Result<Option<MergeResult>> {
        let Attempt { request, after, fault, is_last, .. } = attempt;
        let Some(fault) = fault else { return Ok(None) };
        if is_setting(&fault) {
            return Ok(Some(MergeResult::Never(fault.said().to_owned())));
        }
        if request.when_ready && !is_last && may_come(&fault, after, request) {
            return self.merge_when_ready(after, request, &fault);
        }
        match fault.status {
            // The base branch moved under it, or GitHub has not caught up with what was pushed.
            Some(405 | 409) if !is_hindered(after) && !is_last => Ok(None),
            Some(405 | 409) if after.wire.mergeable_state() == "behind" => {
                Ok(Some(MergeResult::Behind(fault.said().to_owned())))
            }
            Some(422) if request.method == MergeMethod::FastForward && is_no_fast_forward(&fault) => {
                Ok(Some(MergeResult::Behind(fault.said().to_owned())))
            }
            Some(405 | 409 | 422) => Ok(Some(MergeResult::NotMergeable(fault.said().to_owned()))),
            _ => Err(fault.into()),
        }
    }
}

impl GitHub {
    fn put_merge(&self, pull: &Pull<WirePull>, request: &MergeRequest, method: &str) -> http::Result<Oid> {
        let (title, message) = subject_and_body(&request.message);
        let body = json!({
            "sha": request.expected_head.to_string(),
            "merge_method": method,
            "commit_title": title,
            "commit_message": message,
        });
        let answer =
            self.client().put(&format!("{}/merge", self.pull_path(pull.number))).body(body).send()?;
        let commit = answer.body()["sha"].as_str().unwrap_or_default();
        commit_id(commit).map_err(|error| answer.odd(&error.to_string()))
    }

    /// Moves the base branch to the head, which GitHub does only forward. A person who pushes to
    /// the head meanwhile loses nothing: what is merged is what was proposed.
    fn fast_forward(&self, pull: &Pull<WirePull>, head: Oid) -> http::Result<Oid> {
        let path = self.path(&format!("git/refs/heads/{}", branch_path(&pull.base)));
        let body = json!({"sha": head.to_string(), "force": false});
        self.client().patch(&path).body(body).repeatable().send().map(|_| head)
    }
}

/// Whether the repository does not merge this way at all. There is no code for it.
fn is_setting(refusal: &Fault) -> bool {
    refusal.status == Some(405) && refusal.said().contains("are not allowed on this repository")
}

/// Whether the base branch cannot be moved forward to the head. The same status is for rules.
fn is_no_fast_forward(refusal: &Fault) -> bool {
    refusal.said().to_lowercase().contains("not a fast forward")
}

/// Whether what GitHub misses may come by itself. A fast-forward is ours to do, not GitHub's.
fn may_come(refusal: &Fault, pull: &Pull<WirePull>, request: &MergeRequest) -> bool {
    refusal.status == Some(405)
        && request.method != MergeMethod::FastForward
        && !matches!(pull.wire.mergeable_state(), "dirty" | "draft")
}

/// Whether something else than other merges is in the way: a conflict, a rule, a draft.
fn is_hindered(pull: &Pull<WirePull>) -> bool {
    matches!(pull.wire.mergeable_state(), "dirty" | "blocked" | "behind" | "draft")
}
