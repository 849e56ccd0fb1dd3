//! Finding, opening, updating and closing merge requests.
//!
//! GitLab works out in the background what a push did to a merge request: its head, and whether it
//! can be merged. So a head that is not the expected one is looked at again when the branch itself
//! is there already.

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::{Map, Value, json};

use super::api::{Branch, Pull, User, commit_id};
use super::quick_actions::disarm;
use super::{GitLab, PAGE};
use crate::forge::NewPullRequest;
use crate::forge::kept_comment::Comments;
use crate::forge::text::unix;
use crate::http::{Fault, Paging, Request, segment};
use crate::vocabulary::Diagnostic;

/// How often a push is looked for that GitLab should have seen: about eight seconds.
const LATEST: u32 = 4;

impl GitLab {
    pub(super) fn pull(&self, number: u64) -> Result<Pull> {
        let answer = self.client.get(&self.pull_path(number)).send();
        answer.and_then(|answer| answer.json()).with_context(|| format!("cannot read {}", self.name(number)))
    }

    /// The open merge requests of two branches, the oldest first. More than one is a rare accident.
    pub(super) fn open_ones(&self, head: &str, base: &str) -> Result<Vec<Pull>> {
        let request = self.pulls("opened").query("source_branch", head).query("target_branch", base);
        sorted(request).with_context(|| format!("cannot look for a merge request from {head} into {base}"))
    }

    /// The newest merge request of two branches, whatever its state. The list begins with it.
    pub(super) fn newest(&self, head: &str, base: &str) -> Result<Option<Pull>> {
        let request = self.pulls("all").query("source_branch", head).query("target_branch", base);
        for page in request.pages(Paging::NextPage) {
            let pulls: Vec<Pull> = page?.json()?;
            if let Some(newest) = pulls.into_iter().filter(Pull::is_own).max_by_key(|pull| pull.iid) {
                return Ok(Some(newest));
            }
        }
        Ok(None)
    }

    /// All merge requests, or those from `head`, the newest first.
    pub(super) fn all_pulls(&self, head: Option<&str>) -> Result<Vec<Pull>> {
        let mut request = self.pulls("all");
        if let Some(head) = head {
            request = request.query("source_branch", head);
        }
        let mut pulls = sorted(request).context("cannot list the merge requests")?;
        pulls.reverse();
        Ok(pulls)
    }

    pub(super) fn open_pull(&self, new: &NewPullRequest) -> Result<Pull> {
        let cannot = || format!("cannot open a merge request from {} into {}", new.head, new.base);
        let reviewers = self.users(&new.reviewers).with_context(cannot)?;
        if let Some(open) = self.only_one(new)? {
            return self.adopt(open.iid, new, &reviewers);
        }
        self.check_ahead(&new.head, &new.base).with_context(cannot)?;
        let fault = match self.create(new, &reviewers) {
            Ok(pull) => match self.only_one(new)? {
                Some(first) if first.iid != pull.iid => return self.adopt(first.iid, new, &reviewers),
                _ => {
                    self.warn_of_left_out(&pull, &reviewers);
                    return Ok(pull);
                }
            },
            Err(fault) => fault,
        };
        // Refused because another was faster, or the answer was lost on the way.
        if fault.status == Some(409) || fault.is_in_doubt() {
            for turn in 0..3 {
                if let Some(open) = self.only_one(new)? {
                    return self.adopt(open.iid, new, &reviewers);
                }
                self.client.pause(turn);
            }
        }
        Err(fault).with_context(cannot)
    }

    pub(super) fn write_over(&self, pull: Pull, title: &str, body: &str) -> Result<Pull> {
        self.change(pull.iid, differences(&pull, title, body)).map(|changed| changed.unwrap_or(pull))
    }

    pub(super) fn close_pull(&self, number: u64, why: &str) -> Result<()> {
        let pull = self.pull(number)?;
        if !pull.is_open() {
            return ended(&pull);
        }
        let cannot = || format!("cannot close {}", self.name(number));
        self.add_comment(number, why).with_context(cannot)?;
        let close = Map::from_iter([("state_event".to_owned(), json!("close"))]);
        match self.change(number, close) {
            Ok(_) => Ok(()),
            // It may have been merged in between.
            Err(fault) => match self.pull(number) {
                Ok(pull) if !pull.is_open() => ended(&pull),
                _ => Err(fault),
            },
        }
    }

    /// The merge request, after it has seen that its branch is at `head`, if it is.
    pub(super) fn pull_at(&self, number: u64, head: Oid) -> Result<Pull> {
        let mut turn = 0;
        loop {
            let pull = self.pull(number)?;
            let late =
                pull.is_open() && pull.head_commit()? != head && self.tip(&pull.source_branch)? == Some(head);
            if !late || turn == LATEST {
                return Ok(pull);
            }
            self.client.pause(turn);
            turn += 1;
        }
    }

    pub(super) fn pulls(&self, state: &str) -> Request<'_> {
        let request = self.client.get(&self.path("merge_requests")).query("state", state);
        request.query("order_by", "created_at").query("sort", "desc").query("per_page", PAGE)
    }

    /// The commit that a branch is at, if there is such a branch.
    fn tip(&self, branch: &str) -> Result<Option<Oid>> {
        let path = self.path(&format!("repository/branches/{}", segment(branch)));
        let found = self.client.get(&path).find();
        let Some(found) = found.with_context(|| format!("cannot read the branch {branch}"))? else {
            return Ok(None);
        };
        let branch: Branch = found.json()?;
        commit_id(&branch.commit.id).map(Some)
    }

    /// Refuses a head that has nothing to merge, for which GitLab would open one.
    fn check_ahead(&self, head: &str, base: &str) -> Result<()> {
        for branch in [head, base] {
            if self.tip(branch)?.is_none() {
                return Err(Diagnostic::new(format!("there is no branch {branch}")).into());
            }
        }
        let commits = self.client.get(&self.path("repository/commits"));
        let answer = commits.query("ref_name", &format!("{base}..{head}")).query("per_page", "1").send();
        let answer = answer.with_context(|| format!("cannot compare the branches {head} and {base}"))?;
        match answer.items().is_empty() {
            true => Err(Diagnostic::new(format!("{head} has no commit that {base} has not")).into()),
            false => Ok(()),
        }
    }

    fn create(&self, new: &NewPullRequest, reviewers: &[User]) -> std::result::Result<Pull, Fault> {
        let mut body = json!({
            "source_branch": new.head,
            "target_branch": new.base,
            "title": new.title,
            "description": disarm(&new.body),
        });
        if !new.labels.is_empty() {
            body["labels"] = json!(new.labels.join(","));
        }
        if !reviewers.is_empty() {
            body["reviewer_ids"] = reviewers.iter().map(|user| user.id).collect();
        }
        // A second one for the same branches is refused, so a repeat does no harm.
        self.client.post(&self.path("merge_requests")).body(body).repeatable().send()?.json()
    }

    /// The open merge request of these branches; closes what stands beside it.
    fn only_one(&self, new: &NewPullRequest) -> Result<Option<Pull>> {
        let mut open = self.open_ones(&new.head, &new.base)?.into_iter();
        let first = open.next();
        for (first, other) in first.iter().zip(open) {
            self.close_pull(other.iid, &format!("!{} is open for the same branches", first.iid))?;
        }
        Ok(first)
    }

    /// Gives the open one the new text and what is missing of labels and reviewers, unless the head
    /// branch is not what these are about any more.
    fn adopt(&self, number: u64, new: &NewPullRequest, reviewers: &[User]) -> Result<Pull> {
        let pull = self.pull_at(number, new.head_commit)?;
        let head = new.head_commit;
        if pull.head_commit()? != head && self.tip(&pull.source_branch)? != Some(head) {
            return Ok(pull);
        }
        let mut fields = differences(&pull, &new.title, &new.body);
        let missing: Vec<&str> =
            new.labels.iter().map(String::as_str).filter(|label| !pull.has_label(label)).collect();
        if !missing.is_empty() {
            fields.insert("add_labels".to_owned(), json!(missing.join(",")));
        }
        if let Some(all) = with_missing(&pull.reviewers, reviewers) {
            fields.insert("reviewer_ids".to_owned(), json!(all));
        }
        let Some(changed) = self.change(number, fields)? else { return Ok(pull) };
        self.warn_of_left_out(&changed, reviewers);
        Ok(changed)
    }

    /// Changes these fields, if there are any; to do it twice changes nothing.
    fn change(&self, number: u64, fields: Map<String, Value>) -> Result<Option<Pull>> {
        if fields.is_empty() {
            return Ok(None);
        }
        let changed = self.client.put(&self.pull_path(number)).body(Value::Object(fields)).send();
        let changed = changed.and_then(|answer| answer.json());
        changed.map(Some).with_context(|| format!("cannot update {}", self.name(number)))
    }
}

/// One that is written while the pages are read moves the others to the next page.
fn sorted(request: Request<'_>) -> std::result::Result<Vec<Pull>, Fault> {
    let mut pulls: Vec<Pull> = request.all(Paging::NextPage)?;
    pulls.retain(Pull::is_own);
    pulls.sort_by_key(|pull| pull.iid);
    pulls.dedup_by_key(|pull| pull.iid);
    Ok(pulls)
}

/// The title and the text, where they are others.
fn differences(pull: &Pull, title: &str, body: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    if pull.title != title {
        fields.insert("title".to_owned(), json!(title));
    }
    let body = disarm(body);
    if normal(pull.description.as_deref().unwrap_or_default()) != normal(&body) {
        fields.insert("description".to_owned(), json!(body));
    }
    fields
}

/// All who are asked for a review, if that is more than those who are: the list is replaced.
fn with_missing(asked: &[User], wanted: &[User]) -> Option<Vec<u64>> {
    let missing = wanted.iter().filter(|user| !asked.iter().any(|known| known.id == user.id));
    let missing: Vec<u64> = missing.map(|user| user.id).collect();
    (!missing.is_empty()).then(|| asked.iter().map(|user| user.id).chain(missing).collect())
}

/// GitLab's web page writes line ends of its own, and its API takes those at the end away.
fn normal(text: &str) -> String {
    unix(text.trim_end())
}

/// Closing what is closed is done already; what is merged cannot be closed.
fn ended(pull: &Pull) -> Result<()> {
    match pull.is_merged() {
        true => Err(Diagnostic::new(format!("merge request !{} is merged already", pull.iid)).into()),
        false => Ok(()),
    }
}
