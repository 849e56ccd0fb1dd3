//! Keep mergeable: awaits a proposal that is there, and puts it onto the new base when the two conflict.

use anyhow::Result;
use git2::Oid;

use crate::gitops::Destination;
use crate::propose::Proposal;
use crate::propose::repropose::repropose;
use crate::rollout::{self, Awaited, Event, Observation, Polling, State};
use crate::vocabulary::Outcome;

/// What happens meanwhile.
#[derive(Debug)]
pub enum ProposalEvent {
    /// It was put onto the new base.
    Reproposed(Box<Proposal>),
    /// It conflicts with its base, and only people or a new rendering can mend that.
    Conflict,
    Rollout(Event),
}

/// Waits until there is something final to say, or looks `once`. A proposal that conflicts with its
/// base is put onto the new base, where its branch tells all that this takes.
pub fn keep_mergeable(
    destination: &Destination,
    awaited: Awaited,
    polling: Polling,
    once: bool,
    events: &dyn Fn(ProposalEvent),
) -> Result<Observation> {
    let told = |event| events(ProposalEvent::Rollout(event));
    // The tips that were dealt with: the forge has yet to see what came of it, or people have to
    // act. Only other ones are worth another try.
    let mut done = None;
    loop {
        let is_new = |seen: &Observation| {
            seen.is_conflict() && tips(destination, seen).is_ok_and(|tips| Some(tips) != done)
        };
        let seen = rollout::wait(destination, awaited, polling, &|seen| once || is_new(seen), &told)?;
        let Some(pull) = seen.pull.as_ref().filter(|_| is_new(&seen)) else { return Ok(seen) };
        done = Some(tips(destination, &seen)?);
        match repropose(destination, pull)? {
            None => events(ProposalEvent::Conflict),
            Some(newer) if newer.outcome == Outcome::Superseded => {
                let state = State::Superseded { release: None, reason: newer.message };
                return Ok(Observation { state, ..seen });
            }
            Some(same) if same.commit == Some(pull.head_commit) => {}
            Some(proposal) => events(ProposalEvent::Reproposed(Box::new(proposal))),
        }
    }
}

/// The head of what conflicts, and its base.
fn tips(destination: &Destination, seen: &Observation) -> Result<(Option<Oid>, Oid)> {
    Ok((seen.pull.as_ref().map(|pull| pull.head_commit), destination.base_tip()?))
}
