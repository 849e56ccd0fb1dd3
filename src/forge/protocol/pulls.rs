//! Pull requests: found, opened once, kept up to date, closed.
//!
//! What makes it safe to open one again and again:
//! - An open one of the same branches is adopted. Forges refuse a second one, which tells that there is one;
//!   where two that are asked for at the same moment may both be opened, the oldest stays.
//! - When a refusal or a lost answer leaves open whether there is one, it is looked for.
//! - A pull request may see a push late. Text is written only when its branch is at the commit that
//!   the text is about.

use std::collections::HashMap;
use std::ops::Deref;

use anyhow::{Context, Result};
use git2::Oid;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::api::Api;
use super::comments::Comments;
use crate::forge::text::{cut, unix};
use crate::forge::{NewPullRequest, PullRequest, PullState};
use crate::http::{self, Fault, Response};
use crate::vocabulary::Diagnostic;

/// How often a push is looked for that the forge should have seen: about eight seconds.
const LATEST: u32 = 4;

/// A pull request: what every forge tells of it, and how this one told it.
#[derive(Debug, Clone)]
pub struct Pull<W> {
    pub request: PullRequest,
    pub wire: W,
}

impl<W> Deref for Pull<W> {
    type Target = PullRequest;

    fn deref(&self) -> &PullRequest {
        &self.request
    }
}

/// A forge's calls about pull requests.
pub trait Pulls: Api {
    /// A pull request as the forge's API has it.
    type Wire: DeserializeOwned;

    /// Whether two of the same branches may be opened that are asked for at the same moment.
    const MAY_OPEN_TWO: bool = false;

    /// See [`crate::forge::Forge::lists_by_head`].
    const LISTS_BY_HEAD: bool = true;

    /// See [`crate::forge::Forge::notes_merges_late`].
    const NOTES_MERGES_LATE: bool = false;

    /// How the title of a draft begins, where that is what makes it one.
    const DRAFT_MARKS: &[&str] = &[];

    /// Whether it is a draft because of its title, in a way that [`Self::DRAFT_MARKS`] may not have.
    fn holds_title(&self, pull: &Pull<Self::Wire>) -> bool {
        let _ = pull;
        false
    }

    /// What it means. `head_commit` is the head as far as the forge has seen it.
    fn view(&self, wire: &Self::Wire) -> Result<PullRequest>;

    /// Where one is, below the API.
    fn pull_path(&self, number: u64) -> String;

    fn read_pull(&self, number: u64) -> Result<Pull<Self::Wire>> {
        let answer = self.client().get(&self.pull_path(number)).send();
        let pull = answer.and_then(|answer| self.pull_in(&answer));
        pull.with_context(|| format!("cannot read {}", self.name(number)))
    }

    /// The pull request of two branches: the open one, else the newest.
    fn search_pull(&self, head: &str, base: &str) -> Result<Option<Pull<Self::Wire>>>;

    /// The open pull requests of two branches, the oldest first. More than one is a rare accident.
    fn open_numbers(&self, head: &str, base: &str) -> Result<Vec<u64>>;

    /// All pull requests from the repository's own branches, or at least those from `head`.
    fn read_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>>;

    /// The commit that a branch is at, where a pull request may see a push late.
    fn branch_tip(&self, branch: &str) -> Result<Option<Oid>> {
        let _ = branch;
        Ok(None)
    }

    /// Whether `head` has a commit that `base` has not, where the forge opens pull requests without.
    fn has_commits(&self, head: &str, base: &str) -> Result<bool> {
        let _ = (head, base);
        Ok(true)
    }

    /// Opens one. The outer error is of a request before the one that does.
    fn create_pull(&self, new: &NewPullRequest) -> Result<http::Result<Pull<Self::Wire>>>;

    /// Adds what is missing of labels and reviewers.
    fn complete(&self, pull: Pull<Self::Wire>, new: &NewPullRequest) -> Result<Pull<Self::Wire>>;

    /// What is left to do after one was opened.
    fn after_creation(&self, pull: Pull<Self::Wire>, new: &NewPullRequest) -> Result<Pull<Self::Wire>> {
        self.complete(pull, new)
    }

    /// How often to look for another one when opening was refused like this.
    fn looks_for_another(&self, refusal: &Fault) -> u32 {
        if refusal.status == Some(409) { 3 } else { 0 }
    }

    /// Replaces title and body.
    fn write_text(&self, pull: &Pull<Self::Wire>, title: &str, body: &str) -> http::Result<Pull<Self::Wire>>;

    /// Closes it without a merge.
    fn write_closed(&self, number: u64) -> http::Result<()>;

    /// Ends an intention of the forge to merge it, which is about an older head.
    fn cancel_auto_merge(&self, pull: &Pull<Self::Wire>) -> Result<()> {
        let _ = pull;
        Ok(())
    }

    /// Ends whatever intention there is to merge it, whoever had it: the head is nobody's proposal.
    fn cancel_any_merge(&self, pull: &Pull<Self::Wire>) -> Result<()> {
        self.cancel_auto_merge(pull)
    }

    /// The commits that merged these, by their numbers, where [`Pulls::view`] does not tell.
    fn merge_commits(&self, numbers: &[u64]) -> Result<HashMap<u64, Oid>> {
        let _ = numbers;
        Ok(HashMap::new())
    }

    /// The pull request with what takes further looks.
    fn finish(&self, pull: Pull<Self::Wire>) -> Result<PullRequest> {
        Ok(pull.request)
    }

    fn known(&self, wire: Self::Wire) -> Result<Pull<Self::Wire>> {
        Ok(Pull { request: self.view(&wire)?, wire })
    }

    /// The pull request in an answer.
    fn pull_in(&self, answer: &Response) -> http::Result<Pull<Self::Wire>> {
        self.known(answer.json()?).map_err(|error| answer.odd(&error.to_string()))
    }
}

/// See [`crate::forge::Forge::open_pull`].
pub fn open<A: Comments + Pulls>(api: &A, new: &NewPullRequest) -> Result<Pull<A::Wire>> {
    let title = cut(&new.title, api.row().title_limit).into_owned();
    let new = &NewPullRequest { title, ..new.clone() };
    let cannot = || format!("cannot open a {} from {} into {}", api.row().pull, new.head, new.base);
    let open = match new.open {
        Some(_) if A::MAY_OPEN_TWO => the_open_one(api, new)?,
        known => known,
    };
    if let Some(number) = open {
        return adopt(api, number, new);
    }
    if !api.has_commits(&new.head, &new.base).with_context(cannot)? {
        let message = format!("{} has no commits that {} lacks", new.head, new.base);
        return Err(Diagnostic::new(message)).with_context(cannot);
    }
    let fault = match api.create_pull(new).with_context(cannot)? {
        Ok(pull) => {
            let first = if A::MAY_OPEN_TWO { open_ones(api, new)?.first().copied() } else { None };
            return match first.filter(|first| *first != pull.number) {
                Some(first) => {
                    // Each run closes its own, so that a crowd does not close the same ones.
                    close_beside(api, first, pull.number)?;
                    adopt(api, first, new)
                }
                None => api.after_creation(pull, new),
            };
        }
        Err(fault) => fault,
    };
    // Refused because another was faster, or the answer was lost on the way.
    let looks = if fault.is_in_doubt() { 3 } else { api.looks_for_another(&fault) };
    for turn in 0..looks {
        if let Some(number) = the_open_one(api, new)? {
            return adopt(api, number, new);
        }
        if turn + 1 < looks {
            api.client().pause(turn);
        }
    }
    Err(fault).with_context(cannot)
}

/// The open pull request of these branches; closes what stands beside it.
fn the_open_one<A: Comments + Pulls>(api: &A, new: &NewPullRequest) -> Result<Option<u64>> {
    let open = open_ones(api, new)?;
    let Some((first, others)) = open.split_first() else { return Ok(None) };
    others.iter().try_for_each(|other| close_beside(api, *first, *other))?;
    Ok(Some(*first))
}

fn open_ones<A: Pulls>(api: &A, new: &NewPullRequest) -> Result<Vec<u64>> {
    api.open_numbers(&new.head, &new.base)
        .with_context(|| format!("cannot look for a {} from {} into {}", api.row().pull, new.head, new.base))
}

fn close_beside<A: Comments + Pulls>(api: &A, first: u64, other: u64) -> Result<()> {
    close(api, other, &format!("{}{first} is open for the same branches", api.row().mark))
}

/// Gives the open one the new text, unless the head branch is not what that is about any more.
fn adopt<A: Pulls>(api: &A, number: u64, new: &NewPullRequest) -> Result<Pull<A::Wire>> {
    match wait_for_head(api, number, new.head_commit)? {
        (pull, true) => {
            let pull = update(api, pull, &new.title, &new.body)?;
            api.complete(pull, new)
        }
        (pull, false) => Ok(pull),
    }
}

/// The pull request after it has seen that its branch is at `head`, and whether the branch is there.
pub fn wait_for_head<A: Pulls>(api: &A, number: u64, head: Oid) -> Result<(Pull<A::Wire>, bool)> {
    let mut turn = 0;
    loop {
        let pull = api.read_pull(number)?;
        if pull.head_commit == head || !pull.is_open() {
            let is_there = pull.head_commit == head;
            return Ok((pull, is_there));
        }
        let is_there = api.branch_tip(&pull.head)? == Some(head);
        if !is_there || turn == LATEST {
            return Ok((pull, is_there));
        }
        api.client().pause(turn);
        turn += 1;
    }
}

/// Replaces title and body where they are others. What the forge was to merge is not what is
/// proposed then. What somebody marked as a draft stays one.
pub fn update<A: Pulls>(api: &A, pull: Pull<A::Wire>, title: &str, body: &str) -> Result<Pull<A::Wire>> {
    let body = api.harmless(body);
    let title = match draft_mark(&pull.title, A::DRAFT_MARKS) {
        "" if api.holds_title(&pull) => pull.title.clone(),
        mark => format!("{mark}{title}"),
    };
    let title = &*cut(&title, api.row().title_limit);
    // Some forges take spaces at the end away.
    if pull.title == title && unix(pull.body.trim_end()) == unix(body.trim_end()) {
        return Ok(pull);
    }
    api.cancel_auto_merge(&pull)?;
    let written = api.write_text(&pull, title, &body);
    written.with_context(|| format!("cannot update {}", api.name(pull.number)))
}

/// The mark of a draft that a title begins with, with the spaces behind it.
fn draft_mark<'t>(title: &'t str, marks: &[&str]) -> &'t str {
    let is_mark =
        |mark: &&&str| title.get(..mark.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(mark));
    let Some(mark) = marks.iter().find(is_mark) else { return "" };
    let rest = title[mark.len()..].trim_start();
    &title[..title.len() - rest.len()]
}

/// See [`crate::forge::Forge::close_pull`].
pub fn close<A: Comments + Pulls>(api: &A, number: u64, why: &str) -> Result<()> {
    let pull = api.read_pull(number)?;
    if !pull.is_open() {
        return ended(api, &pull);
    }
    let cannot = || format!("cannot close {}", api.name(number));
    api.add_comment(number, &api.harmless(why)).with_context(cannot)?;
    let Err(fault) = api.write_closed(number) else { return Ok(()) };
    // It may have been merged in between.
    match api.read_pull(number) {
        Ok(pull) if !pull.is_open() => ended(api, &pull),
        _ => Err(fault).with_context(cannot),
    }
}

/// Closing what is closed is done already; what is merged cannot be closed.
fn ended(api: &impl Api, pull: &PullRequest) -> Result<()> {
    match pull.state {
        PullState::Merged => {
            Err(Diagnostic::new(format!("{} is already merged", api.name(pull.number))).into())
        }
        _ => Ok(()),
    }
}

/// See [`crate::forge::Forge::list_pulls`]. One that is opened while the pages are read moves the
/// others to the next page.
pub fn list<A: Pulls>(api: &A, head: Option<&str>) -> Result<Vec<PullRequest>> {
    let pulls = api.read_pulls(head);
    let mut pulls = pulls.with_context(|| format!("cannot list the {}s", api.row().pull))?;
    fill_in(api, &mut pulls)?;
    pulls.retain(|pull| head.is_none_or(|head| pull.head == head));
    pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
    pulls.dedup_by_key(|pull| pull.number);
    Ok(pulls)
}

/// The pull requests of a list as far as they can be read: an odd one does not hide the others.
pub fn readable<A: Pulls>(api: &A, items: Vec<Value>) -> Vec<Pull<A::Wire>> {
    let read = |item: Value| {
        let number = ["number", "iid", "pullRequestId"].iter().find_map(|name| item[*name].as_u64());
        let pull = A::Wire::deserialize(item).map_err(Into::into).and_then(|wire| api.known(wire));
        let report = |error: anyhow::Error| {
            let name = number.map_or_else(|| format!("a {}", api.row().pull), |number| api.name(number));
            api.client().notify_once(&format!("{name} is left out of the list: {error:#}"));
        };
        pull.map_err(report).ok()
    };
    items.into_iter().filter_map(read).collect()
}

/// Finds the merge commits that the answers were without. Where the forge tells none, it stays
/// unknown: one odd entry must not hide the others.
pub fn fill_in<A: Pulls>(api: &A, pulls: &mut [PullRequest]) -> Result<()> {
    let lacks = |pull: &PullRequest| pull.state == PullState::Merged && pull.merge_commit.is_none();
    let numbers: Vec<u64> = pulls.iter().filter(|pull| lacks(pull)).map(|pull| pull.number).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let found = api.merge_commits(&numbers).context("cannot read as which commits they were merged")?;
    for pull in pulls.iter_mut().filter(|pull| lacks(pull)) {
        pull.merge_commit = found.get(&pull.number).copied();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::draft_mark;

    #[test]
    fn the_mark_of_a_draft_is_told_from_a_title() {
        let mark = |title| draft_mark(title, &["WIP:", "[WIP]"]);
        assert_eq!(mark("WIP: Deploy greeting"), "WIP: ");
        assert_eq!(mark("wip:Deploy greeting"), "wip:");
        assert_eq!(mark("[WIP]  Deploy greeting"), "[WIP]  ");
        assert_eq!(mark("Deploy WIP: greeting"), "");
        assert_eq!(mark("Ü"), "");
    }
}
