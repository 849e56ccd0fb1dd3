//! Merging. The server says 405 for a rule of the branch, for a conflict, and while it has yet to
//! work out whether it can merge; 409 when the head is another, when the base moved under it, and
//! when a hook said no.

use anyhow::Result;
use serde_json::json;

use super::client::Gitea;
use super::refusal::Refusal;
use crate::forge::github_style::{WirePull, subject_and_body};
use crate::forge::protocol::{Api, Asked, Attempt, Merges, Pull, Pulls};
use crate::forge::{MergeRequest, MergeResult};
use crate::http::{self, Fault};
use crate::vocabulary::MergeMethod;

impl Merges for Gitea {
    fn work_out(&self, pull: Pull<WirePull>) -> Result<Pull<WirePull>> {
        self.settle(pull)
    }

    fn ask_to_merge(&self, pull: &Pull<WirePull>, request: &MergeRequest) -> Result<Asked> {
        Ok(self.post_merge(pull.number, request, false).into())
    }

    fn judge(&self, attempt: Attempt<'_, WirePull>) -> Result<Option<MergeResult>> {
        let Attempt { request, before, after, fault, is_last } = attempt;
        let not_mergeable = |why: &str| Ok(Some(MergeResult::NotMergeable(why.to_owned())));
        // The answer to a merge is empty, so only the state counts.
        let Some(fault) = fault else { return not_mergeable(&format!("#{} stays open", after.number)) };
        let said = fault.said().to_owned();
        match Refusal::of(&fault) {
            Some(Refusal::Never) => Ok(Some(MergeResult::Never(said))),
            Some(Refusal::NewBase) => Ok(Some(MergeResult::Behind(said))),
            Some(Refusal::Approval) if request.when_ready => {
                self.schedule(after.number, request, &fault).map(Some)
            }
            Some(Refusal::Moment) if !is_last && may_pass(&fault, &before.wire, &after.wire) => Ok(None),
            Some(_) => not_mergeable(&said),
            None if is_no_fast_forward(&fault, request, &after.wire) => {
                let why = format!("{} has commits that {} lacks", after.base, after.head);
                Ok(Some(MergeResult::Behind(why)))
            }
            None => Err(fault.into()),
        }
    }
}

impl Gitea {
    pub(super) fn post_merge(
        &self,
        number: u64,
        request: &MergeRequest,
        scheduled: bool,
    ) -> http::Result<()> {
        let (title, message) = subject_and_body(&request.message);
        // Servers before Gitea 1.26, and Forgejo, know only the spellings with capitals.
        let mut body = json!({
            "Do": method(request.method),
            "do": method(request.method),
            "head_commit_id": request.expected_head.to_string(),
            "MergeTitleField": title,
            "merge_title_field": title,
            "MergeMessageField": message,
            "merge_message_field": message,
        });
        if scheduled {
            body["merge_when_checks_succeed"] = json!(true);
        }
        let asked = self.client().post(&format!("{}/merge", self.pull_path(number))).body(body);
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

/// Whether the no was about a moment. A 405 for branches that stood still and were worked out is
/// about a conflict.
fn may_pass(fault: &Fault, before: &WirePull, after: &WirePull) -> bool {
    let stood_still = before.tips() == after.tips() && before.is_mergeable() == after.is_mergeable();
    match fault.status {
        Some(405) => !stood_still,
        _ => after.is_mergeable() || !stood_still,
    }
}

/// The server has no words for that.
fn is_no_fast_forward(fault: &Fault, request: &MergeRequest, after: &WirePull) -> bool {
    fault.status == Some(500) && request.method == MergeMethod::FastForward && after.is_behind()
}
