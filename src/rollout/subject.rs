//! Subject: what there is to observe. The pull request if there is one, and the commit that
//! brought the deployment onto the base branch, as the forge says or, without it, as git shows.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::memory::{Awaited, Memory};
use super::verdict;
use crate::forge::{PullRequest, PullState};
use crate::git::Marker;
use crate::gitops::Destination;
use crate::vocabulary::Diagnostic;

/// Where a deployment is.
#[derive(Debug)]
pub enum Subject {
    /// Proposed, not merged.
    Open(PullRequest),
    Closed(PullRequest),
    /// Something else was proposed or merged in its place.
    Replaced {
        by: Oid,
        pull: PullRequest,
    },
    Merged {
        commit: Oid,
        at: Timestamp,
        pull: Option<PullRequest>,
    },
}

/// Finds what is awaited.
///
/// What stands on the base branch comes first: it may have been merged by hand, or by a run that
/// was killed, or long ago and be there again.
pub fn locate(destination: &Destination, awaited: Awaited, memory: &mut Memory) -> Result<Subject> {
    let pull = pull(destination, awaited.pull, memory)?;
    let tip = destination.base_tip()?;
    if let Some(content) = awaited.content
        && content.stands_in(&destination.repository, tip)?
    {
        return at_tip(destination, tip, pull, memory);
    }
    let Some(pull) = pull else { return at_tip(destination, tip, None, memory) };
    let ours = awaited.content.and_then(|content| content.id(&destination.environment.gitops.descriptor));
    if !proposes_it(destination, ours, &pull)? {
        // A run that was killed has forgotten which one was its own.
        // What cannot be read any more was lost long ago.
        let is_ours = |merged| destination.descriptor_id(merged).is_ok_and(|id| id == ours);
        if awaited.pull.is_none()
            && let Some(own) = bringing(destination, is_ours)?
            && let Some(commit) = own.merge_commit
        {
            let at = landed(destination, commit, Some(&own), memory)?;
            return Ok(Subject::Merged { commit, at, pull: Some(own) });
        }
        let by = pull.merge_commit.unwrap_or(pull.head_commit);
        return Ok(Subject::Replaced { by, pull });
    }
    match (pull.state, pull.merge_commit) {
        (PullState::Merged, Some(commit)) => {
            let at = landed(destination, commit, Some(&pull), memory)?;
            Ok(Subject::Merged { commit, at, pull: Some(pull) })
        }
        // The forge does not report as which commit: what stands on the base branch tells.
        (PullState::Merged, None) => at_tip(destination, tip, Some(pull), memory),
        _ if destination.is_merged_unseen(&pull, tip)? => at_tip(destination, tip, None, memory),
        (PullState::Closed, _) => replaced(destination, pull),
        _ => Ok(Subject::Open(pull)),
    }
}

/// A closed pull request, or the one that was opened in its place for another release.
fn replaced(destination: &Destination, closed: PullRequest) -> Result<Subject> {
    if Marker::parse(&closed.body).is_some_and(|marker| marker.replaced)
        && let Some(pull) = destination.newest_pull()?.filter(|newest| newest.number != closed.number)
    {
        let by = pull.merge_commit.unwrap_or(pull.head_commit);
        return Ok(Subject::Replaced { by, pull });
    }
    Ok(Subject::Closed(closed))
}

fn pull(destination: &Destination, number: Option<u64>, memory: &mut Memory) -> Result<Option<PullRequest>> {
    let Some(number) = number else { return destination.newest_pull() };
    if let Some(merged) = memory.merged.as_ref().filter(|merged| merged.number == number) {
        return Ok(Some(merged.clone()));
    }
    let pull = destination.own_pull(number)?;
    memory.merged = Some(pull.clone()).filter(|pull| pull.state == PullState::Merged);
    Ok(Some(pull))
}

/// Whether the pull request is about what the request is about. People may have changed manifests
/// on its branch; the descriptor tells whose they are.
fn proposes_it(destination: &Destination, ours: Option<Oid>, pull: &PullRequest) -> Result<bool> {
    let commit = pull.merge_commit.unwrap_or(pull.head_commit);
    Ok(ours.is_none() || destination.descriptor_id(commit)? == ours)
}

/// The deployment that stands at the tip of the base branch.
fn at_tip(
    destination: &Destination,
    tip: Oid,
    pull: Option<PullRequest>,
    memory: &mut Memory,
) -> Result<Subject> {
    let repository = &destination.repository;
    let Some(deployed) = destination.deployment(tip)? else { return Err(nothing_there(destination)) };
    let content = deployed.content(repository)?;
    let line = content.line(repository, tip)?;
    // What cannot be read any more was lost long ago.
    let brought = |merged| line.stands_from(&content, repository, merged).unwrap_or(false);
    // There may be a newer pull request than the one that brought it.
    let pull = match pull.filter(|pull| pull.merge_commit.is_some_and(brought)) {
        Some(pull) => Some(pull),
        None => bringing(destination, brought)?,
    };
    let commit = pull.as_ref().and_then(|pull| pull.merge_commit).unwrap_or(line.oldest());
    let at = landed(destination, commit, pull.as_ref(), memory)?;
    Ok(Subject::Merged { commit, at, pull })
}

/// When a commit replaced what was there, as the forge says, or else as early as it can have been: what was
/// said afterwards is not about what was there.
pub fn came(destination: &Destination, commit: Oid, pull: Option<&PullRequest>) -> Result<Timestamp> {
    match pull.and_then(|pull| pull.ended_at) {
        Some(at) => Ok(at),
        None => destination.repository.placed_at(commit, destination.clock.now()),
    }
}

/// When a commit came onto the branch, as the forge says. If it does not: when Towline saw it first,
/// as its own status tells. Without one, its place tells, which is a guess.
pub fn landed(
    destination: &Destination,
    commit: Oid,
    pull: Option<&PullRequest>,
    memory: &mut Memory,
) -> Result<Timestamp> {
    if let Some(at) = pull.and_then(|pull| pull.ended_at) {
        return Ok(at);
    }
    if let Some((_, at)) = memory.first_seen.filter(|(known, _)| *known == commit) {
        return Ok(at);
    }
    let placed = destination.repository.placed_at(commit, destination.clock.now())?;
    let at = verdict::first_seen(destination, commit)?.unwrap_or(placed);
    memory.first_seen = Some((commit, at));
    Ok(at)
}

/// The newest pull request of the application and environment whose merged commit is a wanted one.
pub fn bringing(destination: &Destination, wanted: impl Fn(Oid) -> bool) -> Result<Option<PullRequest>> {
    let pulls = destination.pulls()?;
    Ok(pulls.into_iter().find(|pull| pull.merge_commit.is_some_and(&wanted)))
}

pub fn nothing_there(destination: &Destination) -> anyhow::Error {
    let environment = &destination.environment.name;
    Diagnostic::new(format!("nothing is proposed or deployed for environment `{environment}`"))
        .hint(format!(
            "propose a release with `towline propose {environment} --release VERSION`, and `--image NAME=TAG` for \
             each image of the pipeline file"
        ))
        .into()
}
