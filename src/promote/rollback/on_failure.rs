//! On failure: a promotion that rolls back by itself where `onFailure: rollback` says so. What was begun is read
//! from git: a rollback that is proposed, or one that stands and is not verified yet. So a run that was killed is
//! continued, and none rolls back twice.

use anyhow::{Context, Result};

use super::plan::{Plan, Wanted};
use crate::config::OnFailure;
use crate::forge::PullRequest;
use crate::promote::event::{Event, What};
use crate::promote::plan::Selection;
use crate::promote::request::PromoteRequest;
use crate::promote::result::{EnvironmentResult, RolledBack};
use crate::promote::stage::Stage;
use crate::propose::ProposeOptions;
use crate::render::taken_out::{Failure, TakenOut};
use crate::rollout::verdict;
use crate::vocabulary::{Diagnostic, Outcome};

impl Stage<'_> {
    fn rolls_back(&self) -> bool {
        let on_failure = self.destination.environment.on_failure.as_ref();
        !self.is_rollback() && on_failure.is_some_and(|it| it.value == OnFailure::Rollback)
    }

    /// How this release failed, where its rollback was begun and is not finished.
    pub(in crate::promote) fn begun_rollback(&self) -> Result<Option<EnvironmentResult>> {
        if !self.rolls_back() {
            return Ok(None);
        }
        let (destination, release) = (&self.destination, self.request.release);
        let tip = destination.base_tip()?;
        let Some(standing) = destination.deployment(tip)? else { return Ok(None) };
        let from = match &standing.descriptor.rollback {
            Some(rollback) if rollback.from.is(release) => {
                let (_, verdict) = verdict::of_deployed(destination, &standing, tip)?;
                Some(rollback.from.clone()).filter(|_| !verdict.is_some_and(|it| verdict::is_good(&it)))
            }
            _ if verdict::is_of(&standing.descriptor, release) => self.proposed_rollback()?,
            _ => None,
        };
        Ok(from.and_then(|from| {
            let outcome = match from.failure? {
                Failure::Failed => Outcome::Failed,
                Failure::TimedOut => Outcome::TimedOut,
            };
            let reason = from.reason.unwrap_or_else(|| self.says("failed"));
            Some(self.result(outcome, reason))
        }))
    }

    /// What an open rollback says of this release.
    fn proposed_rollback(&self) -> Result<Option<TakenOut>> {
        let Some(pull) = self.destination.newest_pull()?.filter(PullRequest::is_open) else {
            return Ok(None);
        };
        // People may have damaged the descriptor.
        let proposed = self.destination.deployment(pull.head_commit).ok().flatten();
        let from = proposed.and_then(|it| it.descriptor.rollback).map(|rollback| rollback.from);
        Ok(from.filter(|from| from.is(self.request.release)))
    }

    /// Rolls back what has failed, where that is to be done, also by another run meanwhile.
    pub(in crate::promote) fn undo_failure(
        &self,
        ended: EnvironmentResult,
        events: &dyn Fn(Event),
    ) -> Result<EnvironmentResult> {
        let has_failed =
            matches!(ended.outcome, Outcome::Failed | Outcome::TimedOut) && ended.merged.is_some();
        if has_failed && self.rolls_back() {
            return self.roll_back(ended, events);
        }
        if ended.outcome != Outcome::Superseded || self.is_rollback() {
            return Ok(ended);
        }
        match self.begun_rollback()? {
            Some(begun) => self.roll_back(begun, events),
            None => Ok(self.held()?.unwrap_or(ended)),
        }
    }

    /// Rolls a failure back, or goes on with that. It stays a failure.
    pub(in crate::promote) fn roll_back(
        &self,
        failed: EnvironmentResult,
        events: &dyn Fn(Event),
    ) -> Result<EnvironmentResult> {
        let word = if failed.outcome == Outcome::TimedOut { "timed out" } else { "failed" };
        let failure = if failed.outcome == Outcome::TimedOut { Failure::TimedOut } else { Failure::Failed };
        let reason = self.says(&format!("{word}: {}", failed.reason));
        let wanted = Wanted {
            // What was begun has a reason.
            reason: failed.merged.map(|_| reason.as_str()),
            failed: Some((self.request.release, failure)),
            to: None,
        };
        let rolled_back = Plan::find(&self.destination, self.request.destinations, &wanted)
            .and_then(|plan| self.bring_back(plan, events));
        match rolled_back {
            Ok(rolled_back) => Ok(with(failed, rolled_back)),
            Err(refusal) if Diagnostic::outcome_of(&refusal) == Outcome::Refused => {
                let reason = format!("{}; not rolled back: {}", failed.reason, Diagnostic::line(&refusal));
                Ok(EnvironmentResult { reason, ..failed })
            }
            Err(error) => Err(error),
        }
    }

    fn bring_back(&self, plan: Plan, events: &dyn Fn(Event)) -> Result<RolledBack> {
        let (destinations, options) = (self.request.destinations, self.request.options);
        let request = PromoteRequest {
            destinations,
            release: &plan.to,
            inputs: self.request.inputs,
            selection: Selection::Only(self.destination.environment.name.clone()),
            once: self.request.once,
            options: ProposeOptions { again: false, ..options },
            polling: self.request.polling,
        };
        let tell = |event: Event| {
            let what = What::Rollback { release: Box::new(plan.to.clone()), what: Box::new(event.what) };
            events(self.event(what));
        };
        let now = destinations.access.clock.now();
        let mut stage = Stage::new(&request, self.destination.clone(), plan.rendering, now)?;
        let ended = stage.attempt(&tell)?;
        let ended = ended.context("a rollback waited for a gate")?;
        tell(stage.event(What::Ended(Box::new(ended.clone()))));
        Ok(RolledBack {
            to: plan.to.version.clone(),
            outcome: ended.outcome,
            reason: ended.reason,
            pull: ended.pull,
            merged: ended.merged,
            look_again: ended.look_again,
        })
    }
}

/// The failure, and what became of the rollback.
fn with(failed: EnvironmentResult, rolled_back: RolledBack) -> EnvironmentResult {
    let RolledBack { to, outcome, reason, look_again, .. } = &rolled_back;
    let reason = match outcome {
        Outcome::Done | Outcome::Unchanged => format!("{}; rolled back to {to}", failed.reason),
        Outcome::Unfinished => format!("{}; rolling back to {to}: {reason}", failed.reason),
        _ => format!("{}; the rollback to {to} did not succeed: {reason}", failed.reason),
    };
    let outcome = if *outcome == Outcome::Unfinished { Outcome::Unfinished } else { failed.outcome };
    let look_again = *look_again;
    EnvironmentResult { outcome, reason, look_again, rolled_back: Some(Box::new(rolled_back)), ..failed }
}
