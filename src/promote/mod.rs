//! Promote: carries a release through its environments, each behind those that it needs.
//!
//! [`plan`] says which; [`schedule`] when each begins; [`stage`] does all there is to do in one of them. There is no state: every
//! run reads from git and the forge what is there already. So killing a promotion at any moment and
//! running it again gives the same end, and running it again is also how people try again after a
//! failure: an environment with a success verdict for this very rendering is passed over, any other
//! is awaited and checked anew.
//!
//! [`keep_mergeable()`] is what is done for a proposal of which only the branch is known.
//!
//! All environments are opened and rendered before anything is written, so a mistake in the last
//! one shows before the first one is deployed.

pub mod access;
mod check;
pub mod checks;
mod command;
pub mod continue_release;
pub mod decide;
mod deploy;
pub mod entry;
mod event;
mod evidence;
pub mod forecast;
mod gates;
pub mod junit;
mod junit_files;
mod keep_mergeable;
pub mod needs;
mod open;
pub mod orphans;
mod outlast;
pub mod plan;
mod queue;
mod record;
mod request;
mod result;
pub mod rings;
pub mod rollback;
mod same_manifests;
mod same_release;
mod schedule;
mod stage;
pub mod status;
mod taken_out;
pub mod verify;

use anyhow::Result;

pub use event::{Event, What};
pub use keep_mergeable::{ProposalEvent, keep_mergeable, refuse_changed};
pub use plan::Selection;
pub use request::PromoteRequest;
pub use result::{EnvironmentResult, Promotion, RolledBack};

use self::forecast::Forecast;
use self::open::open;
use self::schedule::Planned;
use crate::config::{Environment, Trusted};
use crate::render::{self, Deployed, RenderRequest};
use crate::vocabulary::{Diagnostic, Outcome};

/// Promotes a release. An error means that something could not be done or known before the first
/// environment was done; how the release did is the [`Promotion`].
pub fn promote(request: &PromoteRequest, events: &dyn Fn(Event)) -> Result<Promotion> {
    let environments = plan::environments(request.destinations.pipeline, &request.selection)?;
    let planned = prepare(request, &environments, events)?;
    if environments.iter().any(|environment| environment.gitops.trusted == Trusted::Any) {
        let notify = &request.destinations.access.notify;
        notify("verdicts of every account count, because `gitops.trusted` is `any`");
    }
    let mut ended = schedule::run(request, planned, events)?;
    let error = ended.iter_mut().find_map(|ended| ended.error.take());
    let has_results = ended.len() > 1;
    let environments: Vec<EnvironmentResult> = ended.into_iter().map(|ended| ended.result).collect();
    match error {
        // What was done in other environments is told all the same.
        Some(error) if has_results => {
            Ok(Promotion { outcome: Diagnostic::outcome_of(&error), environments, error: Some(error) })
        }
        Some(error) => Err(error),
        None => Ok(Promotion { outcome: outcome(&environments), environments, error: None }),
    }
}

/// What [`promote`] would do now. Nothing is written.
pub fn forecast(request: &PromoteRequest, events: &dyn Fn(Event)) -> Result<Vec<Forecast>> {
    let environments = plan::environments(request.destinations.pipeline, &request.selection)?;
    let planned = prepare(request, &environments, events)?;
    let mut forecasts: Vec<Forecast> = Vec::new();
    for (environment, planned) in environments.iter().zip(&planned) {
        let found = planned.rendering().map(|it| forecast::forecast(request, environment, it, &forecasts));
        forecasts.extend(found.transpose()?);
    }
    Ok(forecasts)
}

/// Opens and renders all of them; the error is that of the first environment that has one.
fn prepare<'a>(
    request: &'a PromoteRequest<'a>,
    environments: &[&'a Environment],
    events: &dyn Fn(Event),
) -> Result<Vec<Planned<'a>>> {
    let PromoteRequest { release, inputs, .. } = *request;
    let pipeline = request.destinations.pipeline;
    let mut destinations = Vec::new();
    let mut closed = Ok(());
    for environment in environments {
        match open(request.destinations, environment) {
            Ok(destination) => destinations.push(destination),
            Err(error) => {
                closed = Err(error);
                break;
            }
        }
    }
    let deployed = destinations
        .iter()
        .map(|it| Deployed::is_needed(pipeline).then(|| it.deployed_manifests()).transpose())
        .collect::<Result<Vec<_>>>()?;
    let requests = destinations.iter().zip(&deployed).map(|(destination, deployed)| RenderRequest {
        pipeline,
        environment: destination.environment,
        release,
        inputs,
        deployed: deployed.as_ref(),
    });
    let renderings = render::render_all(&requests.collect::<Vec<_>>());
    let planned = destinations
        .into_iter()
        .zip(renderings)
        .map(|(destination, rendering)| {
            let (rendering, environment) = (rendering?, &destination.environment.name);
            for warning in rendering.warnings.iter().cloned() {
                events(Event { environment: environment.clone(), what: What::Warned(warning) });
            }
            Ok(Planned::new(destination, rendering))
        })
        .collect::<Result<Vec<_>>>()?;
    closed.map(|()| planned)
}

/// The end of the chain: the first environment that stopped it, else the first that is not
/// finished. Passing over environments that a newer release took over is fine as long as there is
/// one after them to go on to.
fn outcome(results: &[EnvironmentResult]) -> Outcome {
    let of = |wanted: fn(&EnvironmentResult) -> bool| results.iter().find(|result| wanted(result));
    if let Some(stopped) = of(|it| !it.outcome.is_success() && it.outcome != Outcome::Unfinished) {
        return stopped.outcome;
    }
    match results.last() {
        _ if of(|it| it.outcome == Outcome::Unfinished).is_some() => Outcome::Unfinished,
        Some(last) if last.taken_over => Outcome::Superseded,
        _ if of(|it| it.outcome == Outcome::Done).is_some() => Outcome::Done,
        _ => Outcome::Unchanged,
    }
}
