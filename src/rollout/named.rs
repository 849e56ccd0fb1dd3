//! Named: the proposal or deployment of one release. An environment has one pull request, which the
//! next release takes over; whoever awaits a release by its name is told so, also when that was
//! while nobody looked.

use anyhow::Result;

use super::observation::{Observation, State};
use super::observe::Request;
use crate::forge::{PullRequest, PullState};
use crate::git::head_branch;
use crate::gitops::deployment::{Content, Deployment};

/// How many pull requests are searched, from the newest on.
const PULLS: usize = 10;

/// Where a release is.
#[derive(Debug)]
pub enum Named {
    /// What to observe: [`Request::pull`] and [`Request::proposed`].
    Here { pull: Option<u64>, content: Content },
    /// Another one is in its place.
    Replaced(Box<Observation>),
}

/// Looks for the release `version` among the proposals, and on the base branch.
pub fn named(request: &Request, version: &str) -> Result<Named> {
    let mut other = None;
    for pull in pulls(request)? {
        let Some(found) = proposed(request, &pull)? else { continue };
        if found.descriptor.release.version == version {
            return Ok(Named::Here { pull: Some(pull.number), content: found.content });
        }
        other.get_or_insert((found, Some(pull)));
    }
    let tip = request.repository.branch_tip(&request.environment.gitops.branch)?;
    let deployed = Deployment::read(request.repository, tip, &request.environment.gitops.descriptor)?;
    match deployed {
        Some(found) if found.descriptor.release.version == version => {
            Ok(Named::Here { pull: None, content: found.content })
        }
        deployed => {
            let other = other.or(deployed.map(|deployed| (deployed, None)));
            let Some((other, pull)) = other else { return Err(super::subject::nothing_there(request)) };
            Ok(Named::Replaced(Box::new(replaced(version, &other, pull))))
        }
    }
}

/// The newest first.
fn pulls(request: &Request) -> Result<Vec<PullRequest>> {
    let Some(number) = request.pull else {
        let head = head_branch(request.application, &request.environment.name);
        let mut pulls = request.forge.list_pulls(Some(&head))?;
        pulls.retain(|pull| pull.base == request.environment.gitops.branch);
        pulls.truncate(PULLS);
        return Ok(pulls);
    };
    Ok(vec![request.forge.get_pull(number)?])
}

fn proposed(request: &Request, pull: &PullRequest) -> Result<Option<Deployment>> {
    let commit = pull.merge_commit.unwrap_or(pull.head_commit);
    let read = Deployment::read(request.repository, commit, &request.environment.gitops.descriptor);
    match pull.state {
        PullState::Open => read,
        // What was closed, or forced away after it was merged, may be gone.
        PullState::Closed | PullState::Merged => Ok(read.ok().flatten()),
    }
}

fn replaced(version: &str, other: &Deployment, pull: Option<PullRequest>) -> Observation {
    let release = other.descriptor.release.version.clone();
    let reason = format!("release {release} is in the place of {version}");
    let state = State::Superseded { release: Some(release), reason };
    Observation { pull, ..Observation::of(state) }
}
