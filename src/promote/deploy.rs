//! Deploy: the first half of a stage, until the rollout has ended: propose, merge where that is ours
//! to do, await; again when the base branch went on in a way that does not go together with the
//! proposal.

use std::time::Duration;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::entry::{self, Kept};
use super::event::{Event, What};
use super::needs;
use super::stage::{Arrival, Stage};
use crate::forge::{MergeRequest, MergeResult, PullRequest};
use crate::gates::Moment;
use crate::git::Marker;
use crate::propose::{self, Proposal, ProposeOptions, leftover};
use crate::rollout::{self, Awaited, Observation, Polling, State};
use crate::vocabulary::{Diagnostic, Outcome};

/// The same proposal on the same base is tried so often, then it is an error.
const TRIES: usize = 10;

/// The forge is asked again at the latest after this time when it refused a merge that nothing seems
/// to be in the way of.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// What came of a merge that is ours to do.
#[derive(PartialEq)]
enum Merging {
    /// It is merged, or it is not for us to merge it now: a look tells.
    Look,
    /// It has to be proposed again, and why.
    ProposeAgain(String),
    /// It has to be put onto the new base, and why.
    PutOnTip(String),
    /// It can be merged when what is missing is there.
    TryAgain,
    /// The forge merges it when what is missing is there. Servers forget that at times.
    Left,
    /// A gate is closed.
    KeptOut(Kept),
}

/// When to ask for a merge once more.
struct Retry {
    merging: Merging,
    /// Not earlier, where nothing has changed.
    at: Timestamp,
}

impl Retry {
    fn is_due(&self, seen: &Observation, now: Timestamp) -> bool {
        let Some(readiness) = &seen.merge_readiness else { return false };
        match &self.merging {
            Merging::KeptOut(_) => now >= self.at,
            Merging::TryAgain if readiness.is_ready() => true,
            Merging::TryAgain | Merging::Left => readiness.is_clear() && now >= self.at,
            _ => false,
        }
    }

    /// Whether waiting opens no gate.
    fn is_of_no_use(&self) -> bool {
        matches!(&self.merging, Merging::KeptOut(kept) if kept.opens.ask_again_at().is_none())
    }

    /// The gate that ends this run, if one does.
    fn keeps_out(&self, seen: &Observation, once: bool) -> Option<Kept> {
        let Merging::KeptOut(kept) = &self.merging else { return None };
        let is_over = matches!(seen.state, State::LookAgain { .. }) && (once || self.is_of_no_use());
        is_over.then(|| kept.clone())
    }

    /// Whether the right to merge was lost: what the forge answers now is the end.
    fn ends_it(&self, seen: &Observation) -> bool {
        let is_lost = seen.merge_readiness.as_ref().is_some_and(|readiness| readiness.never.is_some());
        is_lost && matches!(self.merging, Merging::TryAgain | Merging::Left)
    }
}

/// One round after another, until the rollout has ended or no round helps.
struct Rounds {
    /// The proposal and its base, and how often they were tried.
    same: Option<(Option<Oid>, Oid)>,
    tries: usize,
    /// How often the forge did not merge it at once.
    refusals: u32,
    /// A base that never stands still is no reason to go on for ever.
    until: Timestamp,
}

impl Stage<'_> {
    /// Everything until the rollout has ended, or once as far as it goes.
    pub(super) fn deploy(&self, events: &dyn Fn(Event)) -> Result<Arrival> {
        let merge_within = *self.destination.environment.rollout.merge;
        let mut rounds = Rounds { same: None, tries: 0, refusals: 0, until: self.in_time(merge_within) };
        let (mut on_tip, mut refused) = (false, None);
        loop {
            let proposal = self.propose(on_tip)?;
            // The same once more is worth a try only when the forge had time to look at it.
            if proposal.commit.is_some() && proposal.commit == refused {
                self.destination.clock.sleep(self.polling().first);
            }
            refused = proposal.commit;
            if proposal.outcome == Outcome::Superseded {
                return Ok(Arrival::TakenOver(proposal));
            }
            self.tell_proposed(&proposal, events);
            let why = match self.merge(&proposal, events)? {
                Merging::ProposeAgain(why) => {
                    on_tip = false;
                    why
                }
                Merging::PutOnTip(why) => {
                    on_tip = true;
                    why
                }
                merging => {
                    let retry = self.retry(merging, &mut rounds);
                    let is_ours = |seen: &Observation| {
                        let waits = matches!(seen.state, State::LookAgain { .. });
                        let open = seen.pull.as_ref().filter(|pull| waits && pull.is_open());
                        open.is_none_or(|pull| Some(pull.head_commit) == proposal.commit)
                    };
                    let asks_again = |seen: &Observation| {
                        let waits = matches!(seen.state, State::LookAgain { .. });
                        let is_due = !self.request.once && retry.is_due(seen, self.destination.clock.now());
                        waits && (is_due || retry.ends_it(seen))
                    };
                    let enough =
                        |seen: &Observation| seen.needs_new_base() || !is_ours(seen) || asks_again(seen);
                    let seen = match retry.is_of_no_use() {
                        true => self.observe(&proposal)?,
                        false => self.look(&proposal, &enough, events)?,
                    };
                    if let Some(kept) = retry.keeps_out(&seen, self.request.once) {
                        return Ok(Arrival::KeptOut(kept, Box::new(seen)));
                    }
                    if !enough(&seen) {
                        self.close_leftover(&seen);
                        return Ok(Arrival::Seen(seen));
                    }
                    on_tip = seen.needs_new_base();
                    if !on_tip && is_ours(&seen) && !retry.ends_it(&seen) {
                        continue;
                    }
                    seen.state.reason().to_owned()
                }
            };
            self.count(&mut rounds, &proposal, &why)?;
        }
    }

    fn tell_proposed(&self, proposal: &Proposal, events: &dyn Fn(Event)) {
        let Some(pull) = &proposal.pull else { return };
        let merges = self.destination.environment.merge.may_merge();
        events(self.event(What::Proposed {
            is_new: proposal.is_new,
            waits_for_people: !merges || proposal.changes.left_to_people.is_some(),
            number: pull.number,
            url: pull.url.clone(),
            message: proposal.message.clone(),
            replaced: proposal.replaced.clone(),
        }));
    }

    /// Where the forge broke down in the middle of the merge.
    fn close_leftover(&self, seen: &Observation) {
        let is_shown = seen.pull.as_ref().is_some_and(|pull| !pull.is_open());
        if seen.merged.is_none() || is_shown {
            return;
        }
        let closed = self.destination.newest_pull().and_then(|pull| match pull {
            Some(pull) => leftover::close(&self.destination, &pull),
            None => Ok(false),
        });
        if let Err(error) = closed {
            let notify = &self.request.destinations.access.notify;
            notify(&format!("cannot close a pull request that is merged: {error:#}"));
        }
    }

    /// When the forge is asked once more: later each time.
    fn retry(&self, merging: Merging, rounds: &mut Rounds) -> Retry {
        let first = match merging {
            Merging::Left => Duration::from_secs(60),
            _ => self.polling().first,
        };
        let pause = first.saturating_mul(1 << rounds.refusals.min(10)).min(LONGEST_PAUSE);
        rounds.refusals += 1;
        let at = match &merging {
            Merging::KeptOut(kept) => kept.opens.ask_again_at().unwrap_or(Timestamp::MAX),
            _ => self.in_time(pause),
        };
        Retry { merging, at }
    }

    /// Ends it where one more round is of no use.
    fn count(&self, rounds: &mut Rounds, proposal: &Proposal, why: &str) -> Result<()> {
        let tips = Some((proposal.commit, proposal.base));
        rounds.tries = if rounds.same == tips { rounds.tries + 1 } else { 1 };
        rounds.same = tips;
        let message = match rounds.tries {
            TRIES => format!("the proposal could not be merged in {TRIES} attempts: {why}"),
            _ if self.destination.clock.now() >= rounds.until => {
                format!("the proposal was put onto a new base again and again and never merged: {why}")
            }
            _ => return Ok(()),
        };
        let hint =
            "if a repository setting is in the way, change it; then run the same command again to continue";
        Err(Diagnostic::refused(message).hint(hint).into())
    }

    fn in_time(&self, time: Duration) -> Timestamp {
        let now = self.destination.clock.now();
        now.checked_add(time).unwrap_or(Timestamp::MAX)
    }

    fn propose(&self, on_tip: bool) -> Result<Proposal> {
        // What people took out was looked for before.
        let overrides = self.overrides.borrow();
        let verified = self.verified.get_or_init(|| match self.is_rollback() {
            true => Vec::new(),
            false => {
                needs::told(self.request.destinations, self.destination.environment, self.request.release)
            }
        });
        let overrides = &overrides;
        let options = ProposeOptions { on_tip, again: true, overrides, verified, ..self.request.options };
        propose::propose(&self.destination, &self.rendering, &options)
    }

    /// Merges what was proposed, if that is ours to do.
    fn merge(&self, proposal: &Proposal, events: &dyn Fn(Event)) -> Result<Merging> {
        let (Some(pull), Some(expected_head)) = (&proposal.pull, proposal.commit) else {
            return Ok(Merging::Look);
        };
        if !self.destination.environment.merge.may_merge() || proposal.changes.left_to_people.is_some() {
            return Ok(Merging::Look);
        }
        if self.has_outdated_approvals(pull, expected_head)? {
            return Ok(Merging::TryAgain);
        }
        // A release that does harm goes out at any time.
        let has_gates = !self.destination.environment.gates.is_empty() && !self.is_rollback();
        if has_gates {
            let states = entry::ask(&self.known(Some(pull.number)), Moment::Merge)?;
            if let Some(kept) = entry::kept_out(&states) {
                events(self.event(What::KeptOut { why: kept.why.clone() }));
                return Ok(Merging::KeptOut(kept));
            }
            self.overrides.replace(entry::overrides(&states));
        }
        let overrides = self.overrides.borrow();
        let message = propose::merge_message(&*self.destination.forge, pull, &proposal.trailers, &overrides);
        let method = self.destination.environment.gitops.merge_method;
        // The forge asks no gate: it merges later only what no gate can close for.
        let request = MergeRequest { expected_head, method, message, when_ready: !has_gates };
        match self.destination.forge.merge_pull(pull.number, &request)? {
            // Somebody else may have merged it, with another release on its branch.
            MergeResult::Merged(commit) => {
                if self.has_our_release(commit)? {
                    events(self.event(What::Merged { commit }));
                }
                Ok(Merging::Look)
            }
            // The look that follows tells what it waits for.
            MergeResult::WhenReady(_) => Ok(Merging::Left),
            MergeResult::NotMergeable(_) => Ok(Merging::TryAgain),
            MergeResult::HeadMoved(head) => Ok(Merging::ProposeAgain(format!("its branch moved to {head}"))),
            MergeResult::Behind(why) => Ok(Merging::PutOnTip(why)),
            MergeResult::Conflict(why) => Ok(Merging::ProposeAgain(why)),
            MergeResult::Never(why) => {
                let message = format!("{} cannot be merged: {why}", pull.url);
                let hint =
                    "change that; if only this token may not merge, `merge: manual` leaves it to people";
                Err(Diagnostic::refused(message).hint(hint).into())
            }
        }
    }

    /// Whether approvals of this commit are missing where the forge would take those of an older one.
    /// Only a pull request that was pushed to has such.
    fn has_outdated_approvals(&self, pull: &PullRequest, head: Oid) -> Result<bool> {
        let marker = Marker::parse(&pull.body);
        if marker.is_some_and(|marker| !marker.pushed && marker.commit == Some(head)) {
            return Ok(false);
        }
        let readiness = self.destination.forge.merge_readiness(pull.number)?;
        Ok(!readiness.outdated_approvals.is_empty() && !readiness.is_clear())
    }

    fn has_our_release(&self, commit: Oid) -> Result<bool> {
        Ok(self.destination.descriptor_id(commit)? == self.descriptor_id())
    }

    /// Looks once.
    fn observe(&self, proposal: &Proposal) -> Result<Observation> {
        rollout::observe(&self.destination, self.awaited(proposal.pull.as_ref().map(|pull| pull.number)))
    }

    /// Looks once, or until there is something final.
    fn look(
        &self,
        proposal: &Proposal,
        enough: &dyn Fn(&Observation) -> bool,
        events: &dyn Fn(Event),
    ) -> Result<Observation> {
        let awaited = self.awaited(proposal.pull.as_ref().map(|pull| pull.number));
        let mut first = rollout::observe(&self.destination, awaited)?;
        // The forge does not tell when this came onto the branch: it counts from now on.
        let is_timed = first.pull.as_ref().is_some_and(|pull| pull.ended_at.is_some());
        if let Some(commit) = first.merged.filter(|_| !is_timed && first.superseded_by.is_none()) {
            self.record_seen(commit);
            first = rollout::observe(&self.destination, awaited)?;
        }
        let verified_before = match first.merged {
            Some(commit) => self.verified_before(commit)?,
            None => None,
        };
        if self.request.once || verified_before.is_some() {
            return Ok(first);
        }
        let events = |event| events(self.event(What::Rollout(event)));
        rollout::wait(&self.destination, awaited, self.polling(), Some(first), enough, &events)
    }

    fn polling(&self) -> Polling {
        self.request.polling.unwrap_or_else(|| Polling::of(self.destination.environment.gitops.forge))
    }

    pub(super) fn awaited(&self, pull: Option<u64>) -> Awaited<'_> {
        Awaited { pull, content: Some(&self.content), since: self.since }
    }
}
