//! Promote: carries a release through its environments, one after another.
//!
//! [`plan`] says which; [`stage`] does all there is to do in one of them. There is no state: every
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
pub mod checks;
mod command;
pub mod continue_release;
mod deploy;
mod event;
mod gates;
pub mod junit;
mod junit_files;
mod keep_mergeable;
pub mod orphans;
mod outlast;
pub mod plan;
mod record;
mod request;
mod result;
mod same_manifests;
mod same_release;
mod stage;
pub mod status;

use anyhow::{Context, Result};

pub use event::{Event, What};
pub use keep_mergeable::{ProposalEvent, keep_mergeable, refuse_changed};
pub use plan::Selection;
pub use request::PromoteRequest;
pub use result::{EnvironmentResult, Promotion};

use self::stage::Stage;
use crate::config::{Environment, Trusted};
use crate::forge::PullRequest;
use crate::gitops::{Destination, Destinations};
use crate::release::Release;
use crate::render::{self, Deployed, RenderRequest};
use crate::rollout::verdict::{self, Standing};
use crate::vocabulary::{Diagnostic, Outcome};

/// Promotes a release. An error means that something could not be done or known before the first
/// environment was done; how the release did is the [`Promotion`].
pub fn promote(request: &PromoteRequest, events: &dyn Fn(Event)) -> Result<Promotion> {
    let environments = plan::environments(request.destinations.pipeline, &request.selection)?;
    let stages = stages(request, &environments, events)?;
    if environments.iter().any(|environment| environment.gitops.trusted == Trusted::Any) {
        let notify = &request.destinations.access.notify;
        notify("verdicts of every account count, because `gitops.trusted` is `any`");
    }
    let mut results: Vec<EnvironmentResult> = Vec::new();
    let destinations: Vec<Destination> = stages.iter().map(|stage| stage.destination.clone()).collect();
    for (index, stage) in stages.into_iter().enumerate() {
        let environment = destinations[index].environment;
        // Where another environment was done, the forge has answered.
        let outlast = stage.outlast().filter(|_| !results.is_empty());
        let blocked = match &outlast {
            Some(outlast) => outlast.run(|| waits_for(&stage, &results)),
            None => waits_for(&stage, &results),
        };
        let entered = blocked.and_then(|blocked| blocked.map_or_else(|| stage.run(events), Ok));
        let entered =
            entered.with_context(|| format!("cannot promote to environment `{}`", environment.name));
        let stopped = match &entered {
            Ok(result) => result.outcome,
            Err(error) => Diagnostic::outcome_of(error),
        };
        if matches!(stopped, Outcome::Refused | Outcome::Failed) {
            destinations[index..].iter().try_for_each(|one| disarm(one, request.release))?;
        }
        let result = match entered {
            Ok(result) => result,
            Err(error) if results.is_empty() => return Err(error),
            // What was done in the environments before is told all the same.
            Err(error) => {
                let outcome = Diagnostic::outcome_of(&error);
                results.push(EnvironmentResult::new(&environment.name, outcome, format!("{error:#}")));
                return Ok(Promotion { outcome, environments: results, error: Some(error) });
            }
        };
        let outcome = result.outcome;
        let ended = What::Ended(Box::new(result.clone()));
        events(Event { environment: environment.name.clone(), what: ended });
        results.push(result);
        if !outcome.is_success() && outcome != Outcome::Unfinished {
            break;
        }
    }
    Ok(Promotion { outcome: outcome(&results), environments: results, error: None })
}

/// Takes back what is left to the forge to merge of this release: it would merge later what was
/// refused now.
fn disarm(destination: &Destination, release: &Release) -> Result<()> {
    let Some(pull) = destination.newest_pull()?.filter(PullRequest::is_open) else { return Ok(()) };
    // People may have damaged the descriptor; then the proposal is refused wherever it is looked at.
    let proposed = destination.deployment(pull.head_commit).ok().flatten();
    match proposed.is_some_and(|proposed| verdict::is_of(&proposed.descriptor, release)) {
        true => destination.forge.cancel_merge(pull.number).context("cannot cancel the merge by the forge"),
        false => Ok(()),
    }
}

/// Opens and renders all of them; the error is that of the first environment that has one.
fn stages<'a>(
    request: &'a PromoteRequest<'a>,
    environments: &[&'a Environment],
    events: &dyn Fn(Event),
) -> Result<Vec<Stage<'a>>> {
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
    let stages = destinations
        .into_iter()
        .zip(renderings)
        .map(|(destination, rendering)| Stage::new(request, destination, rendering?))
        .collect::<Result<Vec<_>>>()?;
    for stage in &stages {
        let environment = &stage.destination.environment.name;
        let said = stage.rendering.warnings.iter().cloned();
        said.for_each(|it| events(Event { environment: environment.clone(), what: What::Warned(it) }));
    }
    closed.map(|()| stages)
}

/// Opens an environment, and says which one when that fails.
fn open<'a>(destinations: &Destinations<'a>, environment: &'a Environment) -> Result<Destination<'a>> {
    let opened = destinations.open(environment);
    opened.with_context(|| format!("cannot open environment `{}`", environment.name))
}

/// What an environment needs and has not: with `once`, an environment that is not finished; else
/// one that this release was never verified in.
fn waits_for(stage: &Stage, results: &[EnvironmentResult]) -> Result<Option<EnvironmentResult>> {
    let (request, environment) = (stage.request, stage.destination.environment);
    let refused = |reason| Ok(Some(EnvironmentResult::new(&environment.name, Outcome::Refused, reason)));
    for need in &environment.needs {
        if results.iter().any(|result| result.environment == *need && result.outcome == Outcome::Unfinished) {
            let reason = format!("waits for environment `{need}`");
            return Ok(Some(EnvironmentResult::new(&environment.name, Outcome::Unfinished, reason)));
        }
        if let Some(reason) = same_release::why_not_further(request.release) {
            return refused(reason);
        }
        let destination = open(request.destinations, request.destinations.pipeline.environment(need)?)?;
        let version = &request.release.version;
        let (why, flag) = match verdict::standing(&destination, request.release)? {
            Standing::Verified(commit) => {
                match same_release::why_another(&destination, commit, &stage.rendering)? {
                    Some(reason) => return refused(reason),
                    None => continue,
                }
            }
            Standing::Withdrawn(withdrawal) => (withdrawal.describe(), " --again"),
            Standing::Not(why) => (why, ""),
        };
        return refused(format!(
            "release {version} is not verified in environment `{need}`, which `{}` needs: {why}; run \
             `towline promote --to {need} {}{flag}` first",
            environment.name,
            request.release.arguments()
        ));
    }
    Ok(None)
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
