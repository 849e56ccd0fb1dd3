//! Forecast: what a promotion would do now, environment by environment, without doing it.
//!
//! It looks at what a [`Stage`] looks at, in the same order. What depends on an environment that is not verified
//! yet cannot be known before that is.

use anyhow::Result;
use jiff::Timestamp;

use super::entry::{self, GateState};
use super::needs::waits_for;
use super::open::open;
use super::request::PromoteRequest;
use super::rings;
use super::stage::Stage;
use crate::config::Environment;
use crate::forge::StatusState;
use crate::gates::Moment;
use crate::propose::Changes;
use crate::render::Rendering;
use crate::render::ownership::Drift;
use crate::rollout::verdict;

/// What would be done in one environment.
#[derive(Debug, Clone)]
pub struct Forecast {
    pub environment: String,
    /// The version that is deployed.
    pub from: Option<String>,
    pub next: NextStep,
    /// The ring that comes next, where more follow: `ring 1 of 2 (canary)`.
    pub ring: Option<String>,
    /// What the proposal would change.
    pub changes: Option<Changes>,
    /// What the gates say; empty where they are not asked yet.
    pub gates: Vec<GateState>,
}

/// The next that happens in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// The release is deployed and has a success.
    Unchanged,
    /// It is deployed and waits for reports and checks; or it failed, and is looked at again.
    Verify {
        failed: Option<String>,
    },
    /// It is proposed.
    Merge {
        number: u64,
        url: String,
    },
    Propose,
    /// Behind these environments.
    After(Vec<String>),
    /// A gate is closed until then, or until somebody or something opens it.
    Wait {
        why: String,
        until: Option<Timestamp>,
    },
    /// It stands still: people or a newer release are in the way.
    Refused(String),
    /// People changed these files by hand.
    Drifted(Vec<Drift>),
}

/// What would be done in an environment whose rendering is this. `before` are the forecasts of those before it.
pub fn forecast(
    request: &PromoteRequest,
    environment: &Environment,
    rendering: &Rendering,
    before: &[Forecast],
) -> Result<Forecast> {
    let destination = open(request.destinations, environment)?;
    let rendering = rings::next_ring(&destination, rendering, request.options.source_repository)?;
    let mut stage = Stage::new(request, destination, rendering, Timestamp::UNIX_EPOCH)?;
    let _look = stage.destination.look();
    let tip = stage.destination.base_tip()?;
    let from = stage.destination.deployment(tip)?.map(|deployed| deployed.release().version);
    let (next, changes, gates) = next(&mut stage, before)?;
    let ring = stage.rendering.ring.as_ref().map(ToString::to_string);
    Ok(Forecast { environment: environment.name.clone(), from, next, ring, changes, gates })
}

type Found = (NextStep, Option<Changes>, Vec<GateState>);

fn next(stage: &mut Stage, before: &[Forecast]) -> Result<Found> {
    let only = |next| Ok((next, None, Vec::new()));
    stage.settle_newest()?;
    let (repository, tip) = (stage.destination.repository.clone(), stage.destination.base_tip()?);
    if stage.content.stands_in(&repository, tip)? {
        let verdict =
            verdict::of_content(&stage.destination, &stage.content, tip)?.map(|(_, verdict)| verdict);
        return only(match verdict {
            Some(verdict) if verdict.state == StatusState::Success => NextStep::Unchanged,
            Some(verdict) if verdict.state != StatusState::Pending => {
                NextStep::Verify { failed: Some(verdict.description) }
            }
            _ => NextStep::Verify { failed: None },
        });
    }
    if let Some(newer) = stage.newer_than_this()?.filter(|_| !stage.request.options.allow_older) {
        return only(NextStep::Refused(format!("{newer} is deployed, which is newer")));
    }
    if let Some(answer) = stage.answer_of_people()? {
        return only(NextStep::Refused(answer.reason));
    }
    if let Some(held) = stage.held()? {
        return only(NextStep::Refused(held.reason));
    }
    let changes = Changes::between(&stage.destination, tip, &stage.rendering)?;
    let is_drift_overwritten =
        stage.request.options.overwrite_drift || stage.destination.environment.drift_overwritten;
    if !changes.drift.is_empty() && !is_drift_overwritten {
        return Ok((NextStep::Drifted(changes.drift.clone()), Some(changes), Vec::new()));
    }
    let needs = &stage.destination.environment.needs;
    let is_open =
        |need: &&String| before.iter().any(|it| it.environment == **need && it.next != NextStep::Unchanged);
    let open: Vec<String> = needs.iter().filter(is_open).cloned().collect();
    if !open.is_empty() {
        return Ok((NextStep::After(open), Some(changes), Vec::new()));
    }
    if let Some(refused) = waits_for(stage, &[])? {
        return Ok((NextStep::Refused(refused.reason), Some(changes), Vec::new()));
    }
    let proposed = stage.proposed_already()?;
    let moment = if proposed.is_some() { Moment::Merge } else { Moment::Propose };
    let gates = entry::ask(&stage.known(proposed.as_ref().map(|pull| pull.number)), moment)?;
    let next = match entry::kept_out(&gates) {
        Some(kept) if kept.opens.ask_again_at().is_none() => NextStep::Refused(kept.why),
        Some(kept) => NextStep::Wait { until: kept.opens.at(), why: kept.why },
        None => match proposed {
            Some(pull) => NextStep::Merge { number: pull.number, url: pull.url },
            None => NextStep::Propose,
        },
    };
    Ok((next, Some(changes), gates))
}
