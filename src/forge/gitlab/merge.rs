//! Merging. How merges are made is a setting of the project. `merge` and `rebase_merge` make a merge
//! commit each time, also of a squashed one; `ff` makes none. So [`MergeMethod::Merge`] is what the
//! project does, and a method that the project does not have is refused before anything happens.

use anyhow::Result;
use serde_json::{Value, json};

use super::api::WirePull;
use super::client::GitLab;
use super::readiness::{may_not_merge, words};
use crate::forge::protocol::{Api, Asked, Attempt, Merges, Pull, Pulls};
use crate::forge::{MergeRequest, MergeResult};
use crate::http::{self, Fault};
use crate::vocabulary::MergeMethod;

/// How often GitLab is asked whether it has worked out if it can merge: about eight seconds.
const LOOKS: u32 = 4;

impl Merges for GitLab {
    fn work_out(&self, mut pull: Pull<WirePull>) -> Result<Pull<WirePull>> {
        for turn in 0..LOOKS {
            if !pull.is_open() || pull.mergeable.is_some() {
                break;
            }
            self.client().pause(turn);
            pull = self.read_pull(pull.number)?;
        }
        Ok(pull)
    }

    fn before_merge(&self, pull: &Pull<WirePull>, request: &MergeRequest) -> Result<Option<MergeResult>> {
        if pull.wire.may_not_merge() {
            return Ok(Some(MergeResult::Never(may_not_merge(&pull.base))));
        }
        let why = match request.method {
            MergeMethod::Merge => None,
            MergeMethod::Squash => (self.project()?.squash_option.as_deref() == Some("never"))
                .then_some("the project does not allow squashing"),
            MergeMethod::FastForward if self.project()?.merge_method.as_deref() != Some("ff") => Some(
                "the project creates a merge commit for every merge: its merge method is not fast-forward",
            ),
            MergeMethod::FastForward => {
                pull.wire.squash_on_merge.then_some("the merge request is set to be squashed")
            }
        };
        Ok(why.map(|why| MergeResult::Never(why.to_owned())))
    }

    fn ask_to_merge(&self, pull: &Pull<WirePull>, request: &MergeRequest) -> Result<Asked> {
        let asked = match request.when_ready {
            true => self.merge_or_leave(pull, request)?,
            false => self.put_merge(pull, request, false),
        };
        Ok(asked.into())
    }

    fn judge(&self, attempt: Attempt<'_, WirePull>) -> Result<Option<MergeResult>> {
        let Attempt { request, after, fault, is_last, .. } = attempt;
        if request.when_ready && self.merges_itself(after)? {
            return Ok(Some(MergeResult::WhenReady(waits_for(&after.wire))));
        }
        match fault {
            Some(fault) if !matches!(fault.status, Some(400 | 405 | 406 | 409 | 422)) => Err(fault.into()),
            _ if after.wire.needs_rebase() => {
                Ok(Some(MergeResult::Behind(words(after.wire.detailed_merge_status()))))
            }
            fault if is_last || !may_pass(after) => {
                Ok(Some(MergeResult::NotMergeable(why_not(after, fault))))
            }
            _ => Ok(None),
        }
    }
}

impl GitLab {
    pub(super) fn put_merge(
        &self,
        pull: &Pull<WirePull>,
        request: &MergeRequest,
        when_ready: bool,
    ) -> http::Result<()> {
        let mut body = json!({
            "sha": request.expected_head.to_string(),
            "squash": request.method == MergeMethod::Squash,
            "merge_commit_message": request.message,
            "squash_commit_message": request.message,
        });
        if when_ready {
            // Servers before 17.11 know only the second.
            body["auto_merge"] = Value::Bool(true);
            body["merge_when_pipeline_succeeds"] = Value::Bool(true);
        }
        self.client().put(&format!("{}/merge", self.pull_path(pull.number))).body(body).send().map(drop)
    }
}

/// Whether the no was about a moment: another merge, or a push that GitLab had not caught up with.
fn may_pass(pull: &Pull<WirePull>) -> bool {
    pull.mergeable != Some(false) && pull.wire.rule().is_none()
}

fn waits_for(pull: &WirePull) -> String {
    pull.rule().map_or_else(|| "its turn on the merge train".to_owned(), words)
}

/// The rule or conflict that is in the way, else what the last try said.
fn why_not(pull: &Pull<WirePull>, fault: Option<Fault>) -> String {
    let open = || format!("!{} stays open", pull.number);
    let said = || fault.map_or_else(open, |fault| fault.said().to_owned());
    match may_pass(pull) {
        true if pull.wire.is_unsettled() => {
            let word = words(pull.wire.detailed_merge_status());
            format!("GitLab has not worked out whether it can be merged: {word}")
        }
        true => pull.wire.merge_error.clone().unwrap_or_else(said),
        false => words(pull.wire.detailed_merge_status()),
    }
}
