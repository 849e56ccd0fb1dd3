//! Looking at pull requests: which one belongs to two branches, what of it was merged, and whether
//! it could be.
//!
//! Lists cannot be asked for a head branch, and `mergeable` is false both for a conflict and as
//! long as the server has not tried. It tries within seconds of a push, so a pull request that
//! stays unmergeable while its branches stand still is one that conflicts.

use std::collections::HashMap;

use anyhow::{Context, Result};
use git2::Oid;

use super::Gitea;
use super::api::{Pull, Reference, commit_id};
use crate::forge::{PullRequest, PullState};
use crate::http::{Paging, Request, segment};

/// How often an unmergeable pull request is looked at again: about eight seconds.
const LOOKS: u32 = 4;

/// As many items as a page may have where nobody changed `MAX_RESPONSE_ITEMS`.
pub(super) const PAGE: &str = "50";

impl Gitea {
    pub(super) fn pull(&self, number: u64) -> Result<Pull> {
        let answer = self.client.get(&self.pull_path(number)).send();
        answer.and_then(|answer| answer.json()).with_context(|| format!("cannot read {}", self.name(number)))
    }

    /// As the trait promises it: what was merged, and a conflict told from a server at work.
    pub(super) fn view(&self, pull: Pull) -> Result<PullRequest> {
        if pull.merged {
            let head = self.merged_head(&pull)?;
            return pull.view(head);
        }
        let (pull, conflict) = self.settle(pull)?;
        let head = pull.head_commit()?;
        let view = pull.view(head)?;
        // It may have been merged meanwhile.
        if view.state == PullState::Merged {
            return self.view(self.pull(view.number)?);
        }
        Ok(PullRequest { mergeable: view.mergeable.or(conflict.then_some(false)), ..view })
    }

    /// Looks until the server has worked out whether it can merge; also tells whether it cannot.
    pub(super) fn settle(&self, mut pull: Pull) -> Result<(Pull, bool)> {
        let mut turn = 0;
        while pull.is_open() && !pull.mergeable {
            if turn == LOOKS || self.is_known_conflict(&pull) {
                self.remember_conflict(&pull);
                return Ok((pull, true));
            }
            self.client.pause(turn);
            let again = self.pull(pull.number)?;
            turn = if again.tips() == pull.tips() { turn + 1 } else { 0 };
            pull = again;
        }
        Ok((pull, false))
    }

    /// The open pull requests of two branches, the oldest first. More than one is a rare accident.
    pub(super) fn open_ones(&self, head: &str, base: &str) -> Result<Vec<Pull>> {
        let mut pulls: Vec<Pull> = self
            .pulls("open")
            .all(Paging::PageNumber)
            .with_context(|| format!("cannot look for a pull request from {head} into {base}"))?;
        pulls.retain(|pull| pull.is_of(head, base));
        pulls.sort_by_key(|pull| pull.number);
        pulls.dedup_by_key(|pull| pull.number);
        Ok(pulls)
    }

    /// One pull request of two branches, whatever its state: the server takes any. `None` when it
    /// cannot be asked this way, because a slash in the base ends the name.
    pub(super) fn any(&self, head: &str, base: &str) -> Result<Option<Option<Pull>>> {
        if base.contains('/') {
            return Ok(None);
        }
        let head_path: Vec<String> = head.split('/').map(segment).collect();
        let path = self.path(&format!("pulls/{}/{}", segment(base), head_path.join("/")));
        let found = self.client.get(&path).find();
        let found =
            found.with_context(|| format!("cannot look for a pull request from {head} into {base}"))?;
        Ok(Some(found.map(|answer| answer.json()).transpose()?))
    }

    /// The newest of two branches that has ended. The list begins with the newest.
    pub(super) fn newest_ended(&self, head: &str, base: &str) -> Result<Option<Pull>> {
        for page in self.pulls("closed").pages(Paging::PageNumber) {
            let pulls: Vec<Pull> = page?.json()?;
            let ours = pulls.into_iter().filter(|pull| pull.is_of(head, base));
            if let Some(newest) = ours.max_by_key(|pull| pull.number) {
                return Ok(Some(newest));
            }
        }
        Ok(None)
    }

    pub(super) fn pulls(&self, state: &str) -> Request<'_> {
        self.client.get(&self.path("pulls")).query("state", state).query("limit", PAGE)
    }

    /// The heads of all pull requests, by number, as they were when they ended.
    pub(super) fn heads(&self) -> Result<HashMap<u64, Oid>> {
        let answer = self.client.get(&self.path("git/refs/pull")).find();
        let Some(answer) = answer.context("cannot read the heads of pull requests")? else {
            return Ok(HashMap::new());
        };
        let references: Vec<Reference> = answer.json()?;
        let numbered = references.into_iter().filter_map(|reference| {
            let number = reference.name.strip_prefix("refs/pull/")?.strip_suffix("/head")?.parse().ok()?;
            Some((number, reference.object.sha))
        });
        numbered.map(|(number, sha)| Ok((number, commit_id(&sha)?))).collect()
    }

    /// The head that was merged: the branch, whose tip the pull request shows, may have gone on.
    fn merged_head(&self, pull: &Pull) -> Result<Oid> {
        let reference = format!("pull/{}/head", pull.number);
        let answer = self.client.get(&self.path(&format!("git/refs/{reference}"))).find();
        let answer = answer.with_context(|| format!("cannot read the head of {}", self.name(pull.number)))?;
        let references: Vec<Reference> = match answer {
            Some(answer) => answer.json()?,
            None => Vec::new(),
        };
        let found = references.into_iter().find(|known| known.name == format!("refs/{reference}"));
        found.map_or_else(|| pull.head_commit(), |found| commit_id(&found.object.sha))
    }

    fn is_known_conflict(&self, pull: &Pull) -> bool {
        let (head, base) = pull.tips();
        self.conflicts().contains(&(head.to_owned(), base.to_owned()))
    }

    fn remember_conflict(&self, pull: &Pull) {
        let (head, base) = pull.tips();
        self.conflicts().insert((head.to_owned(), base.to_owned()));
    }
}
