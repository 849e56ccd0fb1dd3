//! Wait: the loop around [`super::observe()`].

use std::time::Duration;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::evaluate::ReporterState;
use super::memory::{Awaited, Memory};
use super::observation::{Observation, State};
use super::observe::look;
use super::pace::{Pace, Polling};
use crate::gitops::Destination;
use crate::http::{Fault, Kind};

/// How long a forge may refuse to answer because of its limits: GitHub's last an hour at most.
const LIMITED: Duration = Duration::from_secs(70 * 60);

/// Whoever reads a log wants to know now and then that somebody is still there.
const HEARTBEAT: Duration = Duration::from_secs(5 * 60);

/// What happens while waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Merged {
        commit: Oid,
    },
    /// A look that found nothing final: what is waited for, and what every reporter said so far.
    Waiting {
        why: String,
        reporters: Vec<ReporterState>,
        at: Timestamp,
        news: News,
        /// What the look saw; `None` when nothing could be seen.
        seen: Option<Box<Observation>>,
    },
    /// What was seen in the end. Whoever waits is told what it means.
    Ended {
        seen: Box<Observation>,
        at: Timestamp,
    },
}

/// What a look found that the one before did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    Some,
    None,
    /// Nothing for some minutes; a sign of life is due.
    NoneForLong,
}

/// Looks again and again until there is something final to say, or `enough` says that there is.
pub fn wait(
    destination: &Destination,
    awaited: Awaited,
    polling: Polling,
    enough: &dyn Fn(&Observation) -> bool,
    events: &dyn Fn(Event),
) -> Result<Observation> {
    let asked = || destination.forge.budget().map_or(0, |budget| budget.requests);
    let mut pace = Pace::new(polling, destination.clock.now(), asked());
    let mut memory = Memory::default();
    let mut last: Option<Observation> = None;
    let mut told_at = destination.clock.now();
    let (mut answered_at, mut limited_since) = (destination.clock.now(), None);
    loop {
        let looked = look(destination, awaited, &mut memory);
        let at = destination.clock.now();
        let seen = match looked {
            // The wait outlasts it, and asks nothing meanwhile.
            Err(error) if is_limited(&error) && elapsed(answered_at, at) < LIMITED => {
                let news = match limited_since.replace(at) {
                    None => News::Some,
                    Some(_) if elapsed(told_at, at) >= HEARTBEAT => News::NoneForLong,
                    Some(_) => News::None,
                };
                if news != News::None {
                    told_at = at;
                }
                let reporters = last.as_ref().map(|last| last.reporters.clone()).unwrap_or_default();
                events(Event::Waiting { why: format!("{error:#}"), reporters, at, news, seen: None });
                destination.clock.sleep(pace.next(at, asked()));
                continue;
            }
            seen => seen?,
        };
        (answered_at, limited_since) = (at, None);
        if seen.merged.is_some() && last.as_ref().is_none_or(|last| last.merged != seen.merged) {
            seen.merged.into_iter().for_each(|commit| events(Event::Merged { commit }));
        }
        let State::LookAgain { next, why } = &seen.state else {
            events(Event::Ended { seen: Box::new(seen.clone()), at });
            return Ok(seen);
        };
        if enough(&seen) {
            return Ok(seen);
        }
        let news = news(last.as_ref(), &seen, told_at, at);
        if news != News::None {
            told_at = at;
        }
        if news == News::Some {
            pace.quicken();
        }
        let (why, reporters) = (why.clone(), seen.reporters.clone());
        events(Event::Waiting { why, reporters, at, news, seen: Some(Box::new(seen.clone())) });
        destination.clock.sleep(pace.next(at, asked()).min(next.quiet_for(at)));
        last = Some(seen);
    }
}

fn news(last: Option<&Observation>, seen: &Observation, told_at: Timestamp, at: Timestamp) -> News {
    let same =
        |last: &Observation| (last.state.reason(), &last.reporters) == (seen.state.reason(), &seen.reporters);
    match last {
        Some(last) if same(last) => {
            if elapsed(told_at, at) >= HEARTBEAT {
                News::NoneForLong
            } else {
                News::None
            }
        }
        _ => News::Some,
    }
}

/// Whether a limit of the forge is all that was in the way.
fn is_limited(error: &anyhow::Error) -> bool {
    let mut faults = error.chain().filter_map(|cause| cause.downcast_ref::<Fault>());
    faults.any(|fault| fault.kind == Kind::RateLimited)
}

fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}
