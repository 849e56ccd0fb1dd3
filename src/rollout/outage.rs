//! Outage: what a wait makes of a look that found no answer. No single bad answer of a forge ends it:
//! it goes on until the time that people and operators had is over anyway.

use anyhow::{Error, Result};
use jiff::{SignedDuration, Timestamp};

use super::evaluate::Deadline;
use super::observation::{Observation, State};
use crate::config::RolloutOptions;
use crate::http::{Fault, Kind};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::{length, one_line};

/// How long a wait that has not seen anything yet lets a limit of the forge last: GitHub's takes an
/// hour at most.
const LIMITED: SignedDuration = SignedDuration::from_mins(70);

/// The looks in a row that found no answer.
#[derive(Debug, Default)]
pub struct Outage {
    since: Option<Timestamp>,
    why: String,
}

impl Outage {
    /// A look that found no answer. An error that waiting does not help against stays one; so does
    /// every other while nothing was seen, because requests have been patient already.
    ///
    /// When the wait ends.
    pub fn outlast(
        &mut self,
        error: Error,
        last: Option<&Observation>,
        (began, at): (Timestamp, Timestamp),
    ) -> Result<Timestamp> {
        let since = *self.since.get_or_insert(began);
        if !Diagnostic::passes(&error) {
            return Err(error);
        }
        if self.why.is_empty() {
            self.why = one_line(&format!("{error:#}"));
        }
        match last.and_then(|last| last.ends_at) {
            Some(ends_at) => Ok(ends_at),
            None if is_limit(&error) && at.duration_since(since) < LIMITED => Ok(Timestamp::MAX),
            None => Err(error),
        }
    }

    /// What people are told, the same as long as it lasts.
    pub fn why(&self) -> String {
        format!("no answer from the forge {}; still trying", self.told())
    }

    /// What was seen last, when the time is over.
    pub fn timed_out(&self, last: Observation, options: &RolloutOptions) -> Observation {
        let (deadline, what) = match (&last.pull, last.merged) {
            (Some(pull), None) => {
                let time = length(*options.merge);
                (Deadline::Merge, format!("{} was not seen merged within {time}", pull.url))
            }
            _ => {
                let time = length(*options.finish);
                (Deadline::Finish, format!("the rollout was not seen to finish within {time} of the merge"))
            }
        };
        let reason = format!("{what}: no answer from the forge {}", self.told());
        Observation { state: State::TimedOut { deadline, reason }, ..last }
    }

    fn told(&self) -> String {
        let since = self.since.map(|since| format!("since {since:.0} ")).unwrap_or_default();
        format!("{since}({})", self.why)
    }
}

/// Whether a limit of the forge is all that was in the way.
fn is_limit(error: &Error) -> bool {
    let mut faults = error.chain().filter_map(|cause| cause.downcast_ref::<Fault>());
    faults.any(|fault| fault.kind == Kind::RateLimited)
}
