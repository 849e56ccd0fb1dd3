//! Rollback: brings the last release that was verified in an environment back, as it was: its files are from git,
//! and nothing is rendered. It is a proposal, merged as the environment says, awaited and checked like any other.
//! The release that it takes out is on hold from then on.
//!
//! - [`target`]: which release that is
//! - [`mod@plan`]: what will be proposed
//! - [`on_failure`]: a promotion that rolls back by itself

mod on_failure;
mod plan;
mod target;

use anyhow::{Context, Result};

pub use self::plan::{Plan, Wanted};
use super::event::Event;
use super::open::open;
use super::plan::Selection;
use super::request::PromoteRequest;
use super::result::Promotion;
use super::stage::Stage;
use crate::gitops::Destinations;
use crate::propose::ProposeOptions;
use crate::rollout::{self, Polling};
use crate::variables::Inputs;

/// What is to be rolled back, and how.
pub struct RollbackRequest<'a> {
    pub destinations: &'a Destinations<'a>,
    pub environment: &'a str,
    pub wanted: Wanted<'a>,
    /// Do all that can be done now, and end.
    pub once: bool,
    pub options: ProposeOptions<'a>,
    /// How often to look; `None`: as the forge bears.
    pub polling: Option<Polling>,
}

/// What rolling back would do. It is refused where there is nothing verified to go back to.
pub fn plan(request: &RollbackRequest) -> Result<Plan> {
    let environment = request.destinations.pipeline.environment(request.environment)?;
    rollout::expected(environment)?;
    let destination = open(request.destinations, environment)?;
    let _look = destination.look();
    Plan::find(&destination, request.destinations, &request.wanted)
}

/// Does what was planned, until it is verified or has failed.
pub fn rollback(request: &RollbackRequest, plan: &Plan, events: &dyn Fn(Event)) -> Result<Promotion> {
    let RollbackRequest { destinations, once, polling, .. } = *request;
    let destination = open(destinations, destinations.pipeline.environment(request.environment)?)?;
    let promotion = PromoteRequest {
        destinations,
        release: &plan.to,
        inputs: &Inputs::default(),
        selection: Selection::Only(request.environment.to_owned()),
        once,
        options: request.options,
        polling,
    };
    let began = destinations.access.clock.now();
    let result = Stage::new(&promotion, destination, plan.rendering.clone(), began)?.run(events)?;
    let result = result.context("a rollback waited for a gate")?;
    Ok(Promotion { outcome: result.outcome, environments: vec![result], error: None })
}
