//! Finding, opening, updating and closing pull requests.

use std::collections::HashMap;

use anyhow::{Context, Result};
use git2::Oid;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::client::GitHub;
use crate::forge::github_style::{GithubStyle, Reference, WirePull, branch_path, change_pull, create_pull};
use crate::forge::protocol::{Api, Pull, Pulls, readable};
use crate::forge::text::commit_id;
use crate::forge::{NewPullRequest, PullRequest};
use crate::http::{self, Fault, Kind, Paging, Request};

impl Pulls for GitHub {
    type Wire = WirePull;

    fn view(&self, wire: &WirePull) -> Result<PullRequest> {
        wire.view()
    }

    fn pull_path(&self, number: u64) -> String {
        self.path(&format!("pulls/{number}"))
    }

    fn search_pull(&self, head: &str, base: &str) -> Result<Option<Pull<WirePull>>> {
        let (newest, has_older) = self.first_of(head, base, "all")?;
        let open = match &newest {
            Some(newest) if newest.is_open() => Some(newest.number),
            // An older one may have been opened again.
            _ if has_older => self.open_numbers(head, base)?.first().copied(),
            _ => None,
        };
        match open {
            // Lists do not tell whether it can be merged.
            Some(number) => self.read_pull(number).map(Some),
            None => newest.map(|wire| self.known(wire)).transpose(),
        }
    }

    fn open_numbers(&self, head: &str, base: &str) -> Result<Vec<u64>> {
        let (open, _) = self.first_of(head, base, "open")?;
        Ok(open.into_iter().map(|open| open.number).collect())
    }

    fn read_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let mut request = self.client().get(&self.path("pulls")).query("state", "all");
        if let Some(head) = head {
            request = request.query("head", &format!("{}:{head}", self.owner));
        }
        let request = request.query("sort", "created").query("direction", "desc");
        let pulls = readable(self, self.all(request)?).into_iter();
        Ok(pulls.filter(|pull| pull.wire.is_own()).map(|pull| pull.request).collect())
    }

    fn branch_tip(&self, branch: &str) -> Result<Option<Oid>> {
        let found =
            self.client().get(&self.path(&format!("git/ref/heads/{}", branch_path(branch)))).send_optional();
        let Some(found) = found.with_context(|| format!("cannot read the branch {branch}"))? else {
            return Ok(None);
        };
        let reference: Reference = found.json()?;
        commit_id(&reference.object.sha).map(Some)
    }

    fn create_pull(&self, new: &NewPullRequest) -> Result<http::Result<Pull<WirePull>>> {
        Ok(create_pull(self, new))
    }

    fn complete(&self, pull: Pull<WirePull>, new: &NewPullRequest) -> Result<Pull<WirePull>> {
        self.add_missing(&pull.wire, new)?;
        Ok(pull)
    }

    fn after_creation(&self, pull: Pull<WirePull>, new: &NewPullRequest) -> Result<Pull<WirePull>> {
        // GitHub starts no workflows for what a workflow's own token does.
        if pull.wire.is_by("github-actions[bot]") {
            self.client().notify(&format!(
                "no workflows run for {}, because it was opened with a workflow's own token: \
                 use the token of a GitHub App or a user",
                self.name(pull.number)
            ));
        }
        self.complete(pull, new)
    }

    /// GitHub has a code for being refused because of another one, which may take a moment to be
    /// found.
    fn looks_for_another(&self, refusal: &Fault) -> u32 {
        let errors = refusal.body()["errors"].as_array();
        let mut errors = errors.into_iter().flatten();
        match refusal.status {
            _ if errors.any(|error| error["code"] == "custom" && error["field"].is_null()) => 3,
            Some(422) => 1,
            _ => 0,
        }
    }

    fn write_text(&self, pull: &Pull<WirePull>, title: &str, body: &str) -> http::Result<Pull<WirePull>> {
        change_pull(self, pull.number, json!({"title": title, "body": body}))
    }

    fn write_closed(&self, number: u64) -> http::Result<()> {
        change_pull(self, number, json!({"state": "closed"})).map(drop)
    }

    fn merge_commits(&self, numbers: &[u64]) -> Result<HashMap<u64, Oid>> {
        match self.queried_merge_commits(numbers) {
            // Who may not ask, or cannot, does not know.
            Err(fault) if matches!(fault.kind, Kind::Forbidden | Kind::NotFound | Kind::Refused) => {
                Ok(HashMap::new())
            }
            found => Ok(found?),
        }
    }

    fn cancel_auto_merge(&self, pull: &Pull<WirePull>) -> Result<()> {
        match pull.wire.auto_merge {
            Some(_) => self.stop_auto_merge(pull),
            None => Ok(()),
        }
    }
}

impl GitHub {
    /// The newest pull request of two branches that is in this state, and whether there are older
    /// ones. The list has also those from forks that belong to the same owner.
    fn first_of(&self, head: &str, base: &str, state: &str) -> http::Result<(Option<WirePull>, bool)> {
        let request = self.client().get(&self.path("pulls")).query("state", state);
        let request = request.query("head", &format!("{}:{head}", self.owner)).query("base", base);
        let newest_first = request.query("sort", "created").query("direction", "desc").query("per_page", "1");
        for page in newest_first.pages(Paging::Link) {
            let page = page?;
            let has_older = page.header("link").is_some();
            if let Some(own) = page.json::<Vec<WirePull>>()?.into_iter().find(WirePull::is_own) {
                return Ok((Some(own), has_older));
            }
        }
        Ok((None, false))
    }
}

impl GithubStyle for GitHub {
    fn all<T: DeserializeOwned>(&self, request: Request<'_>) -> http::Result<Vec<T>> {
        request.query("per_page", self.row().page_size).all(Paging::Link)
    }
}
