//! Wait: the loop around [`observe`].

use std::time::Duration;

use anyhow::Result;
use git2::Oid;
use serde::Serialize;

use super::evaluate::ReporterState;
use super::observe::{Observation, Request, State, observe};
use crate::git::oid_text;
use crate::pipeline::ForgeKind;

/// How often to look: soon after something changed, then more rarely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    pub first: Duration,
    pub longest: Duration,
}

impl Polling {
    /// A forge on this machine may be asked more often than one that counts requests.
    pub fn of(forge: ForgeKind) -> Self {
        let (first, longest) = match forge {
            ForgeKind::Local => (100, 1_000),
            _ => (5_000, 30_000),
        };
        Self { first: Duration::from_millis(first), longest: Duration::from_millis(longest) }
    }
}

/// What changed while waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    Merged {
        #[serde(with = "oid_text")]
        commit: Oid,
    },
    /// What is waited for, and what every reporter said so far.
    Waiting { why: String, reporters: Vec<ReporterState> },
    /// What every reporter said in the end. Whoever waits is told the rest.
    Ended { reporters: Vec<ReporterState> },
}

/// Looks again and again until there is something final to say, or `enough` says that there is.
pub fn wait(
    request: &Request,
    polling: Polling,
    enough: &dyn Fn(&Observation) -> bool,
    events: &dyn Fn(Event),
) -> Result<Observation> {
    let mut interval = polling.first;
    let mut last: Option<Observation> = None;
    loop {
        let seen = observe(request)?;
        if seen.merged.is_some() && last.as_ref().is_none_or(|last| last.merged != seen.merged) {
            seen.merged.into_iter().for_each(|commit| events(Event::Merged { commit }));
        }
        let State::LookAgain { after, why } = &seen.state else {
            events(Event::Ended { reporters: seen.reporters.clone() });
            return Ok(seen);
        };
        if enough(&seen) {
            return Ok(seen);
        }
        if last.as_ref().is_none_or(|last| (last.state.reason(), &last.reporters) != (why, &seen.reporters)) {
            events(Event::Waiting { why: why.clone(), reporters: seen.reporters.clone() });
            interval = polling.first;
        }
        request.clock.sleep(interval.min(*after));
        interval = (interval * 3 / 2).min(polling.longest);
        last = Some(seen);
    }
}
