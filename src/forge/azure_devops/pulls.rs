//! Finding, opening, updating and abandoning pull requests.

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::{Value, json};

use super::api::{Comparison, List, Reference};
use super::client::AzureDevOps;
use super::location::Location;
use super::pull::{NOBODY, WirePull};
use crate::forge::protocol::{Api, Pull, Pulls, readable};
use crate::forge::text::commit_id;
use crate::forge::{NewPullRequest, PullRequest};
use crate::http::{self, Fault, Paging, segment};

impl Pulls for AzureDevOps {
    type Wire = WirePull;

    fn view(&self, wire: &WirePull) -> Result<PullRequest> {
        let Location { collection, project, repository, .. } = &self.location;
        wire.view(&format!("{collection}/{}/_git/{}", segment(project), segment(repository)))
    }

    fn pull_path(&self, number: u64) -> String {
        self.path(&format!("pullrequests/{number}"))
    }

    /// With the tip of its branch while it is active.
    fn read_pull(&self, number: u64) -> Result<Pull<WirePull>> {
        let mut wire = self.seen(number)?;
        if wire.is_active() {
            wire.tip = self.tip(wire.head())?;
        }
        self.known(wire)
    }

    fn search_pull(&self, head: &str, base: &str) -> Result<Option<Pull<WirePull>>> {
        let found = match self.newest(head, base, "active")? {
            Some(active) => Some(active),
            None => self.newest(head, base, "all")?,
        };
        found.map(|number| self.read_pull(number)).transpose()
    }

    fn open_numbers(&self, head: &str, base: &str) -> Result<Vec<u64>> {
        Ok(self.newest(head, base, "active")?.into_iter().collect())
    }

    fn read_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let request = self.get("pullrequests").query("searchCriteria.status", "all");
        let mut request = request.query("$top", self.row().page_size);
        if let Some(head) = head {
            request = request.query("searchCriteria.sourceRefName", &format!("refs/heads/{head}"));
        }
        let pulls = readable(self, request.all(Paging::Skip("$skip"))?).into_iter();
        Ok(pulls.filter(|pull| pull.wire.is_own()).map(|pull| pull.request).collect())
    }

    fn has_commits(&self, head: &str, base: &str) -> Result<bool> {
        Ok(!self.compare(head, base)?.is_contained())
    }

    fn create_pull(&self, new: &NewPullRequest) -> Result<http::Result<Pull<WirePull>>> {
        let reviewers = new.reviewers.iter().map(|name| Ok(json!({"id": self.identity(name)?})));
        let fields = json!({
            "sourceRefName": format!("refs/heads/{}", new.head),
            "targetRefName": format!("refs/heads/{}", new.base),
            "title": new.title,
            "description": new.body,
            "labels": new.labels.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
            "reviewers": reviewers.collect::<Result<Vec<_>>>()?,
        });
        // A second one for the same branches is refused, so a repeat does no harm.
        let answer = self.post("pullrequests").body(fields).repeatable().send();
        Ok(answer.and_then(|answer| self.pull_in(&answer)))
    }

    fn complete(&self, pull: Pull<WirePull>, new: &NewPullRequest) -> Result<Pull<WirePull>> {
        self.add_labels(&pull.wire, &new.labels)?;
        self.request_reviews(&pull.wire, &new.reviewers)?;
        Ok(pull)
    }

    /// It was opened with its labels and reviewers, but may not have seen its branch yet.
    fn after_creation(&self, pull: Pull<WirePull>, _: &NewPullRequest) -> Result<Pull<WirePull>> {
        self.read_pull(pull.number)
    }

    fn looks_for_another(&self, refusal: &Fault) -> u32 {
        if refusal.body()["typeKey"] == "GitPullRequestExistsException" { 3 } else { 0 }
    }

    fn write_text(&self, pull: &Pull<WirePull>, title: &str, body: &str) -> http::Result<Pull<WirePull>> {
        let mut fields = json!({"title": title, "description": body});
        // Auto-complete was set for what the text said before, with a message about that.
        if self.is_ours(&pull.wire)? {
            fields["autoCompleteSetBy"] = json!({"id": NOBODY});
            let name = self.name(pull.number);
            self.client()
                .notify(&format!("turned off auto-complete of {name}: it was set for an older release"));
        }
        let changed = self.change(pull.number, fields)?;
        Ok(Pull { request: PullRequest { head_commit: pull.head_commit, ..changed.request }, ..changed })
    }

    /// Whoever set it: nobody meant what is on the branch now.
    fn cancel_any_merge(&self, pull: &Pull<WirePull>) -> Result<()> {
        if !pull.wire.merges_itself() {
            return Ok(());
        }
        let off = json!({"autoCompleteSetBy": {"id": NOBODY}});
        let cancelled = self.change(pull.number, off);
        cancelled
            .map(drop)
            .with_context(|| format!("cannot turn off auto-complete of {}", self.name(pull.number)))
    }

    fn write_closed(&self, number: u64) -> http::Result<()> {
        self.change(number, json!({"status": "abandoned"})).map(drop)
    }
}

impl AzureDevOps {
    /// The pull request as Azure DevOps sees it.
    pub(super) fn seen(&self, number: u64) -> Result<WirePull> {
        let answer = self.versioned(self.client().get(&self.pull_path(number))).send();
        let pull = answer.and_then(|answer| answer.json());
        pull.with_context(|| format!("cannot read {}", self.name(number)))
    }

    /// The commit that a branch is at, if there is such a branch.
    fn tip(&self, branch: &str) -> Result<Option<Oid>> {
        let request = self.get("refs").query("filter", &format!("heads/{branch}"));
        let found = request.all(Paging::Continuation);
        // The filter is only how names begin.
        let found: Vec<Reference> = found.with_context(|| format!("cannot read the branch {branch}"))?;
        let name = format!("refs/heads/{branch}");
        let found = found.iter().find(|reference| reference.name == name);
        found.map(|reference| commit_id(&reference.object_id)).transpose()
    }

    /// How the branch `head` stands to `base`; both must be there.
    pub(super) fn compare(&self, head: &str, base: &str) -> Result<Comparison> {
        let request = self.get("diffs/commits").query("baseVersion", base).query("baseVersionType", "branch");
        let request = request.query("targetVersion", head).query("targetVersionType", "branch");
        let answer = request.query("$top", "1").send().and_then(|answer| answer.json());
        answer.with_context(|| format!("cannot compare {head} with {base}"))
    }

    /// The newest pull request of two branches that is in this state.
    fn newest(&self, head: &str, base: &str, state: &str) -> http::Result<Option<u64>> {
        let request = self.get("pullrequests").query("searchCriteria.status", state);
        let request = request.query("searchCriteria.sourceRefName", &format!("refs/heads/{head}"));
        let request = request.query("searchCriteria.targetRefName", &format!("refs/heads/{base}"));
        for page in request.query("$top", "1").pages(Paging::Skip("$skip")) {
            let found: List<WirePull> = page?.json()?;
            if let Some(own) = found.value.iter().find(|pull| pull.is_own()) {
                return Ok(Some(own.number));
            }
        }
        Ok(None)
    }

    /// Changes title, description, status or auto-complete; to do it twice changes nothing.
    pub(super) fn change(&self, number: u64, fields: Value) -> http::Result<Pull<WirePull>> {
        let request = self.versioned(self.client().patch(&self.pull_path(number)));
        self.pull_in(&request.body(fields).repeatable().send()?)
    }
}
