//! Finding, opening, updating and closing pull requests. Lists cannot be asked for a head branch.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde_json::json;

use super::Gitea;
use super::api::WirePull;
use crate::forge::protocol::github_style::{GithubStyle, branch_path, change_pull};
use crate::forge::protocol::{Api, Pull, Pulls};
use crate::forge::{NewPullRequest, PullRequest, PullState};
use crate::http::{self, Fault, Paging, Request, segment};

impl Pulls for Gitea {
    type Wire = WirePull;

    const MAY_OPEN_TWO: bool = true;

    fn view(&self, wire: &WirePull) -> Result<PullRequest> {
        wire.view()
    }

    fn read_pull(&self, number: u64) -> Result<Pull<WirePull>> {
        let answer = self.client.get(&self.pull_path(number)).send();
        let pull = answer.and_then(|answer| self.pull_in(&answer));
        pull.with_context(|| format!("cannot read {}", self.name(number)))
    }

    fn search_pull(&self, head: &str, base: &str) -> Result<Option<Pull<WirePull>>> {
        let any = self.any(head, base)?;
        if let Some(Some(open)) = any.as_ref().filter(|any| any.as_ref().is_some_and(WirePull::is_open)) {
            return self.known(open.clone()).map(Some);
        }
        // Also tells a repository that cannot be seen from one without such a pull request.
        let found = match self.open_ones(head, base)?.into_iter().next() {
            None if any.is_none_or(|any| any.is_some()) => self.newest_ended(head, base)?,
            open => open,
        };
        found.map(|wire| self.known(wire)).transpose()
    }

    fn open_numbers(&self, head: &str, base: &str) -> Result<Vec<u64>> {
        Ok(self.open_ones(head, base)?.into_iter().map(|pull| pull.number).collect())
    }

    fn read_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let mut pulls: Vec<WirePull> = self.list("all").all(Paging::PageNumber)?;
        pulls.retain(|pull| pull.is_own() && head.is_none_or(|head| pull.head.label == head));
        let mut heads = match pulls.iter().any(|pull| pull.merged) {
            true => self.heads()?,
            false => HashMap::new(),
        };
        let view = |pull: &WirePull| {
            let view = pull.view()?;
            let merged = heads.remove(&pull.number).filter(|_| pull.merged);
            Ok(PullRequest { head_commit: merged.unwrap_or(view.head_commit), ..view })
        };
        pulls.iter().map(view).collect()
    }

    fn has_commits(&self, head: &str, base: &str) -> Result<bool> {
        let commits = self.client.get(&self.path("commits")).query("sha", head).query("not", base);
        let lean = ["stat", "verification", "files"];
        let commits = lean.into_iter().fold(commits, |request, part| request.query(part, "false"));
        let answer = commits.query("limit", "1").send();
        let answer = answer.with_context(|| format!("cannot compare the branches {head} and {base}"))?;
        Ok(!answer.items().is_empty())
    }

    fn create_pull(&self, new: &NewPullRequest) -> Result<http::Result<Pull<WirePull>>> {
        let NewPullRequest { head, base, title, body, .. } = new;
        let fields = json!({"title": title, "head": head, "base": base, "body": body});
        // A second one for the same branches is refused, so a repeat does no harm.
        let answer = self.client.post(&self.path("pulls")).body(fields).repeatable().send();
        Ok(answer.and_then(|answer| self.pull_in(&answer)))
    }

    fn complete(&self, pull: Pull<WirePull>, new: &NewPullRequest) -> Result<Pull<WirePull>> {
        self.add_missing(&pull, new)?;
        Ok(pull)
    }

    fn looks_for_another(&self, refusal: &Fault) -> u32 {
        if refusal.status == Some(409) { 3 } else { 0 }
    }

    fn write_text(&self, pull: &Pull<WirePull>, title: &str, body: &str) -> http::Result<Pull<WirePull>> {
        change_pull(self, pull.number, json!({"title": title, "body": body}))
    }

    fn write_closed(&self, number: u64) -> http::Result<()> {
        change_pull(self, number, json!({"state": "closed"})).map(drop)
    }

    fn cancel_auto_merge(&self, pull: &Pull<WirePull>) -> Result<()> {
        self.cancel_scheduled(pull.number)
    }

    fn finish(&self, pull: Pull<WirePull>) -> Result<PullRequest> {
        let pull = self.settle(pull)?;
        let merged = if pull.state == PullState::Merged { self.merged_head(pull.number)? } else { None };
        Ok(PullRequest { head_commit: merged.unwrap_or(pull.head_commit), ..pull.request })
    }
}

impl Gitea {
    /// The open pull requests of two branches, the oldest first. More than one is a rare accident.
    fn open_ones(&self, head: &str, base: &str) -> http::Result<Vec<WirePull>> {
        let mut pulls: Vec<WirePull> = self.list("open").all(Paging::PageNumber)?;
        pulls.retain(|pull| pull.is_of(head, base));
        pulls.sort_by_key(|pull| pull.number);
        pulls.dedup_by_key(|pull| pull.number);
        Ok(pulls)
    }

    /// One pull request of two branches, whatever its state: the server takes any. `None` when it
    /// cannot be asked this way, because a slash in the base ends the name.
    fn any(&self, head: &str, base: &str) -> http::Result<Option<Option<WirePull>>> {
        if base.contains('/') {
            return Ok(None);
        }
        let path = self.path(&format!("pulls/{}/{}", segment(base), branch_path(head)));
        let found = self.client.get(&path).find()?;
        found.map(|answer| answer.json()).transpose().map(Some)
    }

    /// The newest of two branches that has ended. The list begins with the newest.
    fn newest_ended(&self, head: &str, base: &str) -> http::Result<Option<WirePull>> {
        for page in self.list("closed").pages(Paging::PageNumber) {
            let pulls: Vec<WirePull> = page?.json()?;
            let ours = pulls.into_iter().filter(|pull| pull.is_of(head, base));
            if let Some(newest) = ours.max_by_key(|pull| pull.number) {
                return Ok(Some(newest));
            }
        }
        Ok(None)
    }

    fn list(&self, state: &str) -> Request<'_> {
        let request = self.client.get(&self.path("pulls")).query("state", state);
        request.query("limit", self.row().page_size)
    }
}
