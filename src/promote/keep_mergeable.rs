//! Keep mergeable: awaits a proposal that is there, and puts it onto the new base when the two
//! conflict, or when only a head that is up to date is merged.

use std::cell::{Cell, RefCell};

use anyhow::Result;
use git2::Oid;

use crate::gitops::Destination;
use crate::propose::Proposal;
use crate::propose::besides::not_rendered;
use crate::propose::identity;
use crate::propose::repropose::{peoples_commits, repropose};
use crate::rollout::{self, Awaited, Event, Observation, Polling, State};
use crate::vocabulary::{Diagnostic, Outcome, text};

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
    let mut last = None;
    // The head that was looked at, and why it may not be merged: a new one may be people's.
    let (head, refusal) = (Cell::new(None), RefCell::new(None));
    loop {
        let is_new = |seen: &Observation| {
            seen.needs_new_base() && tips(destination, seen).is_ok_and(|tips| Some(tips) != done)
        };
        let enough = |seen: &Observation| {
            let tip = open_head(seen).zip(seen.merge_readiness.as_ref().map(|it| it.merges_itself));
            if tip.is_some() && head.replace(tip) != tip {
                match others_merge(destination, seen) {
                    // It is asked again with the next look.
                    Err(error) if Diagnostic::passes(&error) && !once => head.set(None),
                    answer => _ = refusal.replace(answer.transpose()),
                }
            }
            once || refusal.borrow().is_some() || is_new(seen)
        };
        let seen =
            rollout::wait(destination, awaited, polling, last.take().filter(|_| !once), &enough, &told)?;
        if let Some(refusal) = refusal.take() {
            return Err(refusal?.into());
        }
        let Some(pull) = seen.pull.as_ref().filter(|_| is_new(&seen)) else { return Ok(seen) };
        done = Some(tips(destination, &seen)?);
        let reproposed = match repropose(destination, pull) {
            // The next look comes when the forge answers.
            Err(error) if Diagnostic::passes(&error) && !once => {
                done = None;
                destination.clock.sleep(polling.longest);
                last = Some(seen);
                continue;
            }
            reproposed => reproposed?,
        };
        last = Some(seen.clone());
        match reproposed {
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

/// Refuses to call rolled out what people changed in the pull request before it was merged.
pub fn refuse_changed(destination: &Destination, seen: &Observation) -> Result<()> {
    let is_done = seen.state == State::Done && seen.superseded_by.is_none();
    let Some(commit) = seen.merged.filter(|_| is_done) else { return Ok(()) };
    let changed = not_rendered(destination, seen.pull.as_ref(), commit)?;
    if changed.is_empty() {
        return Ok(());
    }
    let environment = &destination.environment.name;
    let message = format!(
        "{environment}: what was merged as {commit} is rolled out, but people changed it before: {}",
        text::listed(&changed)
    );
    let hint = "look at these files; then promote a newer release with what people changed, or without it";
    Err(Diagnostic::refused(message).hint(hint).into())
}

fn open_head(seen: &Observation) -> Option<Oid> {
    seen.pull.as_ref().filter(|pull| pull.is_open()).map(|pull| pull.head_commit)
}

/// Stops the forge from merging by itself what people have committed, and says so. What people are
/// to merge is left to them.
fn others_merge(destination: &Destination, seen: &Observation) -> Result<Option<Diagnostic>> {
    let merges_itself = seen.merge_readiness.as_ref().is_some_and(|readiness| readiness.merges_itself);
    let Some(pull) = seen.pull.as_ref().filter(|_| merges_itself) else { return Ok(None) };
    let Some(commits) = peoples_commits(destination, pull)? else { return Ok(None) };
    let environment = &destination.environment.name;
    let proposed = destination.deployment(pull.head_commit).ok().flatten();
    let release = proposed.map_or("--release VERSION".to_owned(), |it| it.release().arguments());
    let hint = format!(
        "the forge merges it no more by itself; merge it there if that is what you want, or overwrite \
         their commits with `towline propose {environment} {release} --force`"
    );
    Ok(Some(identity::refuse(destination, Some(pull.number), &commits)?.hint(hint)))
}

/// The head of what cannot be merged, and its base.
fn tips(destination: &Destination, seen: &Observation) -> Result<(Option<Oid>, Oid)> {
    Ok((seen.pull.as_ref().map(|pull| pull.head_commit), destination.base_tip()?))
}
