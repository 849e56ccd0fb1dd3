//! Withdrawal: people took a release out of an environment: they reverted its merge, deleted its
//! files, or moved the branch back. That is an answer. Running again does not deploy it again; a
//! newer release does.

use std::cmp::Ordering;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::forge::{PullRequest, PullState};
use crate::gitops::{Content, Destination};
use crate::release;

/// How a release was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Withdrawal {
    /// The version that was taken out
    pub release: String,
    /// The commit that took it out; `null` when the branch was moved back with a force-push
    pub commit: Option<String>,
    /// The author of that commit
    pub by: Option<String>,
    /// When that commit was made
    pub at: Option<Timestamp>,
}

impl Withdrawal {
    /// A clause for people.
    pub fn describe(&self) -> String {
        match (&self.commit, &self.by, self.at) {
            (Some(commit), Some(by), Some(at)) => {
                format!("{by} took {} out with commit {commit} at {at}", self.release)
            }
            _ => format!("a force-push dropped the merge of {} from the branch", self.release),
        }
    }
}

/// The release that was taken out of an environment last, if nothing of Towline's has come since.
pub fn last(destination: &Destination, pulls: &[PullRequest], tip: Oid) -> Result<Option<Withdrawal>> {
    let newest = pulls.iter().position(|pull| pull.state == PullState::Merged);
    newest.map_or(Ok(None), |index| of_pull(destination, pulls, index, tip))
}

/// Whether people took out these very files, which are not there now.
pub fn of_content(destination: &Destination, content: &Content) -> Result<Option<Withdrawal>> {
    let Some(descriptor) = content.id(&destination.environment.gitops.descriptor) else { return Ok(None) };
    let pulls = destination.pulls()?;
    if !pulls.iter().any(|pull| pull.state == PullState::Merged) {
        return Ok(None);
    }
    // The tip comes after the pull requests: what is merged in between is on it.
    let tip = destination.base_tip()?;
    match content.stands_in(&destination.repository, tip)? {
        true => Ok(None),
        false => of_descriptor(destination, &pulls, descriptor, tip),
    }
}

/// Whether people took out what has this descriptor.
fn of_descriptor(
    destination: &Destination,
    pulls: &[PullRequest],
    descriptor: Oid,
    tip: Oid,
) -> Result<Option<Withdrawal>> {
    // What cannot be read any more was lost long ago.
    let proposes_it = |pull: &PullRequest| {
        destination.descriptor_id(pull.head_commit).is_ok_and(|id| id == Some(descriptor))
    };
    let found = pulls.iter().position(|pull| pull.state == PullState::Merged && proposes_it(pull));
    found.map_or(Ok(None), |index| of_pull(destination, pulls, index, tip))
}

/// Whether people took out the release that was merged with these commits, the newest first.
pub fn of_release(
    destination: &Destination,
    pulls: &[PullRequest],
    merged: &[Oid],
    tip: Oid,
) -> Result<Option<Withdrawal>> {
    let newest = merged.first();
    let found =
        pulls.iter().position(|pull| pull.merge_commit.is_some() && pull.merge_commit.as_ref() == newest);
    found.map_or(Ok(None), |index| of_pull(destination, pulls, index, tip))
}

/// Whether `commit` is in the history of `tip`. One that cannot be read was dropped.
pub fn is_on_branch(destination: &Destination, commit: Oid, tip: Oid) -> Result<bool> {
    let repository = &destination.repository;
    if repository.tree_id(commit).is_err() {
        return Ok(false);
    }
    repository.is_ancestor(commit, tip)
}

/// Whether people took out what the pull request at `index` brought; `pulls` has the newest first.
fn of_pull(
    destination: &Destination,
    pulls: &[PullRequest],
    index: usize,
    tip: Oid,
) -> Result<Option<Withdrawal>> {
    let Some(merged) = pulls[index].merge_commit else { return Ok(None) };
    for commit in pulls[..index].iter().filter_map(|pull| pull.merge_commit) {
        if !is_on_branch(destination, commit, tip)? {
            continue;
        }
        // `towline remove` is a pull request of Towline's, and people merged it.
        return match destination.descriptor_id(commit)? {
            Some(_) => Ok(None),
            None => taken_out(destination, recorded(destination, merged)?, commit).map(Some),
        };
    }
    // What stands there was not taken out, whoever put it there. One that cannot be read was dropped.
    let ours = destination.descriptor_id(merged).ok().flatten();
    if ours.is_some() && destination.descriptor_id(tip)? == ours {
        return Ok(None);
    }
    if !is_on_branch(destination, merged, tip)? {
        return dropped(destination, &pulls[index], tip);
    }
    let Some(commit) = left_with(destination, merged, tip)? else { return Ok(None) };
    let release = recorded(destination, merged)?;
    // A damaged descriptor is an error of its own.
    destination.deployment(commit)?;
    match replaced(destination, merged, commit)? {
        true => Ok(None),
        false => taken_out(destination, release, commit).map(Some),
    }
}

/// The commit with which the descriptor of `merged` is no longer what it was. Where it came back in between, one
/// of those. However many commits came after it, few of them are read.
fn left_with(destination: &Destination, merged: Oid, tip: Oid) -> Result<Option<Oid>> {
    let Some(ours) = destination.descriptor_id(merged)? else { return Ok(None) };
    let later = destination.repository.first_parent_descendants(merged, tip)?;
    let (mut with, mut without) = (0, later.len());
    // All before `with` are looked at as if they had it; `later[without]` has not.
    while with < without {
        let middle = with + (without - with) / 2;
        match destination.descriptor_id(later[middle])? == Some(ours) {
            true => with = middle + 1,
            false => without = middle,
        }
    }
    Ok(later.get(with).copied())
}

/// Whether `commit` has a newer release than `merged`, or than what that took out: people may merge a proposal
/// without the forge.
fn replaced(destination: &Destination, merged: Oid, commit: Oid) -> Result<bool> {
    let [before, after] = [merged, commit].map(|at| destination.deployment(at).ok().flatten());
    Ok(match (before, after) {
        (Some(before), Some(after)) => {
            let rollback = before.descriptor.rollback.as_ref();
            let before = rollback.map_or_else(|| before.release(), |rollback| rollback.from.release());
            release::order(&after.release(), &before, None) == Some(Ordering::Greater)
        }
        _ => false,
    })
}

fn taken_out(destination: &Destination, release: String, commit: Oid) -> Result<Withdrawal> {
    Ok(Withdrawal {
        release,
        commit: Some(commit.to_string()),
        by: Some(destination.repository.author(commit)?),
        at: Some(destination.repository.commit_time(commit)?),
    })
}

/// The branch no longer has the merge. It may have the same files from another commit.
fn dropped(destination: &Destination, pull: &PullRequest, tip: Oid) -> Result<Option<Withdrawal>> {
    let ours = destination.descriptor_id(pull.head_commit).ok().flatten();
    if ours.is_some() && destination.descriptor_id(tip)? == ours {
        return Ok(None);
    }
    let release = recorded(destination, pull.head_commit).unwrap_or_else(|_| pull.title.clone());
    Ok(Some(Withdrawal { release, commit: None, by: None, at: None }))
}

fn recorded(destination: &Destination, commit: Oid) -> Result<String> {
    let deployment = destination.deployment(commit)?;
    Ok(deployment.map_or_else(|| "a release".to_owned(), |found| found.descriptor.release.version))
}
