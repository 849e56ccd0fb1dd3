//! Tend: awaits a proposal that is there, and keeps it mergeable meanwhile.

use std::cell::Cell;

use anyhow::Result;
use git2::Oid;

use crate::error::Outcome;
use crate::propose::{self, Proposal};
use crate::rollout::{self, Event, Observation, Polling, State};

/// What happens meanwhile.
#[derive(Debug)]
pub enum Tended {
    /// It was put onto the new base.
    Proposed(Box<Proposal>),
    Rollout(Event),
}

/// Waits until there is something final to say, or looks `once`. A proposal that conflicts with its
/// base is put onto the new base, where its branch tells all that this takes.
pub fn tend(
    request: &rollout::Request,
    polling: Polling,
    once: bool,
    events: &dyn Fn(Tended),
) -> Result<Observation> {
    let told = |event| events(Tended::Rollout(event));
    // A head that was put onto the base already: the forge has yet to see that.
    let done: Cell<Option<Oid>> = Cell::new(None);
    loop {
        let enough = |seen: &Observation| {
            let head = seen.pull.as_ref().map(|pull| pull.head_commit);
            if !seen.is_conflict() {
                done.set(None);
            }
            once || seen.is_conflict() && head != done.get()
        };
        let seen = rollout::wait(request, polling, &enough, &told)?;
        let Some(pull) = seen.pull.as_ref().filter(|_| seen.is_conflict()) else { return Ok(seen) };
        let again = propose::again::Request {
            repository: request.repository,
            forge: request.forge,
            clock: request.clock,
            environment: request.environment,
        };
        match propose::again::again(&again, pull)? {
            // That leaves it to people, as long as they have.
            None if once => return Ok(seen),
            None => return rollout::wait(request, polling, &|_| false, &told),
            Some(newer) if newer.outcome == Outcome::Superseded => {
                let state = State::Superseded { release: None, reason: newer.message };
                return Ok(Observation { state, ..seen });
            }
            Some(proposal) => {
                done.set(proposal.commit.filter(|commit| *commit == pull.head_commit));
                if done.get().is_none() {
                    events(Tended::Proposed(Box::new(proposal)));
                } else if once {
                    return Ok(seen);
                }
            }
        }
    }
}
