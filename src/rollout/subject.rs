//! Subject: what there is to observe. The pull request if there is one, and the commit that
//! brought the deployment onto the base branch, as the forge says or, without it, as git shows.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::deployment::Deployment;
use super::observe::{Request, head_branch};
use crate::error::Diagnostic;
use crate::forge::{PullRequest, PullState};

/// Where a deployment is.
#[derive(Debug)]
pub enum Subject {
    /// Proposed, not merged.
    Open(PullRequest),
    Closed(PullRequest),
    /// Something else was proposed or merged in its place.
    Replaced {
        by: Oid,
        pull: Option<PullRequest>,
    },
    Merged {
        commit: Oid,
        at: Timestamp,
        pull: Option<PullRequest>,
    },
}

/// Finds the subject of a request.
pub fn find(request: &Request) -> Result<Subject> {
    let gitops = &request.environment.gitops;
    let pull = match request.pull {
        Some(number) => Some(request.forge.get(number)?),
        None => {
            let head = head_branch(&request.environment.name, request.application);
            request.forge.find(&head, &gitops.branch)?
        }
    };
    let tip = request.repository.branch_tip(&gitops.branch)?;
    let deployed = Deployment::read(request.repository, tip, &gitops.descriptor)?;
    let wanted = deployed.filter(|deployed| request.proposed.is_none_or(|id| id == deployed.id));
    let Some(pull) = pull else {
        return match wanted {
            Some(deployed) => merged_in_git(request, &deployed, tip, None),
            None => Err(nothing_there(request)),
        };
    };
    // Merged by hand, or before the pull request that is found was opened.
    let is_wanted = proposes_it(request, &pull)?;
    if let (Some(deployed), Some(_)) = (&wanted, request.proposed)
        && !(pull.state == PullState::Merged && is_wanted)
    {
        return merged_in_git(request, deployed, tip, None);
    }
    match (pull.state, pull.merge_commit) {
        _ if !is_wanted => {
            Ok(Subject::Replaced { by: pull.merge_commit.unwrap_or(pull.head_commit), pull: Some(pull) })
        }
        (PullState::Merged, Some(commit)) => {
            let at = pull.ended_at.map_or_else(|| request.repository.commit_time(commit), Ok)?;
            Ok(Subject::Merged { commit, at, pull: Some(pull) })
        }
        (PullState::Closed, _) => Ok(Subject::Closed(pull)),
        _ => Ok(Subject::Open(pull)),
    }
}

/// Whether the pull request is about what the request is about.
fn proposes_it(request: &Request, pull: &PullRequest) -> Result<bool> {
    let Some(proposed) = request.proposed else { return Ok(true) };
    let commit = pull.merge_commit.unwrap_or(pull.head_commit);
    Ok(request.repository.entry_id(commit, &request.environment.gitops.descriptor)? == Some(proposed))
}

fn merged_in_git(
    request: &Request,
    deployed: &Deployment,
    tip: Oid,
    pull: Option<PullRequest>,
) -> Result<Subject> {
    let commit = deployed.since(request.repository, tip)?;
    Ok(Subject::Merged { commit, at: request.repository.commit_time(commit)?, pull })
}

fn nothing_there(request: &Request) -> anyhow::Error {
    let environment = &request.environment.name;
    Diagnostic::new(format!("nothing is proposed or deployed for environment `{environment}`"))
        .hint(format!("propose a release with `towline propose {environment} --release VERSION`"))
        .into()
}
