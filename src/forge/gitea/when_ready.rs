//! Leaving a merge to the server: a merge that lacks approvals or statuses can be scheduled.
//!
//! The server then merges whatever is the head when they are there. So a schedule is cancelled when
//! the head was another at the end of it, and before a pull request is given the text of another
//! release, whose merge schedules it anew.

use anyhow::{Context, Result};

use super::api::TimelineItem;
use super::client::Gitea;
use crate::forge::protocol::{Api, Pulls, Readiness, settled, what_is_missing};
use crate::forge::{MergeRequest, MergeResult};
use crate::http::{self, Fault, Kind, Paging};

impl Gitea {
    /// Has the server merge it when what is missing is there.
    pub(super) fn schedule(
        &self,
        number: u64,
        request: &MergeRequest,
        refusal: &Fault,
    ) -> Result<MergeResult> {
        let asked = self.post_merge(number, request, true);
        let after = settled(self, &self.read_pull(number)?, request.expected_head)?;
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
        Ok(MergeResult::WhenReady(what_is_missing(self.read_readiness(number)?, refusal)))
    }

    /// Ends an intention to merge, if there is one. Whoever may write may end anybody's; a server
    /// whose rules are stricter says so.
    pub(super) fn cancel_scheduled(&self, number: u64) -> Result<()> {
        let cannot = || format!("cannot cancel the scheduled merge of {}", self.name(number));
        match self.client().delete(&format!("{}/merge", self.pull_path(number))).send_optional() {
            // An archived repository merges nothing.
            Err(fault) if fault.status == Some(423) => Ok(()),
            Err(fault) if fault.kind == Kind::Forbidden => {
                self.client().notify(&format!("{}: {}", cannot(), fault.said()));
                Ok(())
            }
            cancelled => cancelled.map(drop).with_context(cannot),
        }
    }

    /// Whether the server merges it by itself: what was scheduled or cancelled last tells.
    pub(super) fn is_scheduled(&self, number: u64) -> http::Result<bool> {
        let request = self.client().get(&self.path(&format!("issues/{number}/timeline")));
        let request = request.query("limit", self.row().page_size);
        let items: Vec<TimelineItem> = request.all(Paging::EveryPage)?;
        let is_about_it = |kind: &str| matches!(kind, "pull_scheduled_merge" | "pull_cancel_scheduled_merge");
        let last = items.iter().map(|item| item.kind.as_str()).rfind(|kind| is_about_it(kind));
        Ok(last == Some("pull_scheduled_merge"))
    }
}
