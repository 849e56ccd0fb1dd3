//! Subject: what there is to observe. The pull request if there is one, and the commit that
//! brought the deployment onto the base branch, as the forge says or, without it, as git shows.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::observe::{Memory, Request};
use crate::forge::{PullRequest, PullState};
use crate::git::head_branch;
use crate::gitops::deployment::Deployment;
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

/// Finds the subject of a request.
///
/// What stands on the base branch comes first: it may have been merged by hand, or by a run that
/// was killed, or long ago and be there again.
pub fn find(request: &Request, memory: &mut Memory) -> Result<Subject> {
    let gitops = &request.environment.gitops;
    let pull = pull(request, memory)?;
    let tip = request.repository.branch_tip(&gitops.branch)?;
    if let Some(proposed) = request.proposed
        && proposed.stands_in(request.repository, tip)?
    {
        return at_tip(request, tip, pull);
    }
    let Some(pull) = pull else { return at_tip(request, tip, None) };
    if !proposes_it(request, &pull)? {
        // A run that was killed has forgotten which one was its own.
        let descriptor = &gitops.descriptor;
        let proposed = request.proposed.and_then(|content| content.id(descriptor));
        // What cannot be read any more was lost long ago.
        let is_ours = |merged| request.repository.entry_id(merged, descriptor).is_ok_and(|id| id == proposed);
        if request.pull.is_none()
            && let Some(own) = bringing(request, is_ours)?
            && let (Some(commit), Some(at)) = (own.merge_commit, own.ended_at)
        {
            return Ok(Subject::Merged { commit, at, pull: Some(own) });
        }
        let by = pull.merge_commit.unwrap_or(pull.head_commit);
        return Ok(Subject::Replaced { by, pull });
    }
    match (pull.state, pull.merge_commit) {
        (PullState::Merged, Some(commit)) => {
            let at = pull.ended_at.map_or_else(|| request.repository.commit_time(commit), Ok)?;
            Ok(Subject::Merged { commit, at, pull: Some(pull) })
        }
        (PullState::Closed, _) => Ok(Subject::Closed(pull)),
        _ => Ok(Subject::Open(pull)),
    }
}

fn pull(request: &Request, memory: &mut Memory) -> Result<Option<PullRequest>> {
    let Some(number) = request.pull else {
        let head = head_branch(request.application, &request.environment.name);
        return request.forge.find_pull(&head, &request.environment.gitops.branch);
    };
    if let Some(merged) = memory.merged.as_ref().filter(|merged| merged.number == number) {
        return Ok(Some(merged.clone()));
    }
    let pull = request.forge.get_pull(number)?;
    memory.merged = Some(pull.clone()).filter(|pull| pull.state == PullState::Merged);
    Ok(Some(pull))
}

/// Whether the pull request is about what the request is about. People may have changed manifests
/// on its branch; the descriptor tells whose they are.
fn proposes_it(request: &Request, pull: &PullRequest) -> Result<bool> {
    let descriptor = &request.environment.gitops.descriptor;
    let Some(proposed) = request.proposed.and_then(|content| content.id(descriptor)) else { return Ok(true) };
    let commit = pull.merge_commit.unwrap_or(pull.head_commit);
    Ok(request.repository.entry_id(commit, descriptor)? == Some(proposed))
}

/// The deployment that stands at the tip of the base branch.
fn at_tip(request: &Request, tip: Oid, pull: Option<PullRequest>) -> Result<Subject> {
    let deployed = Deployment::read(request.repository, tip, &request.environment.gitops.descriptor)?;
    let Some(deployed) = deployed else { return Err(nothing_there(request)) };
    let oldest = deployed.brought_by(request.repository, tip, None)?;
    let commit = deployed.brought_by(request.repository, tip, pull.as_ref())?;
    // There may be a newer pull request than the one that brought it.
    let pull = match pull.filter(|pull| pull.merge_commit == Some(commit)) {
        Some(pull) => Some(pull),
        None => {
            let later = request.repository.first_parent_descendants(oldest, tip)?;
            bringing(request, |merged| merged == oldest || later.contains(&merged))?
        }
    };
    let commit = pull.as_ref().and_then(|pull| pull.merge_commit).unwrap_or(oldest);
    let at = match pull.as_ref().and_then(|pull| pull.ended_at) {
        Some(at) => at,
        None => request.repository.commit_time(commit)?,
    };
    Ok(Subject::Merged { commit, at, pull })
}

/// The newest pull request of the application and environment whose merged commit is a wanted one.
pub fn bringing(request: &Request, wanted: impl Fn(Oid) -> bool) -> Result<Option<PullRequest>> {
    let base = &request.environment.gitops.branch;
    let head = head_branch(request.application, &request.environment.name);
    let pulls = request.forge.list_pulls(Some(&head))?;
    Ok(pulls.into_iter().find(|pull| pull.base == *base && pull.merge_commit.is_some_and(&wanted)))
}

pub fn nothing_there(request: &Request) -> anyhow::Error {
    let environment = &request.environment.name;
    Diagnostic::new(format!("nothing is proposed or deployed for environment `{environment}`"))
        .hint(format!("propose a release with `towline propose {environment} --release VERSION`"))
        .into()
}
