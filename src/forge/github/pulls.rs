//! Opening, updating and closing pull requests.

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::{Value, json};

use super::api::{Pull, Reference, commit_id};
use super::{GitHub, segments};
use crate::forge::kept_comment::Comments;
use crate::forge::text::unix;
use crate::forge::{NewPullRequest, PullRequest};
use crate::http::{Fault, Paging};
use crate::vocabulary::Diagnostic;

/// How often a push is looked for that GitHub should have seen: about eight seconds.
const LATEST: u32 = 4;

impl GitHub {
    pub(super) fn open_pull(&self, new: &NewPullRequest) -> Result<PullRequest> {
        if let Some(open) = self.newest(&new.head, &new.base, "open")? {
            return self.adopt(open.number, new);
        }
        let fault = match self.create(new) {
            Ok(pull) => {
                self.warn_of_silence(&pull);
                return self.complete(pull, new);
            }
            Err(fault) => fault,
        };
        // Refused because another was faster, or the answer was lost on the way.
        if fault.status == Some(422) || fault.is_in_doubt() {
            for turn in 0..3 {
                if let Some(open) = self.newest(&new.head, &new.base, "open")? {
                    return self.adopt(open.number, new);
                }
                if !says_exists(&fault) {
                    break;
                }
                self.client.pause(turn);
            }
        }
        Err(fault).with_context(|| format!("cannot open a pull request from {} into {}", new.head, new.base))
    }

    pub(super) fn close_pull(&self, number: u64, why: &str) -> Result<()> {
        let pull = self.pull(number)?;
        if !pull.is_open() {
            return ended(&pull);
        }
        let cannot = || format!("cannot close {}", self.name(number));
        self.add_comment(number, why).with_context(cannot)?;
        match self.change(number, json!({"state": "closed"})) {
            Ok(_) => Ok(()),
            // It may have been merged in between.
            Err(fault) => match self.pull(number) {
                Ok(pull) if !pull.is_open() => ended(&pull),
                _ => Err(fault).with_context(cannot),
            },
        }
    }

    /// The newest pull request of two branches that is in this state.
    pub(super) fn newest(&self, head: &str, base: &str, state: &str) -> Result<Option<Pull>> {
        self.first_of(head, base, state).map(|(newest, _)| newest)
    }

    /// The newest, and whether there are older ones. The list has also those from forks that belong
    /// to the same owner.
    pub(super) fn first_of(&self, head: &str, base: &str, state: &str) -> Result<(Option<Pull>, bool)> {
        let request = self.client.get(&self.path("pulls")).query("state", state);
        let request = request.query("head", &format!("{}:{head}", self.owner)).query("base", base);
        let newest_first = request.query("sort", "created").query("direction", "desc").query("per_page", "1");
        for page in newest_first.pages(Paging::Link) {
            let cannot = || format!("cannot look for a pull request from {head} into {base}");
            let page = page.with_context(cannot)?;
            let has_older = page.header("link").is_some();
            if let Some(own) = page.json::<Vec<Pull>>().with_context(cannot)?.into_iter().find(Pull::is_own) {
                return Ok((Some(own), has_older));
            }
        }
        Ok((None, false))
    }

    pub(super) fn write_over(&self, pull: Pull, title: &str, body: &str) -> Result<Pull> {
        if says(&pull, title, body) {
            return Ok(pull);
        }
        let changed = self.change(pull.number, json!({"title": title, "body": body}));
        changed.with_context(|| format!("cannot update {}", self.name(pull.number)))
    }

    /// The pull request, after it has seen that its branch is at `head`, if it is: GitHub takes a
    /// moment from the push until then.
    pub(super) fn pull_at(&self, number: u64, head: Oid) -> Result<Pull> {
        let mut turn = 0;
        loop {
            let pull = self.pull(number)?;
            let late = pull.is_open() && pull.head_commit()? != head && self.tip(pull.head())? == Some(head);
            if !late || turn == LATEST {
                return Ok(pull);
            }
            self.client.pause(turn);
            turn += 1;
        }
    }

    /// The commit that a branch is at, if there is such a branch.
    fn tip(&self, branch: &str) -> Result<Option<Oid>> {
        let found = self.client.get(&self.path(&format!("git/ref/heads/{}", segments(branch)))).find();
        let Some(found) = found.with_context(|| format!("cannot read the branch {branch}"))? else {
            return Ok(None);
        };
        let reference: Reference = found.json()?;
        commit_id(&reference.object.sha).map(Some)
    }

    fn create(&self, new: &NewPullRequest) -> std::result::Result<Pull, Fault> {
        let NewPullRequest { head, base, title, body, .. } = new;
        let body = json!({"title": title, "head": head, "base": base, "body": body});
        // A second one for the same branches is refused, so a repeat does no harm.
        self.client.post(&self.path("pulls")).body(body).repeatable().send()?.json()
    }

    /// Changes title, body or state; to do it twice changes nothing.
    fn change(&self, number: u64, fields: Value) -> std::result::Result<Pull, Fault> {
        self.client.patch(&self.pull_path(number)).body(fields).repeatable().send()?.json()
    }

    /// Gives the open one the new text, unless the head branch is not what that is about any more.
    fn adopt(&self, number: u64, new: &NewPullRequest) -> Result<PullRequest> {
        let pull = self.pull_at(number, new.head_commit)?;
        let head = new.head_commit;
        if pull.head_commit()? != head && self.tip(pull.head())? != Some(head) {
            return pull.view();
        }
        // What GitHub was to merge is not what is proposed now.
        if pull.auto_merge.is_some() && !says(&pull, &new.title, &new.body) {
            self.stop_auto_merge(&pull)?;
        }
        let pull = self.write_over(pull, &new.title, &new.body)?;
        self.complete(pull, new)
    }

    /// Asks for what is missing of labels and reviewers.
    fn complete(&self, pull: Pull, new: &NewPullRequest) -> Result<PullRequest> {
        self.add_labels(&pull, &new.labels)?;
        self.request_reviews(&pull, &new.reviewers)?;
        pull.view()
    }

    /// GitHub starts no workflows for what a workflow's own token does.
    fn warn_of_silence(&self, pull: &Pull) {
        if pull.is_by("github-actions[bot]") {
            self.client.notify(&format!(
                "no workflows run for {}, because it was opened with a workflow's own token: \
                 use a GitHub App's, or a person's",
                self.name(pull.number)
            ));
        }
    }
}

/// Closing what is closed is done already; what is merged cannot be closed.
fn ended(pull: &Pull) -> Result<()> {
    match pull.is_merged() {
        true => Err(Diagnostic::new(format!("pull request #{} is merged already", pull.number)).into()),
        false => Ok(()),
    }
}

/// Whether GitHub refused because of another one, by the code that it gives for that. It may take
/// a moment until that one is found.
fn says_exists(fault: &Fault) -> bool {
    let errors = fault.body()["errors"].as_array();
    errors.into_iter().flatten().any(|error| error["code"] == "custom" && error["field"].is_null())
        || fault.is_in_doubt()
}

/// Whether the pull request has this text already.
fn says(pull: &Pull, title: &str, body: &str) -> bool {
    pull.title == title && unix(pull.body.as_deref().unwrap_or_default()) == unix(body)
}
