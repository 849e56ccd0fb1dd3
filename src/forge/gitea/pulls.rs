//! Opening, updating and closing pull requests.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Gitea;
use super::api::Pull;
use crate::forge::kept_comment::Comments;
use crate::forge::text::unix;
use crate::forge::{NewPullRequest, PullRequest};
use crate::http::Fault;
use crate::vocabulary::Diagnostic;

impl Gitea {
    pub(super) fn open_pull(&self, new: &NewPullRequest) -> Result<PullRequest> {
        if let Some(open) = self.only_one(new)? {
            return self.adopt(open.number, new);
        }
        let cannot = || format!("cannot open a pull request from {} into {}", new.head, new.base);
        self.check_ahead(&new.head, &new.base).with_context(cannot)?;
        let fault = match self.create(new) {
            Ok(pull) => match self.only_one(new)? {
                Some(first) if first.number != pull.number => return self.adopt(first.number, new),
                _ => return self.complete(pull, new),
            },
            Err(fault) => fault,
        };
        // Refused because another was faster, or the answer was lost on the way.
        if fault.status == Some(409) || fault.is_in_doubt() {
            for turn in 0..3 {
                if let Some(open) = self.only_one(new)? {
                    return self.adopt(open.number, new);
                }
                self.client.pause(turn);
            }
        }
        Err(fault).with_context(cannot)
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

    /// Refuses a head that has nothing to merge, for which the server would open one.
    fn check_ahead(&self, head: &str, base: &str) -> Result<()> {
        let commits = self.client.get(&self.path("commits")).query("sha", head).query("not", base);
        let lean = ["stat", "verification", "files"];
        let commits = lean.into_iter().fold(commits, |request, part| request.query(part, "false"));
        let answer = commits.query("limit", "1").send();
        let answer = answer.with_context(|| format!("cannot compare the branches {head} and {base}"))?;
        match answer.items().is_empty() {
            true => Err(Diagnostic::new(format!("{head} has no commit that {base} has not")).into()),
            false => Ok(()),
        }
    }

    fn create(&self, new: &NewPullRequest) -> std::result::Result<Pull, Fault> {
        let NewPullRequest { head, base, title, body, .. } = new;
        let body = json!({"title": title, "head": head, "base": base, "body": body});
        // A second one for the same branches is refused, so a repeat does no harm.
        self.client.post(&self.path("pulls")).body(body).repeatable().send()?.json()
    }

    /// The open pull request of these branches; closes what stands beside it.
    fn only_one(&self, new: &NewPullRequest) -> Result<Option<Pull>> {
        let mut open = self.open_ones(&new.head, &new.base)?.into_iter();
        let first = open.next();
        for (first, other) in first.iter().zip(open) {
            let why = format!("#{} is open for the same branches", first.number);
            self.close_pull(other.number, &why)?;
        }
        Ok(first)
    }

    /// Changes title, body or state; to do it twice changes nothing.
    fn change(&self, number: u64, fields: Value) -> std::result::Result<Pull, Fault> {
        self.client.patch(&self.pull_path(number)).body(fields).repeatable().send()?.json()
    }

    /// Gives the open one the new text, unless the head branch is not what that is about any more.
    fn adopt(&self, number: u64, new: &NewPullRequest) -> Result<PullRequest> {
        let pull = self.pull(number)?;
        if pull.head_commit()? != new.head_commit {
            return self.view(pull);
        }
        // What the server was to merge is not what is proposed now.
        if !says(&pull, &new.title, &new.body) {
            self.cancel_scheduled(number)?;
        }
        let pull = self.write_over(pull, &new.title, &new.body)?;
        self.complete(pull, new)
    }

    /// Asks for what is missing of labels and reviewers.
    fn complete(&self, pull: Pull, new: &NewPullRequest) -> Result<PullRequest> {
        self.add_labels(&pull, &new.labels)?;
        self.request_reviews(&pull, &new.reviewers)?;
        let head = pull.head_commit()?;
        pull.view(head)
    }

    pub(super) fn write_over(&self, pull: Pull, title: &str, body: &str) -> Result<Pull> {
        if says(&pull, title, body) {
            return Ok(pull);
        }
        let changed = self.change(pull.number, json!({"title": title, "body": body}));
        changed.with_context(|| format!("cannot update {}", self.name(pull.number)))
    }
}

/// Closing what is closed is done already; what is merged cannot be closed.
fn ended(pull: &Pull) -> Result<()> {
    match pull.merged {
        true => Err(Diagnostic::new(format!("pull request #{} is merged already", pull.number)).into()),
        false => Ok(()),
    }
}

/// Whether the pull request has this text already.
fn says(pull: &Pull, title: &str, body: &str) -> bool {
    pull.title == title && unix(pull.body.as_deref().unwrap_or_default()) == unix(body)
}
