//! Observe: one look at a rollout. What was seen is returned; nothing is written or waited for.
//!
//! The candidates are the merged commit and its first-parent descendants on the base branch, as
//! long as our files in them are the same: operators report on the branch's head, so a later
//! commit may carry the report and the merged one never will. The first descendant with other
//! files of ours ends the rollout: it was superseded.

use std::time::Duration;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use serde::Serialize;

use super::context::after;
use super::deployment::{Content, Deployment};
use super::evaluate::{Deadline, Facts, ReporterState, Verdict, evaluate};
use super::reporters::{self, Expected};
use super::statuses::Known;
use super::subject::{self, Subject};
use super::times::{Times, whole_second};
use super::{cause, seconds, waiting};
use crate::clock::Clock;
use crate::error::{Diagnostic, Outcome};
use crate::forge::{CommitStatus, Forge, PullRequest, Standing};
use crate::git::{Repository, oid_text};
use crate::pipeline::{Environment, OnSuperseded};

/// It is not worth looking again later than this: a status may come at any time.
const LATEST_LOOK: Duration = Duration::from_secs(30);

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

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Observation {
    #[serde(flatten)]
    pub state: State,
    pub reporters: Vec<ReporterState>,
    /// The commit on the base branch.
    #[serde(with = "oid_text::option", skip_serializing_if = "Option::is_none")]
    pub merged: Option<Oid>,
    #[serde(flatten)]
    pub times: Times,
    /// What replaced it, also when that was after it was done.
    #[serde(with = "oid_text::option", skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<Oid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull: Option<PullRequest>,
    /// What the pull request waits for, when it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// Where a rollout is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    Done,
    Failed {
        reason: String,
    },
    /// Closed without a merge.
    Closed,
    TimedOut {
        deadline: Deadline,
        reason: String,
    },
    Superseded {
        /// The release that took its place, when a descriptor tells.
        #[serde(skip_serializing_if = "Option::is_none")]
        release: Option<String>,
        reason: String,
    },
    /// Nothing final yet.
    LookAgain {
        #[serde(flatten)]
        next: Next,
        why: String,
    },
}

/// When to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Next {
    /// A report may have come by then.
    #[serde(rename = "lookAgainAt")]
    pub at: Timestamp,
    /// The same, from the look on.
    #[serde(rename = "lookAgainSeconds", serialize_with = "seconds::serialize")]
    pub after: Duration,
    /// If nobody merges and nobody reports, nothing changes before: a deadline, or a success that
    /// has held. Whoever is woken by reports need not look sooner.
    pub changes_at: Timestamp,
}

impl Next {
    pub fn new(now: Timestamp, changes_at: Timestamp) -> Self {
        let left = Duration::try_from(changes_at.duration_since(now)).unwrap_or_default();
        let wait = left.min(LATEST_LOOK);
        Self { at: after(now, wait), after: wait, changes_at }
    }

    /// How long nothing changes by itself.
    pub fn quiet_for(&self, now: Timestamp) -> Duration {
        Duration::try_from(self.changes_at.duration_since(now)).unwrap_or_default()
    }
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
    pub standing: Standing,
}

impl State {
    pub fn outcome(&self) -> Outcome {
        match self {
            State::Done => Outcome::Done,
            State::Failed { .. } => Outcome::Failed,
            State::Closed => Outcome::Closed,
            State::TimedOut { .. } => Outcome::TimedOut,
            State::Superseded { .. } => Outcome::Superseded,
            State::LookAgain { .. } => Outcome::Unfinished,
        }
    }

    /// Why it is so, or what is waited for; empty when it is done.
    pub fn reason(&self) -> &str {
        match self {
            State::Done => "",
            State::Closed => "the pull request was closed without a merge",
            State::Failed { reason } | State::TimedOut { reason, .. } | State::Superseded { reason, .. } => {
                reason
            }
            State::LookAgain { why, .. } => why,
        }
    }
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

/// The commits whose statuses count, and the next one with another deployment, if there is one.
struct Candidates {
    same: Vec<Oid>,
    next: Option<Oid>,
}

impl Candidates {
    fn find(request: &Request, merged: Oid) -> Result<Self> {
        let repository = request.repository;
        let tip = repository.branch_tip(&request.environment.gitops.branch)?;
        if !repository.is_ancestor(merged, tip)? {
            return Err(lost(request, merged));
        }
        let Some(deployment) = deployment(request, merged)? else {
            let descriptor = &request.environment.gitops.descriptor;
            return Err(
                Diagnostic::new(format!("commit {merged} has no {descriptor}: it deploys nothing")).into()
            );
        };
        let mut same = vec![merged];
        for commit in repository.first_parent_descendants(merged, tip)? {
            if !deployment.content.stands_in(repository, commit)? {
                return Ok(Self { same, next: Some(commit) });
            }
            same.push(commit);
        }
        Ok(Self { same, next: None })
    }
}

fn deployment(request: &Request, commit: Oid) -> Result<Option<Deployment>> {
    Deployment::read(request.repository, commit, &request.environment.gitops.descriptor)
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

fn lost(request: &Request, merged: Oid) -> anyhow::Error {
    let branch = &request.environment.gitops.branch;
    Diagnostic::new(format!("the merge was lost: {branch} no longer has commit {merged} (force-push?)"))
        .hint("run the same command again to propose it again, or restore the branch")
        .into()
}

impl Observation {
    pub(super) fn of(state: State) -> Self {
        Self {
            state,
            reporters: Vec::new(),
            merged: None,
            times: Times::default(),
            superseded_by: None,
            pull: None,
            standing: None,
        }
    }

    /// Whether it waits for a merge that nothing is in the way of, as far as the forge tells.
    pub fn is_ready(&self) -> bool {
        let clear = |standing: &Standing| {
            [&standing.missing, &standing.broken, &standing.rejected_by].iter().all(|list| list.is_empty())
        };
        matches!(self.state, State::LookAgain { .. }) && self.standing.as_ref().is_some_and(clear)
    }

    /// Whether it waits for a merge that the forge cannot do.
    pub fn is_conflict(&self) -> bool {
        let mergeable = self.pull.as_ref().and_then(|pull| pull.mergeable);
        matches!(self.state, State::LookAgain { .. }) && mergeable == Some(false)
    }
}
