//! Gates that a promotion waits for.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::entry::{Kept, ask, kept_out, overrides};
use super::event::{Event, What};
use super::evidence::Known;
use super::result::EnvironmentResult;
use super::stage::Stage;
use crate::gates::{Moment, Opens};
use crate::rollout::{Next, Observation};
use crate::vocabulary::Outcome;
use crate::vocabulary::text::length;

/// While a gate is waited for, it is looked so often whether a newer release took over.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

impl Stage<'_> {
    /// How it ends here when a gate keeps the release out; with `once` also when one does for now.
    /// A release that is on the branch has entered already.
    pub(super) fn kept_out(&self, events: &dyn Fn(Event)) -> Result<Option<EnvironmentResult>> {
        let environment = self.destination.environment;
        if environment.gates.is_empty() {
            return Ok(None);
        }
        let tip = self.destination.base_tip()?;
        if self.content.stands_in(&self.destination.repository, tip)? {
            return Ok(None);
        }
        let clock = &self.destination.clock;
        let (began, mut told) = (clock.now(), String::new());
        loop {
            let states = {
                let _look = self.destination.look();
                ask(&self.known(None), Moment::Propose)?
            };
            let now = clock.now();
            let Some(kept) = kept_out(&states) else {
                self.overrides.replace(overrides(&states));
                return Ok(None);
            };
            let Some(at) = kept.ask_again_at() else {
                return Ok(Some(self.result(Outcome::Refused, kept.why)));
            };
            if self.request.once {
                let unfinished = self.result(Outcome::Unfinished, kept.why);
                return Ok(Some(EnvironmentResult { look_again: Some(Next::new(now, at)), ..unfinished }));
            }
            let most = *environment.rollout.merge;
            if matches!(kept.opens, Opens::LookAgain(_)) && elapsed(began, now) >= most {
                let why = format!("{}; waited for {}", kept.why, length(most));
                return Ok(Some(self.result(Outcome::TimedOut, why)));
            }
            if told != kept.why {
                events(self.event(What::KeptOut { why: kept.why.clone() }));
                told.clone_from(&kept.why);
            }
            // At least a moment, so that a gate that names the past is not asked without end.
            clock.sleep(elapsed(now, at).clamp(Duration::from_secs(1), LONGEST_PAUSE));
            if let Some(newer) = self.newer_than_this()? {
                let reason = format!("{}; {newer} took over", kept.why);
                let result = self.result(Outcome::Superseded, reason);
                return Ok(Some(EnvironmentResult { taken_over: true, ..result }));
            }
        }
    }

    /// How it ends when a gate keeps Towline from merging the pull request.
    pub(super) fn kept_from_merging(&self, kept: &Kept, seen: Observation) -> EnvironmentResult {
        let next = kept.ask_again_at().map(|at| Next::new(self.destination.clock.now(), at));
        let result = self.seen(seen, kept.outcome(), kept.why.clone());
        EnvironmentResult { look_again: next, ..result }
    }

    pub(super) fn known(&self, pull: Option<u64>) -> Known<'_> {
        Known {
            destinations: self.request.destinations,
            destination: &self.destination,
            release: self.request.release,
            pull,
        }
    }
}

fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}
