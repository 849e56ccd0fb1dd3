//! Wait: the loop around [`super::observe()`].

use std::time::Duration;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::evaluate::ReporterState;
use super::memory::{Awaited, Memory};
use super::observation::{Observation, State};
use super::observe::look;
use super::outage::Outage;
use super::pace::{Pace, Polling};
use crate::gitops::Destination;

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
/// `last` is what was seen before, if there was a look. An end is not looked for once more.
pub fn wait(
    destination: &Destination,
    awaited: Awaited,
    polling: Polling,
    mut last: Option<Observation>,
    enough: &dyn Fn(&Observation) -> bool,
    events: &dyn Fn(Event),
) -> Result<Observation> {
    let asked = || destination.forge.budget().map_or(0, |budget| budget.requests);
    let started = destination.clock.now();
    let mut pace = Pace::new(polling, started, asked());
    let (mut memory, mut outage, mut merged) = (Memory::default(), Outage::default(), None);
    let mut told = Told { what: None, at: started };
    let mut ended = last.take_if(|last| !matches!(last.state, State::LookAgain { .. }));
    loop {
        let began = destination.clock.now();
        let looked = ended.take().map_or_else(|| look(destination, awaited, &mut memory), Ok);
        let at = destination.clock.now();
        let seen = match looked {
            Ok(seen) => seen,
            Err(error) => {
                let ends_at = outage.outlast(error, last.as_ref(), (began, at))?;
                if let Some(last) = last.take_if(|_| at >= ends_at) {
                    let seen = outage.timed_out(last, &destination.environment.rollout);
                    events(Event::Ended { seen: Box::new(seen.clone()), at });
                    return Ok(seen);
                }
                let reporters = last.as_ref().map(|last| last.reporters.clone()).unwrap_or_default();
                events(told.waiting(outage.why(), reporters, None, at).0);
                destination.clock.sleep(pace.next(at, asked()).min(elapsed(at, ends_at)));
                continue;
            }
        };
        outage = Outage::default();
        if seen.merged.is_some() && merged != seen.merged {
            merged = seen.merged;
            seen.merged.into_iter().for_each(|commit| events(Event::Merged { commit }));
        }
        let State::LookAgain { next, why } = &seen.state else {
            events(Event::Ended { seen: Box::new(seen.clone()), at });
            return Ok(seen);
        };
        if enough(&seen) {
            return Ok(seen);
        }
        let (event, news) = told.waiting(why.clone(), seen.reporters.clone(), Some(&seen), at);
        if news == News::Some {
            pace.quicken();
        }
        events(event);
        destination.clock.sleep(pace.next(at, asked()).min(next.quiet_for(at)));
        last = Some(seen);
    }
}

/// What was told last, and when.
struct Told {
    what: Option<(String, Vec<ReporterState>)>,
    at: Timestamp,
}

impl Told {
    fn waiting(
        &mut self,
        why: String,
        reporters: Vec<ReporterState>,
        seen: Option<&Observation>,
        at: Timestamp,
    ) -> (Event, News) {
        let news =
            match &self.what {
                Some((told, from)) if *told == why && *from == reporters => {
                    if elapsed(self.at, at) >= HEARTBEAT { News::NoneForLong } else { News::None }
                }
                _ => News::Some,
            };
        if news != News::None {
            self.at = at;
        }
        self.what = Some((why.clone(), reporters.clone()));
        let seen = seen.cloned().map(Box::new);
        (Event::Waiting { why, reporters, at, news, seen }, news)
    }
}

fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}
