//! Schedule: environments go side by side. Each begins when everything that it needs has ended. None begins
//! after one has stopped the promotion; those that have begun go on to their end.
//!
//! Every environment has a thread, with repositories of its own and the same forges. It waits while what
//! happens there is told on the thread that promotes.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::thread;

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::event::{Event, What};
use super::needs::waits_for;
use super::open::open;
use super::request::PromoteRequest;
use super::result::EnvironmentResult;
use super::rings;
use super::stage::Stage;
use crate::bounds::STACK;
use crate::config::Environment;
use crate::forge::PullRequest;
use crate::gitops::Destination;
use crate::release::Release;
use crate::render::Rendering;
use crate::rollout::verdict;
use crate::vocabulary::{Diagnostic, Outcome};

/// An environment of a promotion.
pub struct Planned<'a> {
    destination: Destination<'a>,
    /// Until it begins.
    rendering: Option<Rendering>,
    /// When it has ended.
    ended: Option<Ended>,
}

/// How an environment ended.
pub struct Ended {
    pub result: EnvironmentResult,
    /// What could not be done or known.
    pub error: Option<anyhow::Error>,
}

/// What the thread of an environment tells.
enum Told {
    /// It waits until this is shown.
    Event(Event, SyncSender<()>),
    /// The place of the environment, and what came of it.
    Ended(usize, thread::Result<Result<Box<EnvironmentResult>>>),
}

impl<'a> Planned<'a> {
    pub fn new(destination: Destination<'a>, rendering: Rendering) -> Self {
        Self { destination, rendering: Some(rendering), ended: None }
    }

    /// `None`: it has begun.
    pub fn rendering(&self) -> Option<&Rendering> {
        self.rendering.as_ref()
    }

    fn is_running(&self) -> bool {
        self.rendering.is_none() && self.ended.is_none()
    }

    fn result(&self) -> Option<&EnvironmentResult> {
        self.ended.as_ref().map(|ended| &ended.result)
    }
}

/// Carries the release through all of them, and returns those that began.
pub fn run(
    request: &PromoteRequest,
    mut planned: Vec<Planned>,
    events: &dyn Fn(Event),
) -> Result<Vec<Ended>> {
    let now = request.destinations.access.clock.now();
    thread::scope(|scope| -> Result<()> {
        let (tell, told) = channel();
        loop {
            while let Some(index) = next(&planned) {
                let environment = planned[index].destination.environment;
                let results: Vec<_> = planned.iter().filter_map(Planned::result).cloned().collect();
                let request = request.apart()?;
                let Some(rendering) = planned[index].rendering.take() else { break };
                let tell = tell.clone();
                let thread = thread::Builder::new().stack_size(STACK);
                thread.spawn_scoped(scope, move || {
                    let work = || {
                        request
                            .with(|it| enter(it, environment, rendering, &results, now, &tell))
                            .map(Box::new)
                    };
                    tell.send(Told::Ended(index, catch_unwind(AssertUnwindSafe(work)))).ok();
                })?;
            }
            if !planned.iter().any(Planned::is_running) {
                return Ok(());
            }
            match told.recv()? {
                Told::Event(event, shown) => {
                    events(event);
                    shown.send(()).ok();
                }
                Told::Ended(index, Ok(entered)) => {
                    let entered = entered.map(|result| *result);
                    end(request, &mut planned, index, entered, events)?;
                }
                Told::Ended(_, Err(panic)) => resume_unwind(panic),
            }
        }
    })?;
    Ok(planned.into_iter().filter_map(|it| it.ended).collect())
}

/// The first environment that can begin: nothing that it needs is still to end.
fn next(planned: &[Planned]) -> Option<usize> {
    let stops = |result: &EnvironmentResult| {
        result.rolled_back.is_some() || !result.outcome.is_success() && result.outcome != Outcome::Unfinished
    };
    if planned.iter().filter_map(Planned::result).any(stops) {
        return None;
    }
    let has_ended = |need: &String| {
        planned.iter().all(|it| it.destination.environment.name != *need || it.ended.is_some())
    };
    let can_begin =
        |it: &Planned| it.rendering.is_some() && it.destination.environment.needs.iter().all(has_ended);
    planned.iter().position(can_begin)
}

/// Does everything that there is to do in an environment.
fn enter(
    request: &PromoteRequest,
    environment: &Environment,
    rendering: Rendering,
    results: &[EnvironmentResult],
    began: Timestamp,
    tell: &Sender<Told>,
) -> Result<EnvironmentResult> {
    let events = |event| {
        let (shown, wait) = sync_channel(1);
        // Nobody listens any more where another environment ended the run.
        if tell.send(Told::Event(event, shown)).is_ok() {
            wait.recv().ok();
        }
    };
    loop {
        let destination = open(request.destinations, environment)?;
        let stage = Stage::new(request, destination, rendering.clone(), began)?;
        // Where another environment was done, the forge has answered.
        let outlast = stage.outlast().filter(|_| !results.is_empty());
        let blocked = match &outlast {
            Some(outlast) => outlast.run(|| waits_for(&stage, results))?,
            None => waits_for(&stage, results)?,
        };
        let ended = match blocked {
            Some(blocked) => Some(blocked),
            None if environment.rings.is_empty() => stage.run(&events)?,
            None => rings::run(request, &stage.destination, &rendering, began, &events)?,
        };
        if let Some(ended) = ended {
            return Ok(ended);
        }
    }
}

/// Takes note of how an environment ended.
fn end(
    request: &PromoteRequest,
    planned: &mut [Planned],
    index: usize,
    entered: Result<EnvironmentResult>,
    events: &dyn Fn(Event),
) -> Result<()> {
    let name = &planned[index].destination.environment.name;
    let entered = entered.with_context(|| format!("cannot promote to environment `{name}`"));
    let (result, error) = match entered {
        Ok(result) => (result, None),
        Err(error) => {
            let outcome = Diagnostic::outcome_of(&error);
            (EnvironmentResult::new(name, outcome, format!("{error:#}")), Some(error))
        }
    };
    if error.is_none() {
        events(Event { environment: name.clone(), what: What::Ended(Box::new(result.clone())) });
    }
    let outcome = result.outcome;
    planned[index].ended = Some(Ended { result, error });
    if matches!(outcome, Outcome::Refused | Outcome::Failed) {
        let is_begun = |(other, it): &(usize, &Planned)| it.rendering.is_none() && *other != index;
        let mut others = planned.iter().enumerate().filter(|it| !is_begun(it));
        others.try_for_each(|(_, it)| disarm(&it.destination, request.release))?;
    }
    Ok(())
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
