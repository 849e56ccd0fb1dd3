//! Pull requests: found, opened once, kept up to date, abandoned.

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::{Value, json};

use super::AzureDevOps;
use super::api::{Comparison, List, Reference, commit_id};
use super::pull::{NOBODY, Pull};
use crate::forge::kept_comment::Comments;
use crate::forge::text::unix;
use crate::forge::{Forge, NewPullRequest, PullRequest};
use crate::http::{Fault, Paging};
use crate::vocabulary::Diagnostic;

impl AzureDevOps {
    /// The pull request as Azure DevOps sees it.
    pub(super) fn seen(&self, number: u64) -> Result<Pull> {
        let answer = self.get(&format!("pullrequests/{number}")).send();
        let pull = answer.and_then(|answer| answer.json());
        pull.with_context(|| format!("cannot read {}", self.name(number)))
    }

    /// The pull request, with the tip of its branch while it is active.
    pub(super) fn pull(&self, number: u64) -> Result<Pull> {
        let mut pull = self.seen(number)?;
        if pull.is_active() {
            pull.tip = self.tip(pull.head())?;
        }
        Ok(pull)
    }

    /// The commit that a branch is at, if there is such a branch.
    pub(super) fn tip(&self, branch: &str) -> Result<Option<Oid>> {
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
    pub(super) fn newest(&self, head: &str, base: &str, state: &str) -> Result<Option<u64>> {
        let request = self.get("pullrequests").query("searchCriteria.status", state);
        let request = request.query("searchCriteria.sourceRefName", &format!("refs/heads/{head}"));
        let request = request.query("searchCriteria.targetRefName", &format!("refs/heads/{base}"));
        let cannot = || format!("cannot look for a pull request from {head} into {base}");
        for page in request.query("$top", "1").pages(Paging::Skip("$skip")) {
            let found: List<Pull> = page.and_then(|page| page.json()).with_context(cannot)?;
            if let Some(own) = found.value.iter().find(|pull| pull.is_own()) {
                return Ok(Some(own.number));
            }
        }
        Ok(None)
    }

    fn create(&self, new: &NewPullRequest) -> Result<std::result::Result<Pull, Fault>> {
        if self.compare(&new.head, &new.base)?.is_contained() {
            let message = format!("{} has no commit that {} has not", new.head, new.base);
            return Err(Diagnostic::new(message).into());
        }
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
        let sent = self.post("pullrequests").body(fields).repeatable().send();
        Ok(sent.and_then(|answer| answer.json()))
    }

    /// Changes title, description, status or auto-complete; to do it twice changes nothing.
    pub(super) fn change(&self, number: u64, fields: Value) -> std::result::Result<Pull, Fault> {
        let path = self.path(&format!("pullrequests/{number}"));
        self.versioned(self.client.patch(&path)).body(fields).repeatable().send()?.json()
    }

    /// Gives the active one the new text, unless the head branch is not what that is about any more.
    fn adopt(&self, number: u64, new: &NewPullRequest) -> Result<PullRequest> {
        let pull = self.pull(number)?;
        if pull.head_commit()? == new.head_commit {
            self.write_over(&pull, &new.title, &new.body)?;
            self.add_labels(&pull, &new.labels)?;
            self.request_reviews(&pull, &new.reviewers)?;
        }
        Forge::get(self, number)
    }

    pub(super) fn write_over(&self, pull: &Pull, title: &str, body: &str) -> Result<()> {
        if pull.title == title && unix(&pull.description) == unix(body) {
            return Ok(());
        }
        let mut fields = json!({"title": title, "description": body});
        // Auto-complete was set for what the text said before, with a message about that.
        if pull.merges_itself_for_creator() {
            fields["autoCompleteSetBy"] = json!({"id": NOBODY});
            let name = self.name(pull.number);
            self.client.notify(&format!("auto-complete of {name} is turned off: it was for another text"));
        }
        self.change(pull.number, fields)
            .with_context(|| format!("cannot update {}", self.name(pull.number)))?;
        Ok(())
    }

    /// Opens it, or adopts the active one.
    pub(super) fn open_pull(&self, new: &NewPullRequest) -> Result<PullRequest> {
        let cannot = || format!("cannot open a pull request from {} into {}", new.head, new.base);
        if let Some(active) = self.newest(&new.head, &new.base, "active")? {
            return self.adopt(active, new);
        }
        let fault = match self.create(new).with_context(cannot)? {
            Ok(pull) => return Forge::get(self, pull.number),
            Err(fault) => fault,
        };
        // Refused because another was faster, or the answer was lost on the way.
        if says_exists(&fault) || fault.is_in_doubt() {
            for turn in 0..3 {
                if let Some(active) = self.newest(&new.head, &new.base, "active")? {
                    return self.adopt(active, new);
                }
                self.client.pause(turn);
            }
        }
        Err(fault).with_context(cannot)
    }

    pub(super) fn close_pull(&self, number: u64, why: &str) -> Result<()> {
        let pull = self.pull(number)?;
        if !pull.is_active() {
            return ended(&pull);
        }
        let cannot = || format!("cannot close {}", self.name(number));
        self.add_comment(number, why).with_context(cannot)?;
        match self.change(number, json!({"status": "abandoned"})) {
            Ok(_) => Ok(()),
            // It may have been completed in between.
            Err(fault) => match self.pull(number) {
                Ok(pull) if !pull.is_active() => ended(&pull),
                _ => Err(fault).with_context(cannot),
            },
        }
    }
}

/// Closing what is abandoned is done already; what is completed cannot be closed.
fn ended(pull: &Pull) -> Result<()> {
    match pull.is_completed() {
        true => Err(Diagnostic::new(format!("pull request #{} is merged already", pull.number)).into()),
        false => Ok(()),
    }
}

fn says_exists(fault: &Fault) -> bool {
    fault.body()["typeKey"] == "GitPullRequestExistsException"
}
