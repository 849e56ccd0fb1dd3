//! Gates that a promotion waits for.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::entry::{Kept, ask, kept_out, overrides};
use super::event::{Event, What};
use super::evidence::Known;
use super::result::EnvironmentResult;
use super::stage::{Entering, Stage};
use crate::gates::Moment;
use crate::rollout::{Next, Observation};
use crate::vocabulary::Outcome;
use crate::vocabulary::text::length;

/// While a gate is waited for, it is looked so often whether a newer release took over.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

impl Stage<'_> {
    /// Waits for the gates, unless this run is not to wait. A release that is on the branch has entered already.
    pub(super) fn enter(&self, events: &dyn Fn(Event)) -> Result<Entering> {
        let environment = self.destination.environment;
        if environment.gates.is_empty() {
            return Ok(Entering::Open);
        }
        let tip = self.destination.base_tip()?;
        if self.content.stands_in(&self.destination.repository, tip)? {
            return Ok(Entering::Open);
        }
        let ended = |result| Ok(Entering::Ended(Box::new(result)));
        let clock = &self.destination.clock;
        // Since when nothing but gates that may open at any time are waited for.
        let (mut since, mut told, mut has_waited) = (None, String::new(), false);
        loop {
            let states = {
                let _look = self.destination.look();
                ask(&self.known(None), Moment::Propose)?
            };
            let now = clock.now();
            let Some(kept) = kept_out(&states) else {
                if let Some(newer) = self.newer_that_could_enter()? {
                    return ended(self.overtaken(format!("{newer} is newer and waited as well")));
                }
                self.overrides.replace(overrides(&states));
                return Ok(if has_waited { Entering::Waited } else { Entering::Open });
            };
            let Some(at) = kept.opens.ask_again_at() else {
                let refused = self.result(Outcome::Refused, kept.why);
                return ended(EnvironmentResult { kept_out: true, ..refused });
            };
            if self.request.once {
                let unfinished = self.result(Outcome::Unfinished, kept.why);
                let look_again = Some(Next::new(now, at));
                return ended(EnvironmentResult { look_again, kept_out: true, ..unfinished });
            }
            let most = *environment.rollout.merge;
            since = kept.opens.at().is_none().then(|| since.unwrap_or(now));
            if since.is_some_and(|since| elapsed(since, now) >= most) {
                let why = format!("{}; waited for {}", kept.why, length(most));
                return ended(self.result(Outcome::TimedOut, why));
            }
            if told != kept.why {
                events(self.event(What::KeptOut { why: kept.why.clone() }));
                told.clone_from(&kept.why);
            }
            // At least a moment, so that a gate that names the past is not asked without end.
            clock.sleep(elapsed(now, at).clamp(Duration::from_secs(1), LONGEST_PAUSE));
            has_waited = true;
            if let Some(newer) = self.newer_than_this()? {
                return ended(self.overtaken(format!("{}; {newer} took over", kept.why)));
            }
        }
    }

    fn overtaken(&self, reason: String) -> EnvironmentResult {
        EnvironmentResult { taken_over: true, ..self.result(Outcome::Superseded, reason) }
    }

    /// How it ends when a gate keeps Towline from merging the pull request.
    pub(super) fn kept_from_merging(&self, kept: &Kept, seen: Observation) -> EnvironmentResult {
        let next = kept.opens.ask_again_at().map(|at| Next::new(self.destination.clock.now(), at));
        let result = self.seen(seen, kept.outcome(), kept.why.clone());
        EnvironmentResult { look_again: next, kept_out: true, ..result }
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
