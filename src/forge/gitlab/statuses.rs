//! Commit statuses. To GitLab a status is a job of a pipeline that runs elsewhere, so the jobs of its
//! own pipelines are in the same list, and a status has the life of a job: from pending and running
//! it goes on to an end, in its place. Only after an end does the next one stand beside it.

use std::cmp::Reverse;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::User;
use super::client::GitLab;
use crate::forge::protocol::{Api, Statuses};
use crate::forge::{CommitStatus, NewStatus, StatusState};
use crate::http::{self, Paging};
use crate::vocabulary::text::shorten;

/// The longest description that a status may have, in characters.
const DESCRIPTION: usize = 255;
/// A job that has not ended.
const PENDING: &str = "pending";
const RUNNING: &str = "running";
/// How often a status gives way to others of the same commit: about fifteen seconds.
const TRIES: u32 = 5;

#[derive(Debug, Deserialize)]
struct Status {
    id: u64,
    name: String,
    status: String,
    description: Option<String>,
    target_url: Option<String>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    author: Option<User>,
}

impl Statuses for GitLab {
    fn read_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        let mut statuses = self.jobs(commit)?;
        // One that comes or changes while the pages are read can be in two of them.
        statuses.sort_by_key(|status| Reverse((status.id, status.told_at())));
        statuses.dedup_by_key(|status| status.id);
        statuses.sort_by_key(|status| Reverse((status.told_at(), status.id)));
        Ok(statuses.into_iter().map(CommitStatus::from).collect())
    }

    fn write_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let mut body = json!({
            "state": state_name(status.state),
            "name": status.context,
            "description": shorten(&status.description, DESCRIPTION),
        });
        if let Some(url) = &status.target_url {
            body["target_url"] = json!(url);
        }
        let mut turn = 0;
        loop {
            // The same status twice says what it says once.
            let request = self.client().post(&self.path(&format!("statuses/{commit}")));
            match request.body(body.clone()).repeatable().send() {
                // Another status of this commit is being written; GitLab waited two seconds for it.
                Err(fault) if fault.status == Some(409) && turn < TRIES => self.client().pause(turn),
                Err(fault) if fault.status == Some(400) => match self.job_of(commit, &status.context)? {
                    // What is pending with another text is running by now, which cannot be said twice.
                    Some(job) if job.is_behind(&body) => body["state"] = json!(RUNNING),
                    Some(job) if job.stands_for(status.state) => return Ok(()),
                    _ => return Err(fault.into()),
                },
                set => return Ok(set.map(drop)?),
            }
            turn += 1;
        }
    }
}

impl GitLab {
    fn job_of(&self, commit: Oid, context: &str) -> http::Result<Option<Status>> {
        let of_name = self.jobs(commit)?.into_iter().filter(|job| job.name == context);
        Ok(of_name.max_by_key(|job| job.id))
    }

    /// Those that later ones of the same name have replaced, too.
    fn jobs(&self, commit: Oid) -> http::Result<Vec<Status>> {
        let request = self.client().get(&self.path(&format!("repository/commits/{commit}/statuses")));
        request.query("all", "true").query("per_page", self.row().page_size).all(Paging::NextPage)
    }
}

impl Status {
    /// Whether it is pending and cannot become pending again, but has another text.
    fn is_behind(&self, sent: &Value) -> bool {
        let says = self.description.as_deref().unwrap_or_default();
        self.status == PENDING && sent["state"] == PENDING && sent["description"] != says
    }

    /// Whether it says so already: a job that is pending cannot become pending.
    fn stands_for(&self, state: StatusState) -> bool {
        let is_under_way = state == StatusState::Pending && self.status == RUNNING;
        is_under_way || self.status == state_name(state)
    }

    /// When it became what it is.
    fn told_at(&self) -> Timestamp {
        self.finished_at.or(self.started_at).unwrap_or(self.created_at)
    }
}

impl From<Status> for CommitStatus {
    fn from(status: Status) -> Self {
        Self {
            created_at: status.told_at(),
            context: status.name,
            state: match status.status.as_str() {
                "success" => StatusState::Success,
                "failed" => StatusState::Failure,
                "canceled" => StatusState::Error,
                // Created, pending, running, waiting for a resource, a person or a time. And
                // skipped, which says nothing about what it was to look at.
                _ => StatusState::Pending,
            },
            description: status.description.unwrap_or_default(),
            target_url: status.target_url.filter(|url| !url.is_empty()),
            creator: status.author.map(|user| user.username),
            creator_id: None,
        }
    }
}

/// GitLab has no state for an error of the reporter; a job that did not get to its end is nearest.
fn state_name(state: StatusState) -> &'static str {
    match state {
        StatusState::Pending => PENDING,
        StatusState::Success => "success",
        StatusState::Failure => "failed",
        StatusState::Error => "canceled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(name: &str) -> CommitStatus {
        let status = json!({
            "id": 1, "name": "deploy", "status": name, "description": null, "target_url": null,
            "created_at": "2026-03-01T12:00:00.000Z", "started_at": "2026-03-01T12:01:00.000Z",
            "finished_at": null, "author": null,
        });
        serde_json::from_value::<Status>(status).unwrap().into()
    }

    #[test]
    fn states_that_others_do_not_have() {
        let states = |names: &[&str]| names.iter().map(|name| status(name).state).collect::<Vec<_>>();
        let waiting = ["created", "waiting_for_resource", "preparing", "running", "manual", "scheduled"];
        assert_eq!(states(&waiting), [StatusState::Pending; 6]);
        assert_eq!(states(&["skipped", "canceled"]), [StatusState::Pending, StatusState::Error]);
    }

    #[test]
    fn its_time_is_when_it_became_what_it_is() {
        assert_eq!(status("running").created_at.to_string(), "2026-03-01T12:01:00Z");
    }
}
