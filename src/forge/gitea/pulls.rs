//! Finding, opening, updating and closing pull requests. Lists cannot be asked for a head branch.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::client::Gitea;
use crate::forge::github_style::{GithubStyle, WirePull, branch_path, change_pull, create_pull};
use crate::forge::protocol::{Api, Pull, Pulls, readable};
use crate::forge::{NewPullRequest, PullRequest, PullState};
use crate::http::{self, Paging, Request, segment};

impl Pulls for Gitea {
    type Wire = WirePull;

    const MAY_OPEN_TWO: bool = true;

    const LISTS_BY_HEAD: bool = false;

    const NOTES_MERGES_LATE: bool = true;

    /// As servers have them where nobody changed `WORK_IN_PROGRESS_PREFIXES`.
    const DRAFT_MARKS: &[&str] = &["WIP:", "[WIP]"];

    /// The server says that it cannot merge also as long as it has not tried.
    fn view(&self, wire: &WirePull) -> Result<PullRequest> {
        let view = wire.view()?;
        Ok(PullRequest { mergeable: view.mergeable.filter(|yes| *yes), ..view })
    }

    /// Where other marks are set up at the server than those above.
    fn holds_title(&self, pull: &Pull<WirePull>) -> bool {
        pull.wire.draft
    }

    fn pull_path(&self, number: u64) -> String {
        self.path(&format!("pulls/{number}"))
    }

    fn search_pull(&self, head: &str, base: &str) -> Result<Option<Pull<WirePull>>> {
        let any = self.any(head, base)?;
        if let Some(Some(open)) = any.as_ref().filter(|any| any.as_ref().is_some_and(WirePull::is_open)) {
            return self.known(open.clone()).map(Some);
        }
        // Also tells a repository that cannot be seen from one without such a pull request.
        let open = self.open_ones(head, base).map_err(|fault| self.explained(fault))?;
        let found = match open.into_iter().next() {
            None if any.is_none_or(|any| any.is_some()) => self.newest_ended(head, base)?,
            open => open,
        };
        found.map(|wire| self.known(wire)).transpose()
    }

    fn open_numbers(&self, head: &str, base: &str) -> Result<Vec<u64>> {
        Ok(self.open_ones(head, base)?.into_iter().map(|pull| pull.number).collect())
    }

    fn read_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let all = self.all(self.list("all")).map_err(|fault| self.explained(fault))?;
        let mut pulls = readable(self, all);
        pulls.retain(|pull| pull.wire.is_own() && head.is_none_or(|head| pull.wire.head() == head));
        let mut heads = match pulls.iter().any(|pull| pull.wire.is_merged()) {
            true => self.heads()?,
            false => HashMap::new(),
        };
        let with_head = |pull: Pull<WirePull>| {
            let merged = heads.remove(&pull.number).filter(|_| pull.wire.is_merged());
            PullRequest { head_commit: merged.unwrap_or(pull.head_commit), ..pull.request }
        };
        Ok(pulls.into_iter().map(with_head).collect())
    }

    fn has_commits(&self, head: &str, base: &str) -> Result<bool> {
        let commits = self.client().get(&self.path("commits")).query("sha", head).query("not", base);
        let lean = ["stat", "verification", "files"];
        let commits = lean.into_iter().fold(commits, |request, part| request.query(part, "false"));
        let answer = commits.query("limit", "1").send();
        let answer = answer.with_context(|| format!("cannot compare the branches {head} and {base}"))?;
        Ok(!answer.items().is_empty())
    }

    fn create_pull(&self, new: &NewPullRequest) -> Result<http::Result<Pull<WirePull>>> {
        Ok(create_pull(self, new))
    }

    fn complete(&self, pull: Pull<WirePull>, new: &NewPullRequest) -> Result<Pull<WirePull>> {
        self.add_missing(&pull.wire, new)?;
        Ok(pull)
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
        let mut pulls: Vec<WirePull> = self.all(self.list("open"))?;
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
        let found = self.client().get(&path).send_optional()?;
        found.map(|answer| answer.json()).transpose().map(Some)
    }

    /// The newest of two branches that has ended. The list begins with the newest.
    fn newest_ended(&self, head: &str, base: &str) -> http::Result<Option<WirePull>> {
        let closed = self.list("closed").query("limit", self.row().page_size);
        for page in closed.pages(Paging::Counted) {
            let pulls: Vec<WirePull> = page?.json()?;
            let ours = pulls.into_iter().filter(|pull| pull.is_of(head, base));
            if let Some(newest) = ours.max_by_key(|pull| pull.number) {
                return Ok(Some(newest));
            }
        }
        Ok(None)
    }

    fn list(&self, state: &str) -> Request<'_> {
        self.client().get(&self.path("pulls")).query("state", state)
    }
}

impl GithubStyle for Gitea {
    /// Of everything but the timeline, the server counts the list.
    fn all<T: DeserializeOwned>(&self, request: Request<'_>) -> http::Result<Vec<T>> {
        request.query("limit", self.row().page_size).all(Paging::Counted)
    }
}
