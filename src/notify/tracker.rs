//! Tracker: which events of a run are worth a message. Those are, that this run brought about: it opened the pull
//! request, wrote the verdict, verified the environment before a gate, or saw the end of what it watched.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Notifier;
use super::message::{Message, Pull};
use crate::clock::Clock;
use crate::config::{Occasion, Pipeline};
use crate::gitops::Destination;
use crate::promote::{EnvironmentResult, Event, ProposalEvent, What};
use crate::propose::Proposal;
use crate::release::Release;
use crate::rollout::{self, Observation, State};
use crate::vocabulary::Outcome;

/// Tells what happens in one run.
pub struct Tracker<'a> {
    pipeline: &'a Pipeline,
    clock: Arc<dyn Clock>,
    notifier: Notifier,
    /// What is known of each environment, and of the rollback in it.
    seen: RefCell<BTreeMap<(String, bool), Seen>>,
    /// Whether the run is a rollback as a whole.
    is_rollback: bool,
}

/// What this run has seen of an environment.
#[derive(Default)]
struct Seen {
    pull: Option<Pull>,
    /// Whether this run opened the pull request.
    has_proposed: bool,
    /// Whether people merge it.
    waits_for_people: bool,
    /// Whether what it needs was verified in this run.
    has_arrived: bool,
    /// Whether something was waited for.
    has_watched: bool,
    /// What was told, about which pull request.
    told: BTreeSet<(Occasion, Option<u64>)>,
}

/// What a message is about.
#[derive(Clone, Copy)]
struct Subject<'a> {
    environment: &'a str,
    release: &'a Release,
    is_rollback: bool,
}

impl<'a> Tracker<'a> {
    pub fn new(pipeline: &'a Pipeline, clock: Arc<dyn Clock>, notifier: Notifier) -> Self {
        Self { pipeline, clock, notifier, seen: RefCell::default(), is_rollback: false }
    }

    /// The same for `towline rollback`.
    pub fn of_rollback(self) -> Self {
        Self { is_rollback: true, ..self }
    }

    /// Follows a promotion or a rollback.
    pub fn promotion(&self, release: &Release, event: &Event) {
        let subject = Subject { environment: &event.environment, release, is_rollback: self.is_rollback };
        self.follow(subject, &event.what);
    }

    fn follow(&self, subject: Subject, what: &What) {
        match what {
            What::Rollback { release, what } => {
                self.follow(Subject { release, is_rollback: true, ..subject }, what);
            }
            What::Proposed { number, url, message, is_new, waits_for_people, .. } => {
                let pull = Pull { number: *number, url: url.clone() };
                self.note(subject, |seen| {
                    seen.pull = Some(pull);
                    seen.has_proposed |= is_new;
                    seen.waits_for_people = *waits_for_people;
                });
                if *is_new {
                    self.tell(subject, Occasion::Proposed, message, None);
                }
            }
            What::KeptOut { why } => {
                let is_first =
                    self.pipeline.environment(subject.environment).is_ok_and(|it| it.needs.is_empty());
                self.note(subject, |seen| seen.has_watched = true);
                self.waits(subject, why, is_first);
            }
            What::Rollout(rollout::Event::Waiting { why, seen: Some(look), .. }) => {
                self.note(subject, |seen| seen.has_watched = true);
                if look.merged.is_none() && self.waits_for_people(subject, look) {
                    self.waits(subject, why, false);
                }
            }
            What::Ended(result) => self.ended(subject, result),
            _ => {}
        }
    }

    fn ended(&self, subject: Subject, result: &EnvironmentResult) {
        let EnvironmentResult { outcome, reason, merged, is_news, kept_out, .. } = result;
        if let Some(pull) = &result.pull {
            self.note(subject, |seen| seen.pull = Some(pull.into()));
        }
        let version = &subject.release.version;
        match outcome {
            outcome if outcome.is_success() => {
                let next = self.pipeline.environments.iter();
                let next = next.filter(|it| it.needs.iter().any(|need| need == subject.environment));
                let has_changed = *outcome == Outcome::Done;
                for environment in next.filter(|_| has_changed) {
                    self.note(Subject { environment: &environment.name, ..subject }, |seen| {
                        seen.has_arrived = true
                    });
                }
                match subject.is_rollback {
                    _ if !is_news => {}
                    true => {
                        let text = format!("rolled back to {version}: {reason}");
                        self.tell(subject, Occasion::RolledBack, &text, *merged);
                    }
                    false => self.tell(subject, Occasion::Verified, reason, *merged),
                }
            }
            Outcome::Failed | Outcome::TimedOut
                if *is_news || merged.is_none() && self.has_watched(subject) =>
            {
                let word = if *outcome == Outcome::Failed { "failed" } else { "timed out" };
                self.tell(subject, Occasion::Failed, &format!("{version} {word}: {reason}"), *merged);
            }
            Outcome::Unfinished | Outcome::Refused if *kept_out => self.waits(subject, reason, false),
            Outcome::Unfinished if merged.is_none() && self.seen(subject, |seen| seen.waits_for_people) => {
                self.waits(subject, reason, false);
            }
            _ => {}
        }
    }

    /// Shows that `propose` opened a pull request.
    pub fn proposed(&self, environment: &str, release: &Release, proposal: &Proposal) {
        let subject = Subject { environment, release, is_rollback: false };
        if let Some(pull) = proposal.pull.as_ref().filter(|_| proposal.is_new) {
            self.note(subject, |seen| seen.pull = Some(pull.into()));
            self.tell(subject, Occasion::Proposed, &proposal.message, None);
        }
    }

    /// Follows `await`.
    pub fn awaited(&self, destination: &Destination, event: &ProposalEvent) {
        let environment = &destination.environment.name;
        if let ProposalEvent::Rollout(rollout::Event::Waiting { seen: Some(_), .. }) = event {
            let mut all = self.seen.borrow_mut();
            all.entry((environment.clone(), false)).or_default().has_watched = true;
        }
    }

    /// Tells how `await` ended, if it waited for that.
    pub fn await_ended(&self, destination: &Destination, seen: &Observation) {
        let environment = &destination.environment.name;
        let is_over = matches!(seen.state, State::Done | State::Failed { .. } | State::TimedOut { .. });
        let has_watched =
            self.seen.borrow().get(&(environment.clone(), false)).is_some_and(|seen| seen.has_watched);
        if !is_over || !has_watched || !self.notifier.is_on() {
            return;
        }
        // What cannot be read is for those to say who deploy it.
        let at = seen.merged.or(seen.pull.as_ref().map(|pull| pull.head_commit));
        let deployed = at.and_then(|commit| destination.deployment(commit).ok().flatten());
        let Some(release) = deployed.map(|deployed| deployed.release()) else { return };
        let subject = Subject { environment, release: &release, is_rollback: false };
        if let Some(pull) = &seen.pull {
            self.note(subject, |seen| seen.pull = Some(pull.into()));
        }
        let version = &release.version;
        let (occasion, text) = match &seen.state {
            State::Done => (Occasion::Verified, format!("{version} rolled out, {}", seen.times.summary())),
            State::Failed { reason } => (Occasion::Failed, format!("{version} failed: {reason}")),
            state => (Occasion::Failed, format!("{version} timed out: {}", state.reason())),
        };
        self.tell(subject, occasion, text.trim_end_matches([',', ' ']), seen.merged);
    }

    /// Tells that a release waits, if it came here with this run.
    fn waits(&self, subject: Subject, why: &str, begins_here: bool) {
        if begins_here || self.seen(subject, |seen| seen.has_proposed || seen.has_arrived) {
            let text = format!("{} waits: {why}", subject.release.version);
            self.tell(subject, Occasion::Waiting, &text, None);
        }
    }

    /// Whether an open pull request needs people.
    fn waits_for_people(&self, subject: Subject, look: &Observation) -> bool {
        let is_blocked = look.merge_readiness.as_ref().is_some_and(|readiness| !readiness.is_clear());
        is_blocked || self.seen(subject, |seen| seen.waits_for_people)
    }

    fn has_watched(&self, subject: Subject) -> bool {
        self.seen(subject, |seen| seen.has_watched)
    }

    fn seen(&self, subject: Subject, is: impl Fn(&Seen) -> bool) -> bool {
        self.seen.borrow().get(&key(subject)).is_some_and(is)
    }

    fn note(&self, subject: Subject, note: impl FnOnce(&mut Seen)) {
        note(self.seen.borrow_mut().entry(key(subject)).or_default());
    }

    /// Sends a message, once.
    fn tell(&self, subject: Subject, occasion: Occasion, text: &str, deployed: Option<git2::Oid>) {
        let (is_new, pull) = {
            let mut all = self.seen.borrow_mut();
            let seen = all.entry(key(subject)).or_default();
            let number = seen.pull.as_ref().map(|pull| pull.number);
            (seen.told.insert((occasion, number)), seen.pull.clone())
        };
        if is_new {
            let about = (self.pipeline.application.as_str(), subject.environment);
            let message = Message::new(occasion, about, text, self.clock.now());
            self.notifier.tell(message.about(subject.release).at(pull, deployed));
        }
    }
}

fn key(subject: Subject) -> (String, bool) {
    (subject.environment.to_owned(), subject.is_rollback)
}
