//! Merge: a proposal becomes what is deployed, if it is still what Towline proposed.
//!
//! The pull request's body names the commit that was proposed and carries its trailers. When the head
//! is another one (see [`super::identity`]), somebody changed the branch after people had looked at
//! the text, and merging is refused; nothing is left to the forge then, either. It is refused as well
//! when somebody took the marker out of the body, because then nothing tells what people have looked
//! at.

use std::collections::BTreeSet;

use anyhow::Result;
use git2::Oid;

use super::identity::{self, Head, Known, Ours};
use super::leftover;
use super::merge_message;
use super::repropose::repropose;
use crate::forge::{MergeRequest, MergeResult, PullRequest, PullState};
use crate::git::{Marker, Trailers};
use crate::gitops::Destination;
use crate::vocabulary::MergeMethod;
use crate::vocabulary::text::listed;
use crate::vocabulary::{Diagnostic, Outcome};

/// Which proposal is to be merged, and how.
#[derive(Debug, Clone, Copy)]
pub struct MergeOptions<'a> {
    /// The number of the pull request; without it, the one that is found by its branches.
    pub pull: Option<u64>,
    pub method: MergeMethod,
    /// Leave it to the forge when something is missing that will come.
    pub when_ready: bool,
    /// The gates that do not count for this release, and who said so.
    pub overrides: &'a [String],
}

/// How merging ended.
#[derive(Debug, Clone)]
pub struct Merged {
    /// `Done`, also when the forge will merge it; `Unchanged`: it was merged before; `Closed`; `Refused`.
    pub outcome: Outcome,
    pub pull: PullRequest,
    /// The commit on the base branch.
    pub commit: Option<Oid>,
    /// One sentence for people, without a period.
    pub message: String,
    pub hint: Option<String>,
}

/// How often a proposal is put onto a base that moved, before that is left to the next run.
const MOVES: u32 = 3;

/// Merges a proposal. It is an error when there is none.
pub fn merge(destination: &Destination, options: &MergeOptions) -> Result<Merged> {
    let pull = proposal(destination, options.pull)?;
    match pull.state {
        PullState::Merged => {
            let message = format!("{} is already merged", pull.url);
            Ok(Merged { commit: pull.merge_commit, ..ended(Outcome::Unchanged, pull, message) })
        }
        PullState::Open | PullState::Closed
            if destination.is_merged_unseen(&pull, destination.base_tip()?)? =>
        {
            let closed = leftover::close(destination, &pull)?;
            let left = if closed { "; it was still open, and is closed now" } else { "" };
            let message = format!("{} is already merged into {}{left}", pull.url, pull.base);
            let commit = brought(destination)?;
            Ok(Merged { commit, ..ended(Outcome::Unchanged, pull, message) })
        }
        PullState::Closed => {
            let message = format!("{} was closed without being merged", pull.url);
            Ok(propose_again(destination, ended(Outcome::Closed, pull, message)))
        }
        PullState::Open => merge_open(destination, options, pull, MOVES),
    }
}

/// The commit that brought what stands on the base branch.
fn brought(destination: &Destination) -> Result<Option<Oid>> {
    let tip = destination.base_tip()?;
    let Some(deployed) = destination.deployment(tip)? else { return Ok(None) };
    let repository = &destination.repository;
    deployed.content(repository)?.brought_by(repository, tip, None).map(Some)
}

fn proposal(destination: &Destination, number: Option<u64>) -> Result<PullRequest> {
    if let Some(number) = number {
        return destination.own_pull(number);
    }
    destination.newest_pull()?.ok_or_else(|| {
        let (application, name) = (destination.application, &destination.environment.name);
        Diagnostic::new(format!("there is no proposal of {application} for {name}"))
            .hint(format!("run `towline propose {name}` to create one"))
            .into()
    })
}

/// `moves`: how often it may still be put onto a base that moved.
fn merge_open(
    destination: &Destination,
    options: &MergeOptions,
    pull: PullRequest,
    moves: u32,
) -> Result<Merged> {
    let trailers = match proposed(destination, &pull)? {
        Ok(trailers) => trailers,
        Err(NotProposed { message, hint }) => {
            let refused = ended(Outcome::Refused, pull, message);
            return Ok(match hint {
                Some(hint) => Merged { hint: Some(hint), ..refused },
                None => propose_again(destination, refused),
            });
        }
    };
    let message = merge_message(&*destination.forge, &pull, &trailers, options.overrides);
    let merge = MergeRequest {
        expected_head: pull.head_commit,
        method: options.method,
        message,
        when_ready: options.when_ready,
    };
    match destination.forge.merge_pull(pull.number, &merge)? {
        MergeResult::Merged(commit) => {
            let message = format!("merged {} as {commit}", pull.url);
            let pull = destination.forge.get_pull(pull.number)?;
            Ok(Merged { commit: Some(commit), ..ended(Outcome::Done, pull, message) })
        }
        MergeResult::HeadMoved(head) => {
            let message = format!("the branch of {} has just moved to {head}", pull.url);
            Ok(ended(Outcome::Refused, pull, message))
        }
        MergeResult::WhenReady(missing) => {
            let message = format!("{} will be merged when nothing is missing: {missing}", pull.url);
            Ok(ended(Outcome::Done, pull, message))
        }
        MergeResult::Behind(why) => match on_new_base(destination, &pull, moves)? {
            Some(newer) => merge_open(destination, options, newer, moves - 1),
            None => {
                let message = format!("{} has to be put onto the new {}: {why}", pull.url, pull.base);
                Ok(propose_again(destination, ended(Outcome::Refused, pull, message)))
            }
        },
        MergeResult::Conflict(why) => {
            let message = format!("{} cannot be merged: {why}", pull.url);
            Ok(propose_again(destination, ended(Outcome::Refused, pull, message)))
        }
        MergeResult::NotMergeable(why) => {
            let message = format!("{} cannot be merged yet: {why}", pull.url);
            Ok(ended(Outcome::Refused, pull, message))
        }
        MergeResult::Never(why) => {
            let message = format!("{} cannot be merged: {why}", pull.url);
            let hint = "change that; if only this token may not merge, have somebody else do it".to_owned();
            Ok(Merged { hint: Some(hint), ..ended(Outcome::Refused, pull, message) })
        }
    }
}

/// The same proposal on the tip of the base branch, unless it stands there or its branch does not tell
/// all that this takes.
fn on_new_base(destination: &Destination, pull: &PullRequest, moves: u32) -> Result<Option<PullRequest>> {
    if moves == 0 {
        return Ok(None);
    }
    let newer = repropose(destination, pull)?.and_then(|proposal| proposal.pull);
    Ok(newer.filter(|newer| newer.head_commit != pull.head_commit))
}

/// Why a head is not what was proposed, and what helps if that is not to propose it again.
struct NotProposed {
    message: String,
    hint: Option<String>,
}

/// The trailers of what was proposed, if that is what the head is.
fn proposed(
    destination: &Destination,
    pull: &PullRequest,
) -> Result<std::result::Result<Trailers, NotProposed>> {
    let no = |message: String| Ok(Err(NotProposed { message, hint: None }));
    let Some(marker) = Marker::parse(&pull.body) else {
        return no(format!(
            "the text of {} no longer contains Towline's marker: the description was edited",
            pull.url
        ));
    };
    let known = Known { marker: Some(&marker), rendering: None };
    match identity::identify(destination, destination.base_tip()?, pull.head_commit, &known)? {
        Some(Head::Ours(ours)) if ours.trailers != marker.trailers => {
            no(format!("the text of {} is about another commit than its head", pull.url))
        }
        Some(Head::Ours(ours)) if ours.below.is_none() => no(format!(
            "{} was rewritten, and would get back what was taken out of it by {}",
            pull.base, pull.url
        )),
        Some(Head::Ours(ours)) => match changed_since(destination, &ours, pull.head_commit)? {
            changed if changed.is_empty() => Ok(Ok(ours.trailers)),
            changed => Ok(Err(NotProposed {
                message: format!(
                    "people changed {} on {} since {} was proposed",
                    listed(&changed),
                    pull.base,
                    pull.url
                ),
                hint: Some(format!(
                    "run `towline propose {} {}` to propose it again; add `--overwrite-drift` to give up what they \
                     changed",
                    destination.environment.name,
                    release_arguments(destination, pull.head_commit, &ours.trailers.release)
                )),
            })),
        },
        Some(Head::Peoples(commits)) => {
            let refusal = identity::refuse(destination, Some(pull.number), &commits)?;
            let message = format!("the head of {} is not what was proposed: {}", pull.url, refusal.message);
            let hint = format!(
                "merge it on the forge if that is what you want, or overwrite their commits with \
                 `towline propose {} {} --force`",
                destination.environment.name,
                release_arguments(destination, pull.head_commit, &marker.trailers.release)
            );
            Ok(Err(NotProposed { message, hint: Some(hint) }))
        }
        None => no(format!("{} already has what {} proposes", pull.base, pull.url)),
    }
}

/// What is typed to propose a release once more, with the images that a commit records of it.
fn release_arguments(destination: &Destination, commit: Oid, version: &str) -> String {
    let recorded = destination.deployment(commit).ok().flatten().map(|found| found.release());
    match recorded.filter(|release| release.version == version) {
        Some(release) => release.arguments(),
        None => format!("--release {version}"),
    }
}

/// Files of the application that are others on the base branch than where the proposal began, and than
/// what it proposes: a merge would mix the two.
fn changed_since(destination: &Destination, ours: &Ours, head: Oid) -> Result<Vec<String>> {
    let Some(below) = ours.below else { return Ok(Vec::new()) };
    let (repository, base) = (&destination.repository, destination.base_tip()?);
    let mut files = BTreeSet::new();
    for commit in [base, head] {
        // A descriptor that cannot be read lists nothing; the proposal replaces it.
        files.extend(destination.deployment(commit).ok().flatten().into_iter().flat_map(|found| found.files));
    }
    let mut changed = Vec::new();
    for path in files {
        let now = repository.entry_id(base, &path)?;
        if now != repository.entry_id(below, &path)? && now != repository.entry_id(head, &path)? {
            changed.push(path);
        }
    }
    Ok(changed)
}

fn ended(outcome: Outcome, pull: PullRequest, message: String) -> Merged {
    Merged { outcome, pull, commit: None, message, hint: None }
}

fn propose_again(destination: &Destination, merged: Merged) -> Merged {
    // Without a version, another release than this one would be proposed.
    let message = destination.repository.message(merged.pull.head_commit).unwrap_or_default();
    let release = Trailers::parse(&message).map_or_else(|| "VERSION".to_owned(), |head| head.release);
    let environment = &destination.environment.name;
    let release = release_arguments(destination, merged.pull.head_commit, &release);
    let hint = format!("run `towline propose {environment} {release}` to propose it again");
    Merged { hint: Some(hint), ..merged }
}
