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
use super::evaluate::{Deadline, Facts, ReporterState, Verdict, evaluate, length};
use super::reporters::{self, Expected};
use super::seconds;
use super::subject::{self, Subject};
use crate::clock::Clock;
use crate::error::{Diagnostic, Outcome};
use crate::forge::{CommitStatus, Forge, PullRequest};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_at: Option<Timestamp>,
    /// What replaced it, also when that was after it was done.
    #[serde(with = "oid_text::option", skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<Oid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull: Option<PullRequest>,
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
        #[serde(rename = "afterSeconds", serialize_with = "seconds::serialize")]
        after: Duration,
        why: String,
    },
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
    let expected = reporters::expected(request.environment)?;
    match subject::find(request)? {
        Subject::Open(pull) => waiting(request, pull),
        Subject::Closed(pull) => Ok(Observation { pull: Some(pull), ..Observation::of(State::Closed) }),
        Subject::Replaced { by, pull } => {
            let state = superseded(request, by)?;
            Ok(Observation { pull: Some(pull), superseded_by: Some(by), ..Observation::of(state) })
        }
        Subject::Merged { commit, at, pull } => {
            let seen = rollout(request, &expected, commit, whole_second(at))?;
            Ok(Observation { pull, ..seen })
        }
    }
}

/// A proposal that waits for its merge. The time that people have begins with what is proposed
/// now, not with the first release that this pull request was opened for.
fn waiting(request: &Request, pull: PullRequest) -> Result<Observation> {
    let since = request.repository.commit_time(pull.head_commit)?.max(pull.created_at);
    let limit = request.environment.rollout.merge;
    let deadline = after(since, limit);
    let now = request.clock.now();
    let conflict = match pull.mergeable {
        Some(false) => format!("; it conflicts with {}", pull.base),
        _ => String::new(),
    };
    let state = match now >= deadline {
        true => State::TimedOut {
            deadline: Deadline::Merge,
            reason: format!("{} was not merged within {}{conflict}", pull.url, length(limit)),
        },
        false => look_again(now, deadline, format!("{} waits to be merged{conflict}", pull.url)),
    };
    Ok(Observation { pull: Some(pull), ..Observation::of(state) })
}

fn rollout(request: &Request, expected: &[Expected], merged: Oid, at: Timestamp) -> Result<Observation> {
    let Candidates { same, next } = Candidates::find(request, merged)?;
    let mut statuses = Vec::new();
    for commit in same {
        statuses.extend(request.forge.statuses(commit)?.into_iter().rev());
    }
    // Stable: of two in one second, the later one in its commit, or on the later commit, stays last.
    statuses.sort_by_key(|status| status.created_at);
    // Commits and most forges give whole seconds: compared with them, the others have to as well.
    statuses.iter_mut().for_each(|status| status.created_at = whole_second(status.created_at));

    let Some(next) = next else {
        let now = whole_second(request.clock.now());
        return Ok(evaluated(request, expected, &statuses, now, (merged, at)));
    };
    // What was done before the next deployment came stays done, also when we look later.
    let until = landed(request, next)?;
    let before = evaluated(request, expected, &statuses, until, (merged, at));
    if before.state == State::Done {
        return Ok(Observation { superseded_by: Some(next), ..before });
    }
    if request.environment.rollout.superseded == OnSuperseded::Follow && deployment(request, next)?.is_some()
    {
        let followed = rollout(request, expected, next, until)?;
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

fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
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
        Verdict::Pending { why, until } => look_again(now, until, why),
    };
    let (reporters, merged_at) = (evaluation.reporters, Some(merged_at));
    Observation { reporters, merged: Some(merged), merged_at, ..Observation::of(state) }
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

fn look_again(now: Timestamp, until: Timestamp, why: String) -> State {
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    State::LookAgain { after: left.min(LATEST_LOOK), why }
}

impl Observation {
    fn of(state: State) -> Self {
        Self { state, reporters: Vec::new(), merged: None, merged_at: None, superseded_by: None, pull: None }
    }

    /// Whether it waits for a merge that the forge cannot do.
    pub fn is_conflict(&self) -> bool {
        let mergeable = self.pull.as_ref().and_then(|pull| pull.mergeable);
        matches!(self.state, State::LookAgain { .. }) && mergeable == Some(false)
    }
}
