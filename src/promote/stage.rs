//! Stage: one environment of a promotion, from what is there to a verdict.
//!
//! Every step first looks whether it was done already, by an earlier run or by people, so a run
//! that was killed goes on where it stopped. What is written is written in an order in which each
//! part implies the ones before it: branch, pull request, merge, verdict.

use std::cmp::Ordering;

use anyhow::Result;
use git2::Oid;

use super::checks::{self, CheckResult, Surroundings};
use super::event::{Event, What};
use super::request::PromoteRequest;
use super::result::EnvironmentResult;
use super::verdict;
use crate::config::OnSuperseded;
use crate::forge::{PullState, StatusState};
use crate::gitops::{Content, Destination};
use crate::propose::Proposal;
use crate::release;
use crate::render::Rendering;
use crate::rollout::{self, Observation, State};
use crate::variables::Redactor;
use crate::vocabulary::Outcome;
use crate::vocabulary::text::counted;

pub struct Stage<'a> {
    pub request: &'a PromoteRequest<'a>,
    pub destination: Destination<'a>,
    pub rendering: Rendering,
    pub(super) content: Content,
}

/// How far a release got.
pub(super) enum Arrival {
    /// A newer release is in its place.
    TakenOver(Proposal),
    Seen(Observation),
}

impl<'a> Stage<'a> {
    pub fn new(
        request: &'a PromoteRequest<'a>,
        destination: Destination<'a>,
        rendering: Rendering,
    ) -> Result<Self> {
        let content = Content::of(&rendering.files)?;
        Ok(Self { request, destination, rendering, content })
    }

    /// Does everything that there is to do in this environment.
    pub fn run(&self, events: &dyn Fn(Event)) -> Result<EnvironmentResult> {
        if let Some(closed) = self.closed_by_people()? {
            return Ok(closed);
        }
        if let Some(kept_out) = self.kept_out()? {
            return Ok(kept_out);
        }
        match self.deploy(events)? {
            Arrival::TakenOver(proposal) => self.taken_over(proposal),
            Arrival::Seen(seen) => self.conclude(seen, events),
        }
    }

    /// People closed the pull request of this very rendering: that is an answer, and running
    /// again does not ask again. `towline propose` does.
    fn closed_by_people(&self) -> Result<Option<EnvironmentResult>> {
        let destination = &self.destination;
        let pull = destination.newest_pull()?;
        let Some(pull) = pull.filter(|pull| pull.state == PullState::Closed) else { return Ok(None) };
        let tip = destination.base_tip()?;
        if destination.descriptor_id(pull.head_commit)? != self.descriptor_id()
            || self.content.stands_in(&destination.repository, tip)?
            || self.is_older_than_deployed(tip)?
        {
            return Ok(None);
        }
        let reason = format!("{} was closed without being merged", pull.url);
        let seen = EnvironmentResult { pull: Some(pull), ..self.result(Outcome::Closed, reason) };
        Ok(Some(seen))
    }

    fn is_older_than_deployed(&self, tip: Oid) -> Result<bool> {
        let Some(deployed) = self.destination.deployment(tip)? else { return Ok(false) };
        let source = self.request.options.source_repository;
        let order = release::order(self.request.release, &deployed.release(), source);
        Ok(order == Some(Ordering::Less))
    }

    fn conclude(&self, seen: Observation, events: &dyn Fn(Event)) -> Result<EnvironmentResult> {
        if let Some(commit) = seen.merged
            && verdict::is_success(&self.destination, commit)?
        {
            return Ok(self.seen(seen, Outcome::Unchanged, self.says("is already verified")));
        }
        match (&seen.state, seen.superseded_by, seen.merged) {
            (State::Done, None, Some(commit)) => self.check(seen, commit, events),
            (State::Done, Some(_), Some(commit)) if self.follows() => self.check(seen, commit, events),
            // Checks would now test what took its place.
            (State::Done, Some(by), _) => Ok(self.superseded(seen, by)),
            (State::Failed { reason }, _, Some(commit))
            | (State::TimedOut { reason, .. }, _, Some(commit)) => {
                let failed = matches!(seen.state, State::Failed { .. });
                let word = if failed { "failed" } else { "timed out" };
                self.write_verdict(commit, StatusState::Failure, &format!("{word}: {reason}"))?;
                let (outcome, reason) = (seen.state.outcome(), reason.clone());
                Ok(self.seen(seen, outcome, reason))
            }
            (state, ..) => {
                let (outcome, reason) = (state.outcome(), state.reason().to_owned());
                Ok(self.seen(seen, outcome, reason))
            }
        }
    }

    /// Runs the checks and writes the verdict.
    fn check(&self, seen: Observation, commit: Oid, events: &dyn Fn(Event)) -> Result<EnvironmentResult> {
        let results = self.run_checks(commit, events)?;
        // Whatever the checks found, they may have found it in what took over meanwhile.
        let now =
            rollout::observe(&self.destination, self.awaited(seen.pull.as_ref().map(|pull| pull.number)))?;
        if let Some(by) = now.superseded_by.filter(|_| !self.follows()) {
            return Ok(EnvironmentResult { checks: results, ..self.superseded(now, by) });
        }
        let failed = results.iter().find(|result| !result.passed);
        if let Some(failed) = failed {
            let reason = format!("check `{}` failed: {}", failed.name, failed.reason);
            self.write_verdict(commit, StatusState::Failure, &format!("failed: {reason}"))?;
            let result = self.seen(seen, Outcome::Failed, reason);
            return Ok(EnvironmentResult { checks: results, ..result });
        }
        let verified = verified(&seen, results.len());
        self.write_verdict(commit, StatusState::Success, &verified)?;
        Ok(EnvironmentResult { checks: results, ..self.seen(seen, Outcome::Done, self.says(&verified)) })
    }

    /// Runs one check after the other, until one fails.
    fn run_checks(&self, commit: Oid, events: &dyn Fn(Event)) -> Result<Vec<CheckResult>> {
        let variables = self.variables(commit);
        let secrets = Redactor::new(self.rendering.targets.iter().map(|target| &target.variables));
        let root = &self.request.destinations.pipeline.root;
        let surroundings = Surroundings { root, variables: &variables, secrets: &secrets };
        let mut results = Vec::new();
        for check in &self.destination.environment.checks {
            events(self.event(What::Checking { check: check.name.to_string() }));
            let result = checks::run(check, &surroundings)?;
            events(self.event(What::Checked(result.clone())));
            let passed = result.passed;
            results.push(result);
            if !passed {
                break;
            }
        }
        Ok(results)
    }

    /// What a check is told, in its environment.
    fn variables(&self, merged: Oid) -> Vec<(&'static str, String)> {
        let release = self.request.release;
        let optional = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            ("TOWLINE_APPLICATION", self.destination.application.to_owned()),
            ("TOWLINE_ENVIRONMENT", self.destination.environment.name.clone()),
            ("TOWLINE_RELEASE", release.version.clone()),
            ("TOWLINE_BUILD", optional(&release.build)),
            ("TOWLINE_COMMIT", optional(&release.commit)),
            ("TOWLINE_GITOPS_COMMIT", merged.to_string()),
        ]
    }

    /// A newer release is here. If this one was verified before that, the chain goes on: it may
    /// still be the newest in the environments that follow.
    fn taken_over(&self, proposal: Proposal) -> Result<EnvironmentResult> {
        let verified = verdict::verified(&self.destination, self.request.release)?;
        let outcome = if verified.is_some() { Outcome::Unchanged } else { Outcome::Superseded };
        let result = self.result(outcome, proposal.message);
        Ok(EnvironmentResult { merged: verified, pull: proposal.pull, taken_over: true, ..result })
    }

    fn follows(&self) -> bool {
        self.destination.environment.rollout.superseded == OnSuperseded::Follow
    }

    fn superseded(&self, seen: Observation, by: Oid) -> EnvironmentResult {
        let reason = format!("commit {by} replaced the release before it was verified");
        EnvironmentResult { taken_over: true, ..self.seen(seen, Outcome::Superseded, reason) }
    }

    fn seen(&self, seen: Observation, outcome: Outcome, reason: String) -> EnvironmentResult {
        let look_again = match seen.state {
            State::LookAgain { next, .. } => Some(next),
            _ => None,
        };
        EnvironmentResult {
            pull: seen.pull,
            merged: seen.merged,
            reporters: seen.reporters,
            times: seen.times,
            look_again,
            ..self.result(outcome, reason)
        }
    }

    pub(super) fn result(&self, outcome: Outcome, reason: String) -> EnvironmentResult {
        EnvironmentResult::new(&self.destination.environment.name, outcome, reason)
    }

    pub(super) fn event(&self, what: What) -> Event {
        Event { environment: self.destination.environment.name.clone(), what }
    }

    /// The object id that the descriptor will have in git.
    pub(super) fn descriptor_id(&self) -> Option<Oid> {
        self.content.id(&self.destination.environment.gitops.descriptor)
    }

    fn write_verdict(&self, commit: Oid, state: StatusState, what: &str) -> Result<()> {
        verdict::write(&self.destination, commit, state, &self.says(what))
    }

    /// `1.4.0 …`
    fn says(&self, what: &str) -> String {
        format!("{} {what}", self.request.release.version)
    }
}

/// What a success says: by whom, or that nobody looked.
fn verified(seen: &Observation, checks: usize) -> String {
    match seen.reporters.iter().map(|reporter| reporter.contexts.len()).sum() {
        0 if checks == 0 => "merged, not observed".to_owned(),
        contexts => format!("verified: {}, {}", counted(contexts, "reporter"), counted(checks, "check")),
    }
}
