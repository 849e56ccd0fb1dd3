//! Rings: the targets of an environment one after the other, each ring as a stage of its own.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;

use super::event::{Event, What};
use super::request::PromoteRequest;
use super::result::EnvironmentResult;
use super::stage::Stage;
use crate::forge::StatusState;
use crate::gitops::{Content, Destination, ring};
use crate::propose;
use crate::render::Rendering;
use crate::rollout::verdict;
use crate::vocabulary::Outcome;

/// Goes through the rings that are left, each when the one before it is verified.
pub fn run(
    request: &PromoteRequest,
    destination: &Destination,
    rendering: &Rendering,
    began: Timestamp,
    events: &dyn Fn(Event),
) -> Result<EnvironmentResult> {
    let mut ring = ring::reached(destination, rendering)?;
    loop {
        let proposed = ring::at(destination, rendering, ring)?;
        let result = Stage::new(request, destination.clone(), proposed, began)?.run(events)?;
        ring += 1;
        if ring == ring::count(destination) || !result.outcome.is_success() || result.taken_over {
            return Ok(result);
        }
        if result.outcome == Outcome::Done {
            let what = What::RingEnded { reason: result.reason };
            events(Event { environment: result.environment, what });
        }
    }
}

/// What comes next: the ring that the release has reached, or the one behind it where that is verified.
pub fn next_ring(
    destination: &Destination,
    rendering: &Rendering,
    source: Option<&Path>,
) -> Result<Rendering> {
    let reached = ring::reached(destination, rendering)?;
    let proposed = ring::at(destination, rendering, reached)?;
    if reached + 1 == ring::count(destination) || !is_verified(destination, &proposed, source)? {
        return Ok(proposed);
    }
    ring::at(destination, rendering, reached + 1)
}

fn is_verified(destination: &Destination, rendering: &Rendering, source: Option<&Path>) -> Result<bool> {
    let mut rendering = rendering.clone();
    propose::settle(destination, &mut rendering, None, source)?;
    let (content, tip) = (Content::of(&rendering.files)?, destination.base_tip()?);
    if !content.stands_in(&destination.repository, tip)? {
        return Ok(false);
    }
    let verdict = verdict::of_content(destination, &content, tip)?;
    Ok(verdict.is_some_and(|(_, verdict)| verdict.state == StatusState::Success))
}
