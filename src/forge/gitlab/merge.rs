//! Merging with a guard on the head.
//!
//! How merges are made is a setting of the project. `merge` and `rebase_merge` make a merge commit
//! each time, also of a squashed one; `ff` makes none. So [`MergeMethod::Merge`] is what the project
//! does, and a method that the project does not have is refused before anything happens.
//!
//! GitLab says no in few ways (405, 409, 422), each for many reasons, and the answer to a merge that
//! was done may be lost. So after every no the merge request is read again, and its state tells
//! what happened.

use anyhow::Result;
use git2::Oid;
use serde_json::{Value, json};

use super::GitLab;
use super::api::Pull;
use super::rules::words;
use crate::forge::{MergeRequest, MergeResult};
use crate::http::Fault;
use crate::vocabulary::MergeMethod;

/// How often a merge is tried that only the speed of other merges is in the way of.
const TRIES: u32 = 6;
/// How often GitLab is asked whether it has worked out if it can merge: about eight seconds.
const LOOKS: u32 = 4;

impl GitLab {
    pub(super) fn merge_pull(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        let mut turn = 0;
        loop {
            let pull = self.worked_out(self.pull_at(number, request.expected_head)?)?;
            if let Some(result) = settled(&pull, request.expected_head)? {
                return Ok(result);
            }
            if let Some(why) = self.hindrance(&pull, request.method)? {
                return Ok(MergeResult::NotMergeable(why));
            }
            let asked = match request.when_ready {
                true => self.leave_it(&pull, request)?,
                false => self.ask_to_merge(&pull, request, false),
            };
            let after = self.pull(number)?;
            if let Some(result) = settled(&after, request.expected_head)? {
                return Ok(result);
            }
            if request.when_ready && self.merges_itself(&after)? {
                return Ok(MergeResult::WhenReady(waits_for(&after)));
            }
            match asked {
                Err(fault) if !matches!(fault.status, Some(400 | 405 | 406 | 409 | 422)) => {
                    return Err(fault.into());
                }
                asked if turn + 1 == TRIES || !may_pass(&after) => {
                    return Ok(MergeResult::NotMergeable(why_not(&after, asked.err())));
                }
                _ => self.client.pause(turn),
            }
            turn += 1;
        }
    }

    /// Looks until GitLab has worked out whether it can be merged.
    fn worked_out(&self, mut pull: Pull) -> Result<Pull> {
        for turn in 0..LOOKS {
            if !pull.is_open() || pull.mergeable().is_some() {
                break;
            }
            self.client.pause(turn);
            pull = self.pull(pull.iid)?;
        }
        Ok(pull)
    }

    /// What no waiting helps against.
    fn hindrance(&self, pull: &Pull, method: MergeMethod) -> Result<Option<String>> {
        if pull.may_not_merge() {
            return Ok(Some(format!("the token's user may not merge into {}", pull.target_branch)));
        }
        let why = match method {
            MergeMethod::Merge => None,
            MergeMethod::Squash => (self.project()?.squash_option.as_deref() == Some("never"))
                .then_some("the project does not allow squashing"),
            MergeMethod::FastForward if self.project()?.merge_method.as_deref() != Some("ff") => {
                Some("the project makes a merge commit of every merge: its merge method is not fast-forward")
            }
            MergeMethod::FastForward => {
                pull.squash_on_merge.then_some("the merge request is set to be squashed")
            }
        };
        Ok(why.map(str::to_owned))
    }

    /// Merges what is ready, and asks GitLab to merge by itself what only waits for a rule. With
    /// merge trains, to merge means to get on the train.
    fn leave_it(&self, pull: &Pull, request: &MergeRequest) -> Result<std::result::Result<(), Fault>> {
        if pull.mergeable() != Some(true) || pull.merge_when_pipeline_succeeds {
            return Ok(Ok(()));
        }
        if !self.has_trains()? {
            return Ok(self.ask_to_merge(pull, request, pull.rule().is_some()));
        }
        if self.is_on_train(pull.iid)? {
            return Ok(Ok(()));
        }
        let body = json!({
            "sha": request.expected_head.to_string(),
            "squash": request.method == MergeMethod::Squash,
            "auto_merge": pull.rule().is_some(),
            "when_pipeline_succeeds": pull.rule().is_some(),
        });
        Ok(self.client.post(&self.train_path(pull.iid)).body(body).send().map(drop))
    }

    fn merges_itself(&self, pull: &Pull) -> Result<bool> {
        let on_train = || -> Result<bool> { Ok(self.has_trains()? && self.is_on_train(pull.iid)?) };
        Ok(pull.is_open() && (pull.merge_when_pipeline_succeeds || on_train()?))
    }

    fn ask_to_merge(
        &self,
        pull: &Pull,
        request: &MergeRequest,
        when_ready: bool,
    ) -> std::result::Result<(), Fault> {
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
        self.client.put(&format!("{}/merge", self.pull_path(pull.iid))).body(body).send().map(drop)
    }
}

/// The result that needs no merge any more.
fn settled(pull: &Pull, expected: Oid) -> Result<Option<MergeResult>> {
    let head = pull.head_commit()?;
    Ok(match pull.merge_commit()? {
        Some(commit) => Some(MergeResult::Merged(commit)),
        None if !pull.is_open() => Some(MergeResult::NotMergeable(format!("!{} is closed", pull.iid))),
        None => Some(head).filter(|head| *head != expected).map(MergeResult::HeadMoved),
    })
}

/// Whether the no was about a moment: another merge, or a push that GitLab had not caught up with.
fn may_pass(pull: &Pull) -> bool {
    pull.mergeable() != Some(false) && pull.rule().is_none()
}

fn waits_for(pull: &Pull) -> String {
    pull.rule().map_or_else(|| "its turn on the merge train".to_owned(), words)
}

/// The rule or conflict that is in the way, else what the last try said.
fn why_not(pull: &Pull, fault: Option<Fault>) -> String {
    let said = || fault.map_or_else(|| format!("!{} stays open", pull.iid), |fault| fault.said().to_owned());
    match may_pass(pull) {
        true => pull.merge_error.clone().unwrap_or_else(said),
        false => words(pull.detailed_merge_status()),
    }
}
