//! Entry: what the gates of an environment say together about a release, before it is proposed and again
//! before Towline merges it.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::evidence::Known;
use crate::forge::PullRequest;
use crate::gates::{Asked, Decision, Gate, Moment, Opens, Recorded};
use crate::gitops::{Content, Destination, Destinations};
use crate::render::Rendering;
use crate::vocabulary::{Diagnostic, Outcome};

/// What one gate says of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateState {
    pub gate: String,
    pub decision: Decision,
    /// Who said that it does not count for this release, where it is closed.
    pub overridden: Option<Recorded>,
}

impl GateState {
    fn of(gate: &Gate, known: &Known, now: Timestamp) -> Result<Self> {
        let asked = Asked {
            application: known.destination.application,
            environment: &known.destination.environment.name,
            release: &known.release.version,
            commit: known.release.commit.as_deref(),
            gate: &gate.name,
            now,
            evidence: known,
        };
        let decision = gate
            .decide(&asked)
            .with_context(|| format!("{}: cannot ask the gate `{}`", gate.place, gate.name))?;
        let overridden = match decision {
            Decision::Open(_) => None,
            Decision::Closed(_) => known.overridden(&gate.name)?,
        };
        Ok(Self { gate: gate.name.clone(), decision, overridden })
    }

    /// What keeps the release out, if it does.
    pub fn keeps_out(&self) -> Option<Kept> {
        match &self.decision {
            Decision::Closed(closed) if self.overridden.is_none() => {
                let why = format!("the gate `{}` is {}", self.gate, closed.describe());
                Some(Kept { why, opens: closed.opens })
            }
            _ => None,
        }
    }
}

/// A release is kept out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Which gate is closed, and why.
    pub why: String,
    pub opens: Opens,
}

impl Kept {
    pub fn outcome(&self) -> Outcome {
        if self.opens.ask_again_at().is_some() { Outcome::Unfinished } else { Outcome::Refused }
    }
}

/// What all gates say that are asked at this moment.
pub fn ask(known: &Known, moment: Moment) -> Result<Vec<GateState>> {
    answers(known, moment).map(|(_, state)| state).collect()
}

/// The same with the name of each gate, for those who only look: one that cannot be asked hides no other.
pub fn answers<'k>(known: &'k Known, moment: Moment) -> impl Iterator<Item = (&'k str, Result<GateState>)> {
    let now = known.destination.clock.now();
    let gates = known.destination.environment.gates.iter().filter(move |gate| gate.moment() <= moment);
    gates.map(move |gate| (gate.name.as_str(), GateState::of(gate, known, now)))
}

/// The first gate that stays closed decides; else the one that opens last, and the others are named, too.
pub fn kept_out(states: &[GateState]) -> Option<Kept> {
    let mut kept: Vec<Kept> = states.iter().filter_map(GateState::keeps_out).collect();
    if let Some(never) = kept.iter().find(|kept| kept.opens == Opens::Never) {
        return Some(never.clone());
    }
    let (last, _) = kept.iter().enumerate().max_by_key(|(_, kept)| kept.opens.ask_again_at())?;
    let Kept { why, opens } = kept.remove(last);
    let why = kept.iter().fold(why, |why, other| format!("{why}; {}", other.why));
    Some(Kept { why, opens })
}

/// The gates that do not count, for people who read the proposal.
pub fn overrides(states: &[GateState]) -> Vec<String> {
    let overridden = states.iter().filter_map(|state| Some((&state.gate, state.overridden.as_ref()?)));
    overridden.map(|(gate, by)| format!("{gate} by {}", by.describe())).collect()
}

/// Asks the gates for a command that does not wait; an error when one is closed. Returns those that do not count.
pub fn enter(known: &Known, moment: Moment) -> Result<Vec<String>> {
    let states = ask(known, moment)?;
    let Some(kept) = kept_out(&states) else { return Ok(overrides(&states)) };
    let environment = &known.destination.environment.name;
    let hint = match kept.outcome() {
        Outcome::Unfinished => "run this again when it may be open",
        _ => "when it must go on all the same, run `towline override`",
    };
    let message = format!("environment `{environment}`: {}", kept.why);
    Err(Diagnostic { outcome: kept.outcome(), ..Diagnostic::new(message).hint(hint) }.into())
}

/// The same for a proposal. What stands on the branch has entered already.
pub fn enter_unless_there(
    destinations: &Destinations,
    destination: &Destination,
    rendering: &Rendering,
) -> Result<Vec<String>> {
    if destination.environment.gates.is_empty() {
        return Ok(Vec::new());
    }
    let content = Content::of(&rendering.files)?;
    match content.stands_in(&destination.repository, destination.base_tip()?)? {
        true => Ok(Vec::new()),
        false => {
            let known = Known { destinations, destination, release: &rendering.release, pull: None };
            enter(&known, Moment::Propose)
        }
    }
}

/// The same for a pull request that is open: the newest, or the one with this number.
pub fn enter_merge(
    destinations: &Destinations,
    destination: &Destination,
    number: Option<u64>,
) -> Result<Vec<String>> {
    if destination.environment.gates.is_empty() {
        return Ok(Vec::new());
    }
    let pull = match number {
        Some(number) => Some(destination.own_pull(number)?),
        None => destination.newest_pull()?,
    };
    let Some(pull) = pull.filter(PullRequest::is_open) else { return Ok(Vec::new()) };
    // What takes the application out is no release, and one that does harm goes out at any time.
    let proposed = destination.deployment(pull.head_commit)?;
    let Some(proposed) = proposed.filter(|it| it.descriptor.rollback.is_none()) else {
        return Ok(Vec::new());
    };
    let known = Known { destinations, destination, release: &proposed.release(), pull: Some(pull.number) };
    enter(&known, Moment::Merge)
}
