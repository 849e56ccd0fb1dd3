//! Leaving a merge to GitHub: to its auto-merge, or to the merge queue of the base branch.
//!
//! Both take the head that was proposed and refuse another. What becomes of a later push differs:
//! - It takes a pull request out of the merge queue.
//! - Auto-merge stays on when whoever pushes may write to the repository, and merges the new head
//!   when the rules of the branch hold for it. So it is turned off before a pull request is given
//!   the text of another release; the merge of that release turns it on again. (Between the push
//!   and the text GitHub may merge the newer release, if its checks are that fast.) Against pushes by
//!   people only the rules of the branch help: dismissing approvals that are stale, or a ruleset
//!   that lets nobody else push to `towline/**`.

use anyhow::{Context, Result};
use serde_json::json;

use super::client::GitHub;
use super::readiness_query::Waiting;
use crate::forge::github_style::{WirePull, subject_and_body};
use crate::forge::protocol::{Api, Pull, what_is_missing};
use crate::forge::{MergeRequest, MergeResult};
use crate::http::{self, Fault, Kind};
use crate::vocabulary::MergeMethod;

const ENABLE: &str = "\
mutation($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { state } }
}";

const DISABLE: &str = "\
mutation($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { pullRequest { state } }
}";

const ENQUEUE: &str = "\
mutation($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { position } }
}";

impl GitHub {
    /// Has GitHub merge what it would not merge yet, for the reason of `refusal`. `None` when there
    /// is nothing to wait for: what was missing came in this moment, or it will never come.
    pub(super) fn merge_when_ready(
        &self,
        pull: &Pull<WirePull>,
        request: &MergeRequest,
        refusal: &Fault,
    ) -> Result<Option<MergeResult>> {
        let before = self.waiting(pull.number)?;
        // Auto-merge updates no branch.
        if before.is_behind() {
            return Ok(Some(MergeResult::Behind(refusal.said().to_owned())));
        }
        if before.merges_itself() {
            return Ok(Some(when_ready(&before, refusal)));
        }
        if !before.can_wait() {
            return Ok(None);
        }
        let handed_over = match before.has_queue {
            // Auto-merge enters what is not ready for the queue yet.
            true => self.enqueue(pull, request).or_else(|fault| match fault.kind {
                Kind::Refused => self.enable_auto_merge(pull, request),
                _ => Err(fault),
            }),
            false => self.enable_auto_merge(pull, request),
        };
        let refused = match handed_over {
            Ok(()) => None,
            Err(fault) if fault.kind == Kind::Refused => Some(fault),
            Err(fault) => return Err(fault).context("GitHub cannot merge it when it is ready"),
        };
        // Only the state counts: another may have done it, or it was merged at once.
        let after = self.waiting(pull.number)?;
        Ok(match refused {
            _ if after.merges_itself() => Some(when_ready(&after, refusal)),
            Some(fault) if after.can_wait() => Some(not_mergeable(&after, refusal, &fault)),
            _ => None,
        })
    }

    /// Ends an intention to merge that is about an older head.
    pub(super) fn stop_auto_merge(&self, pull: &Pull<WirePull>) -> Result<()> {
        let input = json!({"input": {"pullRequestId": pull.wire.node_id}});
        match self.graphql(DISABLE, input, "/disablePullRequestAutoMerge") {
            Ok(_) => Ok(()),
            // It was off in this moment.
            Err(fault) if fault.kind == Kind::Refused => Ok(()),
            Err(fault) => Err(fault)
                .with_context(|| format!("cannot turn off auto-merge of {}", self.name(pull.number))),
        }
    }

    fn enqueue(&self, pull: &Pull<WirePull>, request: &MergeRequest) -> http::Result<()> {
        let head = request.expected_head.to_string();
        let input = json!({"pullRequestId": pull.wire.node_id, "expectedHeadOid": head});
        self.graphql(ENQUEUE, json!({"input": input}), "/enqueuePullRequest").map(drop)
    }

    fn enable_auto_merge(&self, pull: &Pull<WirePull>, request: &MergeRequest) -> http::Result<()> {
        let (headline, body) = subject_and_body(&request.message);
        let input = json!({
            "pullRequestId": pull.wire.node_id,
            "mergeMethod": if request.method == MergeMethod::Squash { "SQUASH" } else { "MERGE" },
            "expectedHeadOid": request.expected_head.to_string(),
            "commitHeadline": headline,
            "commitBody": body,
        });
        self.graphql(ENABLE, json!({"input": input}), "/enablePullRequestAutoMerge").map(drop)
    }
}

fn when_ready(waiting: &Waiting, refusal: &Fault) -> MergeResult {
    MergeResult::WhenReady(what_is_missing(waiting.readiness(), refusal))
}

/// GitHub neither merges it now nor later, in its words.
fn not_mergeable(waiting: &Waiting, refusal: &Fault, later: &Fault) -> MergeResult {
    let why = format!("{}; {}", refusal.said().trim_end_matches('.'), later.said());
    MergeResult::NotMergeable(match waiting.auto_merge_allowed {
        true => why,
        false => format!("{why} (turn on `Allow auto-merge` in the repository's settings)"),
    })
}
