//! Observe: one look at a rollout. What was seen is returned; nothing is written or waited for.
//!
//! What counts is said on the [`super::candidates`]. The first commit behind them, with other files of
//! ours, ends the rollout: it was superseded.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::candidates::{Candidates, deployment};
use super::evaluate::{Facts, Verdict, evaluate};
use super::observation::{Next, Observation, State};
use super::reporters::{self, Expected};
use super::statuses::Known;
use super::subject::{self, Subject};
use super::times::{Times, whole_second};
use super::{cause, waiting};
use crate::clock::Clock;
use crate::config::{Environment, OnSuperseded};
use crate::forge::{CommitStatus, Forge, MergeReadiness, PullRequest};
use crate::git::Repository;
use crate::gitops::deployment::Content;

/// What to look at.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub application: &'a str,
    pub environment: &'a Environment,
    pub repository: &'a Repository,
    pub forge: &'a dyn Forge,
    pub clock: &'a dyn Clock,
    /// A pull request; `None`: the newest of the application and environment, or what is deployed.
    pub pull: Option<u64>,
    /// What was proposed. Something else in its place supersedes it. `None`: whatever is there.
    pub proposed: Option<&'a Content>,
}

/// What earlier looks of this process learned, so that it need not be asked again. It saves
/// requests, and never changes what is seen in the end.
#[derive(Debug, Default)]
pub struct Memory {
    /// Merged is for ever.
    pub(super) merged: Option<PullRequest>,
    pub(super) standing: Option<Remembered>,
    statuses: Known,
}

/// What a pull request waited for.
#[derive(Debug)]
pub(super) struct Remembered {
    pub pull: PullRequest,
    pub at: Timestamp,
    pub standing: std::result::Result<MergeReadiness, String>,
}

/// Looks once.
pub fn observe(request: &Request) -> Result<Observation> {
    look(request, &mut Memory::default())
}

/// Looks once, with what was learned before.
pub(super) fn look(request: &Request, memory: &mut Memory) -> Result<Observation> {
    let expected = reporters::expected(request.environment)?;
    match subject::find(request, memory)? {
        Subject::Open(pull) => waiting::observe(request, pull, memory),
        Subject::Closed(pull) => Ok(Observation { pull: Some(pull), ..Observation::of(State::Closed) }),
        Subject::Replaced { by, pull } => {
            let state = superseded(request, by)?;
            Ok(Observation { pull: Some(pull), superseded_by: Some(by), ..Observation::of(state) })
        }
        Subject::Merged { commit, at, pull } => {
            let proposed_at = pull.as_ref().map(|pull| proposed_at(request, pull, commit)).transpose()?;
            let seen = rollout(request, &expected, (commit, whole_second(at)), memory)?;
            let times = Times { proposed_at, ..seen.times };
            Ok(Observation { pull, times, ..seen })
        }
    }
}

/// A pull request may have been opened for an earlier release. The head is not asked for where the
/// merge has not brought it along.
fn proposed_at(request: &Request, pull: &PullRequest, merged: Oid) -> Result<Timestamp> {
    let opened = pull.created_at;
    match request.repository.parents(merged)?.contains(&pull.head_commit) {
        true => Ok(request.repository.commit_time(pull.head_commit)?.max(opened)),
        false => Ok(opened),
    }
}

fn rollout(
    request: &Request,
    expected: &[Expected],
    (merged, at): (Oid, Timestamp),
    memory: &mut Memory,
) -> Result<Observation> {
    let Candidates { same, next } = Candidates::find(request, merged)?;
    let Some(next) = next else {
        let now = whole_second(request.clock.now());
        let mut read = |all| -> Result<(Observation, bool)> {
            let statuses = memory.statuses.read(request.forge, &same, all)?;
            let seen = evaluated(request, expected, &statuses.all, now, (merged, at));
            Ok((seen, statuses.is_fresh))
        };
        let (seen, is_fresh) = read(false)?;
        let is_open = matches!(seen.state, State::LookAgain { .. });
        let seen = if is_fresh || is_open { seen } else { read(true)?.0 };
        return cause::explained(request, expected, seen);
    };
    // What was done before the next deployment came stays done, also when we look later.
    let until = landed(request, next)?;
    let statuses = memory.statuses.read(request.forge, &same, true)?.all;
    let before = evaluated(request, expected, &statuses, until, (merged, at));
    if before.state == State::Done {
        return Ok(Observation { superseded_by: Some(next), ..before });
    }
    if request.environment.rollout.superseded == OnSuperseded::Follow && deployment(request, next)?.is_some()
    {
        let followed = rollout(request, expected, (next, until), memory)?;
        return Ok(Observation { merged: Some(merged), superseded_by: Some(next), ..followed });
    }
    let state = superseded(request, next)?;
    Ok(Observation { state, superseded_by: Some(next), ..before })
}

/// When a commit came onto the base branch: as the forge says, because one that was fast-forwarded
/// is older than its merge; if no pull request brought it, as the commit says.
fn landed(request: &Request, commit: Oid) -> Result<Timestamp> {
    let pull = subject::bringing(request, |merged| merged == commit)?;
    let ended_at = pull.and_then(|pull| pull.ended_at);
    ended_at.map_or_else(|| request.repository.commit_time(commit), |at| Ok(whole_second(at)))
}

fn evaluated(
    request: &Request,
    expected: &[Expected],
    statuses: &[CommitStatus],
    now: Timestamp,
    (merged, merged_at): (Oid, Timestamp),
) -> Observation {
    let options = &request.environment.rollout;
    let evaluation = evaluate(&Facts { now, merged_at, statuses, expected, options });
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
        merged_at: Some(merged_at),
        first_report_at: evaluation.first_report_at,
        healthy_at: settled.max().filter(|_| state == State::Done),
    };
    Observation { reporters, merged: Some(merged), times, ..Observation::of(state) }
}

fn superseded(request: &Request, by: Oid) -> Result<State> {
    let (repository, environment) = (request.repository, &request.environment.name);
    let descriptor = &request.environment.gitops.descriptor;
    let parent = repository.parents(by)?.first().copied();
    let before = parent.map(|parent| repository.entry_id(parent, descriptor)).transpose()?.flatten();
    // With the descriptor as it was, somebody changed manifests by hand.
    let by_hand = repository.entry_id(by, descriptor)? == before;
    let deployed = deployment(request, by)?.filter(|_| !by_hand);
    let version = deployed.map(|deployed| deployed.descriptor.release.version);
    let reason = match &version {
        Some(version) => format!("release {version} took over environment `{environment}` (commit {by})"),
        None => format!("commit {by} changed the files of environment `{environment}`"),
    };
    Ok(State::Superseded { release: version, reason })
}
