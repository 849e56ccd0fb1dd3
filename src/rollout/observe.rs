//! Observe: one look at a rollout. What was seen is returned; nothing is written or waited for.
//!
//! What counts is said on the [`super::candidates`]. The first commit behind them, with other files of
//! ours, ends the rollout: it was superseded.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::asked::with_asked;
use super::candidates::Candidates;
use super::context::after;
use super::evaluate::{Facts, Verdict, evaluate};
use super::memory::{Awaited, Memory};
use super::observation::{Next, Observation, State};
use super::reporters;
use super::statuses::Statuses;
use super::subject::{self, Subject};
use super::times::{Times, whole_second};
use super::{cause, verdict, waiting};
use crate::config::OnSuperseded;
use crate::forge::{CommitStatus, PullRequest, StatusState};
use crate::gitops::{Destination, ring};
use crate::reporters::Reporter;

/// The merge of what is observed.
#[derive(Clone, Copy)]
struct Merge {
    commit: Oid,
    at: Timestamp,
    /// Whether reports on the commit may be older than `at`, and then are about something else. That takes the
    /// forge's word for `at`: people's clocks may be wrong. A commit that no pull request brought is new with its
    /// push, and one that the forge made is new with the merge, so no report on it is older.
    may_have_older_reports: bool,
    /// See [`Awaited::since`].
    since: Option<Timestamp>,
}

/// Looks once.
pub fn observe(destination: &Destination, awaited: Awaited) -> Result<Observation> {
    look(destination, awaited, &mut Memory::default())
}

/// Looks once, with what was learned before.
pub(super) fn look(destination: &Destination, awaited: Awaited, memory: &mut Memory) -> Result<Observation> {
    let _look = destination.look();
    let expected = reporters::expected(destination.environment)?;
    reporters::refuse_shared(destination)?;
    match subject::locate(destination, awaited, memory)? {
        Subject::Open(pull) => waiting::observe_open(destination, pull, memory),
        Subject::Closed(pull) => Ok(Observation { pull: Some(pull), ..Observation::of(State::Closed) }),
        Subject::Replaced { by, pull } => {
            let state = superseded(destination, by)?;
            Ok(Observation { pull: Some(pull), superseded_by: Some(by), ..Observation::of(state) })
        }
        Subject::Merged { commit, at, pull } => {
            let proposed_at = pull.as_ref().map(|pull| proposed_at(destination, pull, commit)).transpose()?;
            let at = whole_second(at);
            let since = awaited.since.map(whole_second);
            let merge = Merge {
                commit,
                at,
                may_have_older_reports: pull.as_ref().is_some_and(|pull| pull.ended_at.is_some())
                    && !is_made_by_late_forge(destination, pull.as_ref(), commit),
                since,
            };
            let expected = reached(destination, expected, commit)?;
            let seen = rollout(destination, &expected, merge, memory)?;
            let times = Times { proposed_at, ..seen.times };
            Ok(Observation { pull, times, ..seen })
        }
    }
}

/// The reporters of the targets that the release has reached. The others have nothing to report.
fn reached<'r>(
    destination: &Destination,
    expected: &'r [Reporter],
    commit: Oid,
) -> Result<Cow<'r, [Reporter]>> {
    if destination.environment.rings.is_empty() {
        return Ok(Cow::Borrowed(expected));
    }
    let waiting = ring::waiting_at(destination, commit)?;
    let reached = expected.iter().filter(|it| !it.target.as_ref().is_some_and(|name| waiting.contains(name)));
    Ok(reached.cloned().collect())
}

/// Whether the commit was made with the merge of `pull`, by a forge that notes the time of the merge after it.
fn is_made_by_late_forge(destination: &Destination, pull: Option<&PullRequest>, commit: Oid) -> bool {
    destination.forge.notes_merges_late() && pull.is_some_and(|pull| pull.head_commit != commit)
}

/// A pull request may have been opened for an earlier release. The head is not asked for where the
/// merge has not brought it along.
fn proposed_at(destination: &Destination, pull: &PullRequest, merged: Oid) -> Result<Timestamp> {
    let opened = pull.created_at;
    match destination.repository.parents(merged)?.contains(&pull.head_commit) {
        true => Ok(destination.repository.commit_time(pull.head_commit)?.max(opened)),
        false => Ok(opened),
    }
}

fn rollout(
    destination: &Destination,
    expected: &[Reporter],
    merge: Merge,
    memory: &mut Memory,
) -> Result<Observation> {
    let Candidates { same, next } = Candidates::since(destination, merge.commit)?;
    if let Some(done) = verified(destination, expected, merge, memory)? {
        return Ok(Observation { superseded_by: next, ..done });
    }
    let Some(next) = next else {
        let now = whole_second(destination.clock.now());
        let mut read = |all| -> Result<(Observation, bool)> {
            let Statuses { all, is_fresh } =
                statuses(destination, expected, &same, all, (now, merge), memory)?;
            Ok((evaluated(destination, expected, &all, now, merge), is_fresh))
        };
        let (seen, is_fresh) = read(false)?;
        let is_open = matches!(seen.state, State::LookAgain { .. });
        let seen = if is_fresh || is_open { seen } else { read(true)?.0 };
        return cause::explained(destination, expected, seen);
    };
    // What was done before the next deployment came stays done, also when we look later.
    let brought = subject::bringing(destination, |merged| merged == next)?;
    let until = whole_second(subject::came(destination, next, brought.as_ref())?);
    let statuses = statuses(destination, expected, &same, true, (until, merge), memory)?;
    let before = evaluated(destination, expected, &statuses.all, until, merge);
    if before.state == State::Done {
        return Ok(Observation { superseded_by: Some(next), ..before });
    }
    let follows = destination.environment.rollout.superseded == OnSuperseded::Follow;
    if follows && destination.deployment(next)?.is_some() {
        let at = whole_second(subject::landed(destination, next, brought.as_ref(), memory)?);
        let may_have_older_reports = !is_made_by_late_forge(destination, brought.as_ref(), next);
        let next_merge = Merge { commit: next, at, may_have_older_reports, ..merge };
        let followed = rollout(destination, expected, next_merge, memory)?;
        return Ok(Observation { merged: Some(merge.commit), superseded_by: Some(next), ..followed });
    }
    let state = superseded(destination, next)?;
    Ok(Observation { state, superseded_by: Some(next), ..before })
}

/// What Towline found out before stays so. Then only the merged commit is read, however many commits
/// came after it, and only with the first look.
fn verified(
    destination: &Destination,
    expected: &[Reporter],
    merge: Merge,
    memory: &mut Memory,
) -> Result<Option<Observation>> {
    if std::mem::replace(&mut memory.asked_for_verdict, true)
        || !verdict::is_success(destination, merge.commit)?
    {
        return Ok(None);
    }
    let now = whole_second(destination.clock.now());
    let statuses = match expected {
        [] => Vec::new(),
        _ => memory.statuses.refresh(&*destination.forge, &[merge.commit], true, &|_| false)?.all,
    };
    let seen = evaluated(destination, expected, &statuses, now, merge);
    Ok(Some(Observation { state: State::Done, ..seen }))
}

/// What is said about a rollout on `commits`; nothing is asked where nobody is expected to report. The time is that
/// at which it is judged.
fn statuses(
    destination: &Destination,
    expected: &[Reporter],
    commits: &[Oid],
    all: bool,
    (at, merge): (Timestamp, Merge),
    memory: &mut Memory,
) -> Result<Statuses> {
    if expected.is_empty() {
        return Ok(Statuses { all: Vec::new(), is_fresh: true });
    }
    // Reporters that are asked elsewhere are not among what was read.
    let are_all_read = !expected.iter().any(Reporter::asks);
    let is_success = |read: &[CommitStatus]| {
        are_all_read && evaluated(destination, expected, read, at, merge).state == State::Done
    };
    let Statuses { all, is_fresh } =
        memory.statuses.refresh(&*destination.forge, commits, all, &is_success)?;
    Ok(Statuses { all: with_asked(destination, expected, commits, all)?, is_fresh })
}

fn evaluated(
    destination: &Destination,
    expected: &[Reporter],
    statuses: &[CommitStatus],
    now: Timestamp,
    merge: Merge,
) -> Observation {
    let options = &destination.environment.rollout;
    let statuses = merge.since.map_or(Cow::Borrowed(statuses), |since| Cow::Owned(afresh(statuses, since)));
    let merged_at = merge.since.map_or(merge.at, |since| since.max(merge.at));
    let reports_since = merge.since.or(Some(merge.at).filter(|_| merge.may_have_older_reports));
    let evaluation =
        evaluate(&Facts { now, merged_at, reports_since, statuses: &statuses, expected, options });
    let state = match evaluation.verdict {
        Verdict::Done => State::Done,
        Verdict::Failed(reason) => State::Failed { reason },
        Verdict::TimedOut(deadline, reason) => State::TimedOut { deadline, reason },
        Verdict::Pending { why, until } => State::LookAgain { next: Next::new(now, until), why },
    };
    let reporters = evaluation.reporters;
    let settled = reporters.iter().flat_map(|reporter| &reporter.contexts).map(|context| context.since);
    let times = Times {
        proposed_at: None,
        merged_at: Some(merge.at),
        first_report_at: evaluation.first_report_at,
        healthy_at: settled.max().filter(|_| state == State::Done),
    };
    let ends_at = Some(after(merged_at, *options.finish));
    Observation { reporters, merged: Some(merge.commit), times, ends_at, ..Observation::of(state) }
}

/// The statuses for a wait that begins at `since`: what a reporter said last before that counts if
/// it was a success, as if it were said then.
fn afresh(statuses: &[CommitStatus], since: Timestamp) -> Vec<CommitStatus> {
    let (before, after) = statuses.split_at(statuses.partition_point(|status| status.created_at < since));
    let mut last: BTreeMap<&str, &CommitStatus> = BTreeMap::new();
    for status in before {
        last.insert(&status.context, status);
    }
    let still_good = last.into_values().filter(|status| status.state == StatusState::Success);
    let moved = still_good.map(|status| CommitStatus { created_at: since, ..status.clone() });
    moved.chain(after.iter().cloned()).collect()
}

/// What is told of a rollout that was done: where something has replaced it since, it is not there any
/// more.
///
/// With `superseded: follow` whoever asks for whatever is deployed is told of what followed; who asks for one
/// release by its name (`is_named`) is told that it was replaced, because that one did not roll out.
pub fn told_after(destination: &Destination, seen: Observation, is_named: bool) -> Result<Observation> {
    let follows = destination.environment.rollout.superseded == OnSuperseded::Follow;
    match seen.superseded_by {
        Some(by) if seen.state == State::Done && (!follows || is_named) => {
            let State::Superseded { release, reason } = superseded(destination, by)? else { return Ok(seen) };
            let reason = match follows {
                true => reason,
                false => format!("it was rolled out, and then {reason}"),
            };
            Ok(Observation { state: State::Superseded { release, reason }, ..seen })
        }
        _ => Ok(seen),
    }
}

fn superseded(destination: &Destination, by: Oid) -> Result<State> {
    let environment = &destination.environment.name;
    let parent = destination.repository.parents(by)?.first().copied();
    let before = parent.map(|parent| destination.descriptor_id(parent)).transpose()?.flatten();
    // With the descriptor as it was, somebody changed manifests by hand.
    let by_hand = destination.descriptor_id(by)? == before;
    let deployed = destination.deployment(by)?.filter(|_| !by_hand);
    let version = deployed.map(|deployed| deployed.descriptor.release.version);
    let reason = match &version {
        Some(version) => format!("release {version} took over environment `{environment}` (commit {by})"),
        None if by_hand => format!("commit {by} changed the files of environment `{environment}`"),
        None => format!("commit {by} took it out of environment `{environment}`"),
    };
    Ok(State::Superseded { release: version, reason })
}
