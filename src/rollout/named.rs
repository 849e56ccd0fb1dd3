//! Named: the proposal or deployment of one release. An environment has one pull request, which the
//! next release takes over; whoever awaits a release by its name is told so, also when that was
//! while nobody looked.

use std::cmp::Ordering;

use anyhow::Result;

use super::observation::{Observation, State};
use super::subject::nothing_there;
use crate::forge::{PullRequest, PullState};
use crate::gitops::{Content, Deployment, Destination};
use crate::release::{self, Release};
use crate::vocabulary::Diagnostic;

/// How many pull requests are searched, from the newest on.
const PULLS: usize = 10;

/// Where a release is.
#[derive(Debug)]
pub enum Named {
    /// What to await, see [`super::Awaited`].
    Here { pull: Option<u64>, content: Content },
    /// Another one is in its place.
    Replaced(Box<Observation>),
}

/// Looks for the release `version` among the proposals, and on the base branch.
pub fn named(destination: &Destination, pull: Option<u64>, version: &str) -> Result<Named> {
    let repository = &destination.repository;
    let mut other = None;
    for pull in pulls(destination, pull)? {
        let Some(found) = proposed(destination, &pull)? else { continue };
        if found.descriptor.release.version == version {
            return Ok(Named::Here { pull: Some(pull.number), content: found.content(repository)? });
        }
        other.get_or_insert((found, Some(pull)));
    }
    match destination.deployment(destination.base_tip()?)? {
        Some(found) if found.descriptor.release.version == version => {
            Ok(Named::Here { pull: None, content: found.content(repository)? })
        }
        deployed => {
            let other = other.or(deployed.map(|deployed| (deployed, None)));
            let Some((other, pull)) = other else { return Err(nothing_there(destination)) };
            // What is newer cannot have been replaced by it.
            let there = other.release();
            let wanted = Release { version: version.to_owned(), build: None, commit: None, ..there.clone() };
            if release::order(&wanted, &there, None) == Some(Ordering::Greater) {
                return Err(never_proposed(destination, version));
            }
            Ok(Named::Replaced(Box::new(replaced(version, &other, pull))))
        }
    }
}

fn never_proposed(destination: &Destination, version: &str) -> anyhow::Error {
    let environment = &destination.environment.name;
    Diagnostic::new(format!("release {version} is not proposed or deployed for environment `{environment}`"))
        .hint(format!(
            "propose it with `towline propose {environment} --release {version}`, and `--image NAME=TAG` for each \
             image of the pipeline file"
        ))
        .into()
}

/// The newest first.
fn pulls(destination: &Destination, number: Option<u64>) -> Result<Vec<PullRequest>> {
    if let Some(number) = number {
        return Ok(vec![destination.own_pull(number)?]);
    }
    let mut pulls = destination.pulls()?;
    pulls.truncate(PULLS);
    Ok(pulls)
}

fn proposed(destination: &Destination, pull: &PullRequest) -> Result<Option<Deployment>> {
    let read = destination.deployment(pull.merge_commit.unwrap_or(pull.head_commit));
    match pull.state {
        PullState::Open => read,
        // What was closed, or forced away after it was merged, may be gone.
        PullState::Closed | PullState::Merged => Ok(read.ok().flatten()),
    }
}

fn replaced(version: &str, other: &Deployment, pull: Option<PullRequest>) -> Observation {
    let release = other.descriptor.release.version.clone();
    let reason = format!("release {release} has replaced {version}");
    let state = State::Superseded { release: Some(release), reason };
    Observation { pull, ..Observation::of(state) }
}
