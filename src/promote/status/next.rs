//! Next: what people do next about an environment, and the command for it.

use anyhow::Result;

use super::{Deployed, EnvironmentStatus};
use crate::gitops::{Destination, Destinations};
use crate::promote::continue_release::release_arguments;
use crate::promote::entry::GateState;
use crate::promote::rollback::{Plan, Wanted};
use crate::release::Release;
use crate::rollout::{Observation, State};

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAction {
    /// In the imperative, without a period.
    pub what: String,
    /// The command that does it, where one does.
    pub command: Option<String>,
}

/// What it follows from.
pub struct Situation<'a> {
    pub status: &'a EnvironmentStatus,
    pub merge: &'a Option<Result<Observation, String>>,
    pub wanted: Option<&'a Release>,
    pub gates: &'a [(String, Result<GateState, String>)],
}

impl NextAction {
    fn run(command: String, what: impl Into<String>) -> Self {
        Self { what: what.into(), command: Some(command) }
    }

    fn tell(what: impl Into<String>) -> Self {
        Self { what: what.into(), command: None }
    }
}

/// What is to be done; `None`: nothing.
pub fn next(
    destinations: &Destinations,
    destination: &Destination,
    situation: &Situation,
) -> Result<Option<NextAction>> {
    let Situation { status, wanted, .. } = *situation;
    let name = &status.environment;
    if status.proposed.is_some() {
        return Ok(Some(about_proposal(destination, situation)));
    }
    if let Some(deployed) = status.deployed.as_ref().filter(|deployed| deployed.failure().is_some()) {
        return about_failure(destinations, destination, status, deployed).map(Some);
    }
    if status.withdrawn.is_some() {
        return Ok(Some(NextAction::tell("promote a newer release, or this one again with `--again`")));
    }
    if !status.drift.is_empty() {
        return Ok(Some(about_drift(destination, status)));
    }
    let Some(deployed) = &status.deployed else {
        if wanted.is_none() {
            let command = format!("towline promote {}", release_arguments(destinations.pipeline));
            return Ok(Some(NextAction::run(command, "promote a release")));
        }
        return Ok(about_wanted(destination, situation));
    };
    if !deployed.is_verified() {
        let what = match status.rollout.as_ref().map(|seen| &seen.state) {
            Some(State::Done) => "run the checks and record that it rolled out",
            Some(State::Failed { .. } | State::TimedOut { .. }) => {
                "record the failure, and what follows from it"
            }
            _ => "wait for the rollout, run the checks and record the result",
        };
        return Ok(Some(NextAction::run(format!("towline promote --continue {name}"), what)));
    }
    if deployed.ring.is_some() {
        let command = format!("towline promote --continue {name}");
        return Ok(Some(NextAction::run(command, "go on to the next ring")));
    }
    Ok(about_wanted(destination, situation))
}

fn about_proposal(destination: &Destination, situation: &Situation) -> NextAction {
    let name = &situation.status.environment;
    if let Some(gate) = about_gates(destination, situation) {
        return gate;
    }
    let seen = situation.merge.as_ref().and_then(|merge| merge.as_ref().ok());
    let readiness = seen.and_then(|seen| seen.merge_readiness.as_ref());
    let proposed = situation.status.proposed.as_ref();
    let is_rollback = proposed.is_some_and(|proposed| proposed.rollback.is_some());
    let is_removal = proposed.is_some_and(|proposed| proposed.release.is_none());
    let go_on = match is_rollback {
        true => format!("towline rollback {name}"),
        false => format!("towline promote --continue {name}"),
    };
    if seen.is_some_and(Observation::needs_new_base) && !is_removal {
        return NextAction::run(go_on, "put the pull request onto the new base");
    }
    if readiness.is_some_and(|readiness| !readiness.rejected_by.is_empty()) {
        return NextAction::tell(
            "a reviewer rejected the pull request: settle that, or promote another release",
        );
    }
    if readiness.is_some_and(|readiness| readiness.merges_itself) {
        return NextAction::tell("the forge merges the pull request when nothing is missing");
    }
    match destination.environment.merge.may_merge() && !is_removal {
        true => NextAction::run(go_on, "merge the pull request and wait for the rollout"),
        false => NextAction::run(format!("towline merge {name}"), "review the pull request, and merge it"),
    }
}

/// What opens the first gate that is closed.
fn about_gates(destination: &Destination, situation: &Situation) -> Option<NextAction> {
    let name = &situation.status.environment;
    let states = situation.gates.iter().filter_map(|(_, state)| state.as_ref().ok());
    let closed = states.filter_map(|state| Some((state, state.keeps_out()?)));
    // One that waits for people holds up more than one that opens by itself.
    let (state, kept) = closed.min_by_key(|(_, kept)| kept.opens.ask_again_at().is_some())?;
    let release = &situation.wanted?.version;
    let mut gates = destination.environment.gates.iter();
    let is_manual = gates.any(|gate| gate.name == state.gate && gate.is_manual());
    Some(match (kept.opens.at(), kept.opens.ask_again_at()) {
        _ if is_manual => {
            let command = format!("towline approve {name} --release {release} --gate {}", state.gate);
            NextAction::run(command, "approve the release")
        }
        (Some(at), _) => NextAction::tell(format!("the gate `{}` opens at {at}", state.gate)),
        (None, Some(_)) => NextAction::tell(format!("the gate `{}` may open by itself", state.gate)),
        (None, None) => {
            let gate = &state.gate;
            let command =
                format!("towline override {name} --release {release} --gate {gate} --reason REASON");
            NextAction::run(command, "let the release pass the gate, if it must go on")
        }
    })
}

fn about_failure(
    destinations: &Destinations,
    destination: &Destination,
    status: &EnvironmentStatus,
    deployed: &Deployed,
) -> Result<NextAction> {
    let name = &status.environment;
    if matches!(status.rollout.as_ref().map(|seen| &seen.state), Some(State::Done))
        && status.rollout.as_ref().is_some_and(|seen| {
            let healthy = seen.times.healthy_at.map(|at| at.as_second());
            healthy >= deployed.verdict.as_ref().map(|verdict| verdict.at.as_second())
        })
    {
        let command = format!("towline promote --continue {name}");
        return Ok(NextAction::run(command, "record that it has recovered"));
    }
    Ok(match Plan::find(destination, destinations, &Wanted::default()) {
        Ok(plan) => {
            let what = format!("bring {} back, or promote a newer release", plan.to.version);
            NextAction::run(format!("towline rollback {name}"), what)
        }
        Err(_) => {
            let command = format!("towline promote --continue {name} --again");
            NextAction::run(command, "promote a newer release, or wait for this one once more")
        }
    })
}

fn about_drift(destination: &Destination, status: &EnvironmentStatus) -> NextAction {
    let descriptor = &destination.environment.gitops.descriptor;
    if status.drift.iter().any(|drift| drift.path == *descriptor) {
        return NextAction::tell(format!("restore {descriptor} from git"));
    }
    let command = format!("towline promote --continue {} --overwrite-drift", status.environment);
    NextAction::run(command, "restore the files from git, or propose what was rendered")
}

/// What brings the release here that is verified before this environment.
fn about_wanted(destination: &Destination, situation: &Situation) -> Option<NextAction> {
    let wanted = situation.wanted?;
    let need = destination.environment.needs.first()?;
    Some(about_gates(destination, situation).unwrap_or_else(|| {
        let command = format!("towline promote --continue {need}");
        NextAction::run(command, format!("bring {} here", wanted.version))
    }))
}
