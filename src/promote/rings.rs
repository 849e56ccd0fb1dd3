//! Rings: the targets of an environment one after the other, each ring as a stage of its own.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;

use super::event::{Event, What};
use super::request::PromoteRequest;
use super::result::EnvironmentResult;
use super::stage::Stage;
use crate::gitops::{Content, Destination, ring};
use crate::propose;
use crate::render::Rendering;
use crate::rollout::verdict;
use crate::vocabulary::Outcome;

/// Goes through the rings that are left, each when the one before it is verified. `None`: after a ring or a gate
/// took its time, needs and rings have to be looked at again.
pub fn run(
    request: &PromoteRequest,
    destination: &Destination,
    rendering: &Rendering,
    began: Timestamp,
    events: &dyn Fn(Event),
) -> Result<Option<EnvironmentResult>> {
    let mut ring = reached(destination, rendering, request.options.source_repository)?;
    loop {
        let proposed = ring::at(destination, rendering, ring)?;
        let stage = Stage::new(request, destination.clone(), proposed, began)?;
        let Some(result) = stage.run(events)? else { return Ok(None) };
        ring += 1;
        if ring == ring::count(destination) || !result.outcome.is_success() || result.taken_over {
            return Ok(Some(result));
        }
        if result.outcome == Outcome::Done {
            let what = What::RingEnded { reason: result.reason };
            events(Event { environment: result.environment, what });
            return Ok(None);
        }
    }
}

/// What comes next: the ring that the release has reached, or the one behind it where that is verified.
pub fn next_ring(
    destination: &Destination,
    rendering: &Rendering,
    source: Option<&Path>,
) -> Result<Rendering> {
    let reached = reached(destination, rendering, source)?;
    let proposed = ring::at(destination, rendering, reached)?;
    if reached + 1 == ring::count(destination) || !is_verified(destination, &proposed, source)? {
        return Ok(proposed);
    }
    ring::at(destination, rendering, reached + 1)
}

/// The ring that a release has reached, where there is to go on. Everybody who can write to the branch can write a
/// descriptor, so it counts only with the files that it is about.
pub fn reached(destination: &Destination, rendering: &Rendering, source: Option<&Path>) -> Result<usize> {
    let reached = ring::reached(destination, rendering)?;
    let is_there =
        reached == 0 || standing(destination, &ring::at(destination, rendering, reached)?, source)?.is_some();
    Ok(if is_there { reached } else { 0 })
}

fn is_verified(destination: &Destination, rendering: &Rendering, source: Option<&Path>) -> Result<bool> {
    let Some(content) = standing(destination, rendering, source)? else { return Ok(false) };
    let verdict = verdict::of_content(destination, &content, destination.base_tip()?)?;
    Ok(verdict.is_some_and(|(_, verdict)| verdict::is_good(&verdict)))
}

/// What a rendering has in git, if that stands on the base branch.
fn standing(
    destination: &Destination,
    rendering: &Rendering,
    source: Option<&Path>,
) -> Result<Option<Content>> {
    let mut rendering = rendering.clone();
    propose::settle(destination, &mut rendering, None, source)?;
    let content = Content::of(&rendering.files)?;
    let stands = content.stands_in(&destination.repository, destination.base_tip()?)?;
    Ok(stands.then_some(content))
}
