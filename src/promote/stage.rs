//! Stage: one environment of a promotion, from what is there to a verdict.
//!
//! Every step first looks whether it was done already, by an earlier run or by people, so a run
//! that was killed goes on where it stopped. What is written is written in an order in which each
//! part implies the ones before it: branch, pull request, merge, verdict.

use std::cell::{Cell, OnceCell, RefCell};

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::checks::CheckResult;
use super::entry::Kept;
use super::event::{Event, What};
use super::request::PromoteRequest;
use super::result::EnvironmentResult;
use super::same_manifests;
use crate::forge::{PullRequest, PullState, StatusState};
use crate::git::Marker;
use crate::gitops::{Content, Destination};
use crate::propose::besides::brought_besides;
use crate::propose::{self, Proposal};
use crate::render::Rendering;
use crate::rollout::verdict::{self, Standing};
use crate::rollout::{self, Observation, State};
use crate::vocabulary::Outcome;
use crate::vocabulary::text::listed;

pub struct Stage<'a> {
    pub request: &'a PromoteRequest<'a>,
    pub destination: Destination<'a>,
    pub rendering: Rendering,
    pub(super) content: Content,
    /// When the promotion began, if it is to wait afresh.
    pub(super) since: Option<Timestamp>,
    /// Whether git and the forge have answered.
    pub(super) is_reached: bool,
    /// The gates that do not count for this release, and who said so.
    pub(super) overrides: RefCell<Vec<String>>,
    /// What the environments before say of the release, once somebody asked.
    pub(super) verified: OnceCell<Vec<String>>,
    /// Whether this run wrote the verdict.
    pub(super) is_news: Cell<bool>,
    /// What the checks said of a commit: they are not run twice.
    pub(super) checked: RefCell<Option<(Oid, Vec<CheckResult>)>>,
}

/// Whether the gates let a release in.
pub(super) enum Entering {
    Open,
    /// They let it in now, after a time in which everything may have changed.
    Waited,
    Ended(Box<EnvironmentResult>),
}

/// How far a release got.
pub(super) enum Arrival {
    /// A newer release is in its place.
    TakenOver(Proposal),
    Seen(Observation),
    /// A gate keeps Towline from merging the pull request, for now or until somebody decides.
    KeptOut(Kept, Box<Observation>),
}

impl<'a> Stage<'a> {
    pub fn new(
        request: &'a PromoteRequest<'a>,
        destination: Destination<'a>,
        rendering: Rendering,
        began: Timestamp,
    ) -> Result<Self> {
        let content = Content::of(&rendering.files)?;
        let since = request.options.again.then_some(began);
        Ok(Self {
            request,
            destination,
            rendering,
            content,
            since,
            is_reached: false,
            overrides: RefCell::default(),
            verified: OnceCell::new(),
            is_news: Cell::default(),
            checked: RefCell::default(),
        })
    }

    /// Does everything that there is to do in this environment.
    pub(super) fn attempt(&mut self, events: &dyn Fn(Event)) -> Result<Option<EnvironmentResult>> {
        let look = self.destination.look();
        rollout::refuse_shared(&self.destination)?;
        self.settle(None)?;
        if let Some(done) = self.has_verdict()? {
            return Ok(Some(done));
        }
        let pull = self.last_pull()?;
        self.is_reached = true;
        self.settle(pull.as_ref())?;
        if let Some(begun) = self.begun_rollback()? {
            drop(look);
            return self.roll_back(begun, events).map(Some);
        }
        if !self.request.options.again
            && let Some(taken_out) = self.taken_out_by_people(pull)?
        {
            return Ok(Some(taken_out));
        }
        if let Some(held) = self.held()? {
            return Ok(Some(held));
        }
        // Whoever waits for a gate has to see what is new.
        drop(look);
        // A release that does harm goes out at any time.
        if !self.is_rollback() {
            match self.enter(events)? {
                Entering::Open => {}
                Entering::Ended(ended) => return Ok(Some(*ended)),
                Entering::Waited => return Ok(None),
            }
        }
        let ended = match self.deploy(events)? {
            Arrival::TakenOver(proposal) => self.taken_over(proposal),
            Arrival::Seen(seen) => {
                let ended = self.conclude(seen, events)?;
                self.undo_failure(ended, events)
            }
            Arrival::KeptOut(kept, seen) => Ok(self.kept_from_merging(&kept, *seen)),
        };
        ended.map(Some)
    }

    /// The newest pull request. Where that is of another release, and people closed the last one of this
    /// release before it, that one: it was their answer.
    fn last_pull(&self) -> Result<Option<PullRequest>> {
        let Some(newest) = self.destination.newest_pull()? else { return Ok(None) };
        let release = self.request.release;
        let is_of_it = |marker: &Marker| {
            marker.trailers.release == release.version && marker.trailers.source_commit == release.commit
        };
        if Marker::parse(&newest.body).is_none_or(|marker| is_of_it(&marker)) {
            return Ok(Some(newest));
        }
        let marked = self.destination.pulls()?.into_iter();
        let mut marked = marked.filter_map(|pull| Some((Marker::parse(&pull.body)?, pull)));
        let own = marked.find(|(marker, _)| is_of_it(marker));
        let closed = own.filter(|(marker, pull)| pull.state == PullState::Closed && !marker.replaced);
        Ok(closed.map_or(Some(newest), |(_, pull)| Some(pull)))
    }

    /// Takes the record that is there already, also of the newest pull request.
    pub(super) fn settle_newest(&mut self) -> Result<()> {
        self.settle(None)?;
        let pull = self.last_pull()?;
        self.settle(pull.as_ref())
    }

    /// How people took this very release out, unless it is to be deployed all the same.
    pub(super) fn answer_of_people(&self) -> Result<Option<EnvironmentResult>> {
        match self.request.options.again {
            true => Ok(None),
            false => self.taken_out_by_people(self.last_pull()?),
        }
    }

    /// The open pull request, if it proposes this very release.
    pub(super) fn proposed_already(&self) -> Result<Option<PullRequest>> {
        let Some(pull) = self.destination.newest_pull()?.filter(PullRequest::is_open) else {
            return Ok(None);
        };
        let is_same = self.destination.descriptor_id(pull.head_commit)? == self.descriptor_id();
        Ok(is_same.then_some(pull))
    }

    /// Takes the record that is there already, if it is of this release.
    fn settle(&mut self, pull: Option<&PullRequest>) -> Result<()> {
        let source = self.request.options.source_repository;
        if !self.is_rollback() && propose::settle(&self.destination, &mut self.rendering, pull, source)? {
            self.content = Content::of(&self.rendering.files)?;
        }
        Ok(())
    }

    /// This very rendering is deployed and has a success. That takes two requests, whatever came
    /// after it on the branch.
    fn has_verdict(&self) -> Result<Option<EnvironmentResult>> {
        let destination = &self.destination;
        let tip = destination.base_tip()?;
        if !self.content.stands_in(&destination.repository, tip)? {
            return Ok(None);
        }
        match verdict::of_content(destination, &self.content, tip)? {
            Some((commit, verdict)) if verdict.state == StatusState::Success => {
                let result = self.result(Outcome::Unchanged, self.says(self.already()));
                Ok(Some(EnvironmentResult { merged: Some(commit), ..result }))
            }
            _ => Ok(None),
        }
    }

    fn conclude(&self, seen: Observation, events: &dyn Fn(Event)) -> Result<EnvironmentResult> {
        if let Some(commit) = seen.merged
            && verdict::is_success(&self.destination, commit)?
        {
            return Ok(self.seen(seen, Outcome::Unchanged, self.says(self.already())));
        }
        if let Some(changed) = self.changed_by_people(&seen)? {
            return Ok(self.seen(seen, Outcome::Refused, changed));
        }
        if let (Some(commit), None) = (seen.merged, seen.superseded_by)
            && let Some((before, its_commit)) = self.verified_before(commit)?
        {
            let word =
                if self.destination.environment.is_observed() { "verified" } else { "merged, not observed" };
            let verified = format!("{word}: no manifest changes since {before}");
            self.record_same_tests(commit, its_commit);
            self.record(commit, StatusState::Success, &verified);
            return Ok(self.seen(seen, Outcome::Done, self.says(&verified)));
        }
        match (&seen.state, seen.superseded_by, seen.merged) {
            (State::Done, None, Some(commit)) => self.check(seen, commit, events),
            // Checks would now test what took its place.
            (state, Some(by), Some(_)) if !matches!(state, State::LookAgain { .. }) => {
                self.superseded(seen, by)
            }
            (State::Failed { reason }, _, Some(commit))
            | (State::TimedOut { reason, .. }, _, Some(commit)) => {
                let failed = matches!(seen.state, State::Failed { .. });
                let word = if failed { "failed" } else { "timed out" };
                self.record(commit, StatusState::Failure, &format!("{word}: {reason}"));
                let (outcome, reason) = (seen.state.outcome(), reason.clone());
                Ok(self.seen(seen, outcome, reason))
            }
            (state, ..) => {
                let (outcome, reason) = (state.outcome(), state.reason().to_owned());
                Ok(self.seen(seen, outcome, reason))
            }
        }
    }

    /// Why there can be no verdict, when people changed the proposal before it was merged: a verdict
    /// is about what was rendered.
    fn changed_by_people(&self, seen: &Observation) -> Result<Option<String>> {
        let Some(commit) = seen.merged.filter(|_| seen.superseded_by.is_none()) else { return Ok(None) };
        let version = &self.request.release.version;
        let changed = self.content.differences(&self.destination.repository, commit)?;
        if !changed.is_empty() {
            return Ok(Some(format!(
                "people changed {version} before it was merged as {commit}: {}; release what they \
                 changed, or put back what was rendered with `--overwrite-drift`",
                changed.join(", ")
            )));
        }
        let added = brought_besides(&self.destination, &self.rendering, seen.pull.as_ref(), commit)?;
        Ok((!added.is_empty()).then(|| {
            format!(
                "people changed what is not part of {version} in its pull request, which was merged as \
                 {commit}: {}; look at that, and promote a newer release",
                listed(&added)
            )
        }))
    }

    /// A newer release is here. If this one was verified before that, the chain goes on: it may
    /// still be the newest in the environments that follow.
    fn taken_over(&self, proposal: Proposal) -> Result<EnvironmentResult> {
        let verified = match verdict::standing(&self.destination, self.request.release)? {
            Standing::Verified(commit) => Some(commit),
            Standing::Not(_) | Standing::Withdrawn(_) | Standing::RolledBack(_) => None,
        };
        let verified = verified.filter(|_| !self.is_rollback());
        let outcome = if verified.is_some() { Outcome::Unchanged } else { Outcome::Superseded };
        let result = self.result(outcome, proposal.message);
        Ok(EnvironmentResult { merged: verified, pull: proposal.pull, taken_over: true, ..result })
    }

    /// It is not verified any more, whatever becomes of what replaced it.
    pub(super) fn superseded(&self, seen: Observation, by: Oid) -> Result<EnvironmentResult> {
        if let Some(withdrawn) = self.withdrawn()? {
            return Ok(EnvironmentResult {
                reason: withdrawn.reason,
                withdrawn: withdrawn.withdrawn,
                ..self.seen(seen, Outcome::Refused, String::new())
            });
        }
        let reason = match &seen.state {
            State::Superseded { reason, .. } => reason.clone(),
            state => {
                let newer = match state {
                    State::Failed { reason } => format!("failed: {reason}"),
                    State::TimedOut { reason, .. } => format!("timed out: {reason}"),
                    _ => "rolled out".to_owned(),
                };
                format!("commit {by} replaced the release before it was verified; what replaced it {newer}")
            }
        };
        Ok(EnvironmentResult { taken_over: true, ..self.seen(seen, Outcome::Superseded, reason) })
    }

    /// What an environment says that has a success.
    fn already(&self) -> &'static str {
        match self.destination.environment.is_observed() {
            false => "is already merged, not observed",
            true => "is already verified",
        }
    }

    /// The version whose verdict holds for what `merged` brought, and its commit. A wait that was asked for again is
    /// not cut short.
    pub(super) fn verified_before(&self, merged: Oid) -> Result<Option<(String, Oid)>> {
        match self.request.options.again {
            true => Ok(None),
            false => same_manifests::verified_before(&self.destination, merged),
        }
    }

    pub(super) fn seen(&self, seen: Observation, outcome: Outcome, reason: String) -> EnvironmentResult {
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
        let result = EnvironmentResult::new(&self.destination.environment.name, outcome, reason);
        EnvironmentResult { is_news: self.is_news.get(), ..result }
    }

    pub(super) fn event(&self, what: What) -> Event {
        Event { environment: self.destination.environment.name.clone(), what }
    }

    /// Whether this brings an earlier release back.
    pub(super) fn is_rollback(&self) -> bool {
        self.rendering.rollback.is_some()
    }

    /// The object id that the descriptor will have in git.
    pub(super) fn descriptor_id(&self) -> Option<Oid> {
        self.content.id(&self.destination.environment.gitops.descriptor)
    }

    /// `1.4.0 …`
    pub(super) fn says(&self, what: &str) -> String {
        let ring = self.rendering.ring.as_ref().map_or_else(String::new, |ring| format!(" in {ring}"));
        format!("{} {what}{ring}", self.request.release.version)
    }
}
