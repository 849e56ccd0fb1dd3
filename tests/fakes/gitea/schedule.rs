//! Scheduled merges of the fake Gitea, and what the server does in the moment of a merge.

use git2::Oid;
use serde_json::Value;

use super::Gitea;
use super::pulls::Pull;
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

/// What a scheduled merge is to do.
#[derive(Debug, Clone)]
pub struct Scheduled(pub Value);

/// What happens in the moment of the next merge.
#[derive(Debug, Clone, Copy)]
pub enum Race {
    /// Another merge was faster, which the server saw before it pushed, or as it did.
    Outrun { by_push: bool },
    /// The server's own auto-merge does it.
    MergedMeanwhile,
}

impl Gitea {
    /// Somebody pushes this in the moment in which the next merge is scheduled.
    pub fn race(&self, commit: Oid) {
        *self.racing.lock().unwrap() = Some(commit);
    }

    /// From now on the server does not do what was scheduled, as when it dropped its only attempt.
    pub fn forget_schedules(&self) {
        self.state.lock().unwrap().forgets_schedules = true;
    }

    /// This happens with the next merge.
    pub fn race_next_merge(&self, race: Race) {
        self.merge_races.lock().unwrap().push(race);
    }

    /// The answer to a merge that something came in the way of.
    pub(super) fn raced(&self, pull: &mut Pull, body: &Value) -> Option<Reply> {
        let race = self.merge_races.lock().unwrap().pop()?;
        Some(match race {
            Race::Outrun { by_push: false } => Reply::refused(409, "merge push out of date"),
            Race::Outrun { by_push: true } => Reply::refused(
                409,
                "PushRejected with remote message: cannot lock ref 'refs/heads/main': is at A but expected B",
            ),
            Race::MergedMeanwhile => {
                self.merge_now(pull, body);
                Reply::refused(500, "")
            }
        })
    }

    pub(super) fn timeline(&self, request: &Request, pull: &Pull) -> Reply {
        let items = pull.timeline.iter().map(|kind| serde_json::json!({"type": kind})).collect();
        let mut reply = page(request, "limit", self.page, items, Value::Array);
        // Of this list, the server counts the page.
        let count = reply.body.as_array().map_or(0, Vec::len).to_string();
        reply.headers.retain(|(name, _)| name != "x-total-count");
        reply.header("x-total-count", &count)
    }

    /// The head that is expected is not looked at.
    pub(super) fn schedule(&self, pull: &mut Pull, body: &Value) -> Reply {
        if pull.scheduled.is_some() {
            let why = "pull request is already scheduled to auto merge when checks succeed";
            return Reply::refused(409, &format!("{why} [pull_id: {}]", pull.number));
        }
        if let Some(commit) = self.racing.lock().unwrap().take() {
            self.branches.set(&pull.head, commit);
        }
        pull.scheduled = Some(Scheduled(body.clone()));
        pull.timeline.push("pull_scheduled_merge");
        Reply::json(201, Value::Null)
    }

    pub(super) fn cancel(&self, pull: &mut Pull) -> Reply {
        match pull.scheduled.take() {
            None => super::not_found(),
            Some(_) => {
                pull.timeline.push("pull_cancel_scheduled_merge");
                Reply::json(204, Value::Null)
            }
        }
    }
}
