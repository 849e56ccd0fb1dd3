//! Finding, opening, updating and closing merge requests.
//!
//! GitLab works out in the background what a push did to a merge request: its head, and whether it
//! can be merged.

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::{Map, Value, json};

use super::api::{Branch, WirePull};
use super::client::GitLab;
use crate::forge::protocol::{Api, Pull, Pulls, readable};
use crate::forge::text::commit_id;
use crate::forge::{NewPullRequest, PullRequest};
use crate::http::{self, Kind, Paging, Request, segment};
use crate::vocabulary::Diagnostic;

impl Pulls for GitLab {
    type Wire = WirePull;

    const MAY_OPEN_TWO: bool = true;

    const DRAFT_MARKS: &[&str] = &["Draft:", "[Draft]", "(Draft)"];

    fn view(&self, wire: &WirePull) -> Result<PullRequest> {
        wire.view()
    }

    fn pull_path(&self, number: u64) -> String {
        self.path(&format!("merge_requests/{number}"))
    }

    /// Before GitLab has prepared it, it has no head but the branch.
    fn known(&self, mut wire: WirePull) -> Result<Pull<WirePull>> {
        if wire.is_open()
            && !wire.has_head()
            && wire.is_own()
            && let Some(tip) = self.branch_tip(wire.source_branch())?
        {
            wire.set_head(tip);
        }
        Ok(Pull { request: self.view(&wire)?, wire })
    }

    /// A list neither asks GitLab to look whether it can be merged nor waits for a push.
    fn search_pull(&self, head: &str, base: &str) -> Result<Option<Pull<WirePull>>> {
        if let Some(open) = self.open_numbers(head, base)?.first() {
            return self.read_pull(*open).map(Some);
        }
        // The list begins with the newest.
        let request = self.list("all").query("source_branch", head).query("target_branch", base);
        for page in request.pages(Paging::NextPage) {
            let pulls: Vec<WirePull> = page?.json()?;
            let own = pulls.into_iter().filter(|pull| pull.is_own() && pull.has_head());
            if let Some(newest) = own.max_by_key(|pull| pull.iid) {
                return self.known(newest).map(Some);
            }
        }
        Ok(None)
    }

    fn open_numbers(&self, head: &str, base: &str) -> Result<Vec<u64>> {
        let request = self.list("opened").query("source_branch", head).query("target_branch", base);
        let open: Vec<WirePull> = request.all(Paging::NextPage)?;
        let mut numbers: Vec<u64> = open.iter().filter(|pull| pull.is_own()).map(|pull| pull.iid).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    fn read_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let mut request = self.list("all");
        if let Some(head) = head {
            request = request.query("source_branch", head);
        }
        let pulls = readable(self, request.all(Paging::NextPage)?).into_iter();
        Ok(pulls.filter(|pull| pull.wire.is_own()).map(|pull| pull.request).collect())
    }

    fn branch_tip(&self, branch: &str) -> Result<Option<Oid>> {
        let path = self.path(&format!("repository/branches/{}", segment(branch)));
        let found = self.client().get(&path).send_optional();
        let Some(found) = found.with_context(|| format!("cannot read the branch {branch}"))? else {
            return Ok(None);
        };
        let branch: Branch = found.json()?;
        commit_id(&branch.commit.id).map(Some)
    }

    fn has_commits(&self, head: &str, base: &str) -> Result<bool> {
        for branch in [head, base] {
            if self.branch_tip(branch)?.is_none() {
                return Err(Diagnostic::new(format!("there is no branch {branch}")).into());
            }
        }
        let commits = self.client().get(&self.path("repository/commits"));
        let answer = commits.query("ref_name", &format!("{base}..{head}")).query("per_page", "1").send();
        let answer = answer.with_context(|| format!("cannot compare the branches {head} and {base}"))?;
        Ok(!answer.items().is_empty())
    }

    fn create_pull(&self, new: &NewPullRequest) -> Result<http::Result<Pull<WirePull>>> {
        let mut body = json!({
            "source_branch": new.head,
            "target_branch": new.base,
            "title": new.title,
            "description": self.harmless(&new.body),
        });
        let labels = self.possible_labels(&new.labels);
        if !labels.is_empty() {
            body["labels"] = json!(labels.join(","));
        }
        if !new.reviewers.is_empty() {
            body["reviewer_ids"] = json!(self.user_ids(&new.reviewers)?);
        }
        // A second one for the same branches is refused, so a repeat does no harm.
        let answer = self.client().post(&self.path("merge_requests")).body(body).repeatable().send();
        Ok(answer.and_then(|answer| self.pull_in(&answer)))
    }

    fn complete(&self, pull: Pull<WirePull>, new: &NewPullRequest) -> Result<Pull<WirePull>> {
        let mut fields = Map::new();
        let mut missing = self.possible_labels(&new.labels);
        missing.retain(|label| !pull.wire.has_label(label));
        if !missing.is_empty() {
            fields.insert("add_labels".to_owned(), json!(missing.join(",")));
        }
        if let Some(all) = self.with_missing_reviewers(&pull.wire, &new.reviewers)? {
            fields.insert("reviewer_ids".to_owned(), json!(all));
        }
        if fields.is_empty() {
            return Ok(pull);
        }
        let changed = self.change(pull.number, Value::Object(fields));
        let changed = changed.with_context(|| format!("cannot update {}", self.name(pull.number)))?;
        self.after_creation(changed, new)
    }

    /// It was opened with its labels and reviewers.
    fn after_creation(&self, pull: Pull<WirePull>, new: &NewPullRequest) -> Result<Pull<WirePull>> {
        self.warn_of_left_out(&pull.wire, &new.reviewers);
        Ok(pull)
    }

    fn write_text(&self, pull: &Pull<WirePull>, title: &str, body: &str) -> http::Result<Pull<WirePull>> {
        self.change(pull.number, json!({"title": title, "description": body}))
    }

    /// A push does the same, so this is for what is not to be merged though it was not pushed by
    /// Towline.
    fn cancel_any_merge(&self, pull: &Pull<WirePull>) -> Result<()> {
        if !pull.wire.merge_when_pipeline_succeeds {
            return Ok(());
        }
        let path = format!("{}/cancel_merge_when_pipeline_succeeds", self.pull_path(pull.number));
        match self.client().post(&path).send() {
            // It was off in this moment.
            Err(fault) if fault.kind == Kind::Refused => Ok(()),
            cancelled => cancelled
                .map(drop)
                .with_context(|| format!("cannot turn off auto-merge of {}", self.name(pull.number))),
        }
    }

    fn write_closed(&self, number: u64) -> http::Result<()> {
        self.change(number, json!({"state_event": "close"})).map(drop)
    }
}

impl GitLab {
    fn list(&self, state: &str) -> Request<'_> {
        let request = self.client().get(&self.path("merge_requests")).query("state", state);
        let request = request.query("order_by", "created_at").query("sort", "desc");
        request.query("per_page", self.row().page_size)
    }

    /// Changes these fields; to do it twice changes nothing.
    fn change(&self, number: u64, fields: Value) -> http::Result<Pull<WirePull>> {
        let answer = self.client().put(&self.pull_path(number)).body(fields).send()?;
        self.pull_in(&answer)
    }

    /// One page of open merge requests, to see whether they can be read.
    pub(super) fn look_at_list(&self) -> http::Result<()> {
        self.list("opened").send().map(drop)
    }
}
