//! Detail: one environment in full, for people who ask why it stands where it stands.

use anyhow::Result;

use super::next::{NextAction, Situation, next};
use super::{EnvironmentStatus, environment_status};
use crate::forge::PullRequest;
use crate::gates::{Evidence, Moment};
use crate::gitops::{Destination, Destinations};
use crate::promote::entry::{self, GateState};
use crate::promote::evidence::Known;
use crate::promote::open::open;
use crate::release::Release;
use crate::rollout::{self, Awaited, Observation};
use crate::vocabulary::Diagnostic;

/// One environment in full.
#[derive(Debug)]
pub struct EnvironmentDetail {
    pub status: EnvironmentStatus,
    /// The author of the commit that brought what is deployed: who merged.
    pub by: Option<String>,
    /// The pull request that brought it.
    pub brought_by: Option<PullRequest>,
    /// What the open pull request waits for, or why that cannot be seen.
    pub merge: Option<Result<Observation, String>>,
    /// The release that comes next: it is proposed, or deployed and verified in all that this environment needs.
    pub wanted: Option<Release>,
    /// What the gates say about it; why, where one cannot be asked.
    pub gates: Vec<(String, Result<GateState, String>)>,
    /// What to do next; `None`: nothing.
    pub next: Option<NextAction>,
}

/// Looks at one environment. Nothing is written.
pub fn detail(destinations: &Destinations, environment: &str) -> Result<EnvironmentDetail> {
    let destination = open(destinations, destinations.pipeline.environment(environment)?)?;
    let _look = destination.look();
    // The pull requests come before the tip of the branch: what is merged in between is on it.
    let pulls = destination.pulls()?;
    let _tip = destination.repository.look(&[destination.base_branch()]);
    let status = environment_status(&destination, |_| true)?;
    let commit = status.deployed.as_ref().map(|deployed| deployed.commit);
    let by = commit.map(|commit| destination.repository.author(commit)).transpose()?;
    let brought_by =
        pulls.into_iter().find(|pull| pull.merge_commit.is_some() && pull.merge_commit == commit);
    let number = status.proposed.as_ref().map(|proposed| proposed.number);
    let merge = number.map(|number| {
        let awaited = Awaited { pull: Some(number), ..Awaited::default() };
        rollout::observe(&destination, awaited).map_err(|error| Diagnostic::line(&error))
    });
    let wanted = wanted(destinations, &destination, &status)?;
    let gates = match &wanted {
        Some(release) => ask(destinations, &destination, &status, release),
        None => Vec::new(),
    };
    let situation = Situation { status: &status, merge: &merge, wanted: wanted.as_ref(), gates: &gates };
    let next = next(destinations, &destination, &situation)?;
    Ok(EnvironmentDetail { status, by, brought_by, merge, wanted, gates, next })
}

/// The release that is proposed, else the one that is verified in all that this environment needs, unless people
/// or a rollback took that one out here.
fn wanted(
    destinations: &Destinations,
    destination: &Destination,
    status: &EnvironmentStatus,
) -> Result<Option<Release>> {
    if let Some(proposed) = &status.proposed {
        return Ok(proposed.release.clone());
    }
    let Some(need) = destination.environment.needs.first() else { return Ok(None) };
    let before = open(destinations, destinations.pipeline.environment(need)?)?;
    let Some(deployed) = before.deployment(before.base_tip()?)? else { return Ok(None) };
    let release = deployed.release();
    let is_same = |other: &Release| other.version == release.version && other.commit == release.commit;
    let is_here = status.deployed.as_ref().is_some_and(|deployed| is_same(&deployed.release));
    let is_held = status.holds.iter().any(|hold| hold.release.is(&release));
    let is_withdrawn = status.withdrawn.as_ref().is_some_and(|it| it.release == release.version);
    if is_here || is_held || is_withdrawn {
        return Ok(None);
    }
    let known = Known { destinations, destination, release: &release, pull: None };
    let is_verified = known.verified()?.iter().all(|verified| verified.since.is_ok());
    Ok(Some(release).filter(|_| is_verified))
}

/// What the gates say about a release that is to enter. What takes the application out and what rolls a release
/// back passes them.
fn ask(
    destinations: &Destinations,
    destination: &Destination,
    status: &EnvironmentStatus,
    release: &Release,
) -> Vec<(String, Result<GateState, String>)> {
    let proposed = status.proposed.as_ref();
    if proposed.is_some_and(|proposed| proposed.rollback.is_some()) {
        return Vec::new();
    }
    let pull = proposed.map(|proposed| proposed.number);
    let moment = if pull.is_some() { Moment::Merge } else { Moment::Propose };
    let known = Known { destinations, destination, release, pull };
    let told = |state: Result<GateState>| state.map_err(|error| Diagnostic::line(&error));
    entry::answers(&known, moment).map(|(name, state)| (name.to_owned(), told(state))).collect()
}
