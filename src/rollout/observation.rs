//! Observation: what one look at a rollout has seen.

use std::time::Duration;

use git2::Oid;
use jiff::Timestamp;

use super::context::after;
use super::evaluate::{Deadline, ReporterState};
use super::times::Times;
use crate::forge::{MergeReadiness, PullRequest};
use crate::vocabulary::Outcome;

/// It is not worth looking again later than this: a status may come at any time.
const LATEST_LOOK: Duration = Duration::from_secs(30);

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub state: State,
    pub reporters: Vec<ReporterState>,
    /// The commit on the base branch.
    pub merged: Option<Oid>,
    pub times: Times,
    /// When the wait for a merge or a rollout ends at the latest, whatever is seen.
    pub ends_at: Option<Timestamp>,
    /// What replaced it, also when that was after it was done.
    pub superseded_by: Option<Oid>,
    pub pull: Option<PullRequest>,
    /// What the pull request waits for, when it is open and the forge tells.
    pub merge_readiness: Option<MergeReadiness>,
}

/// Where a rollout is.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        release: Option<String>,
        reason: String,
    },
    /// Nothing final yet.
    LookAgain {
        next: Next,
        why: String,
    },
}

/// When to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// A report may have come by then.
    pub at: Timestamp,
    /// The same, from the look on.
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
            State::Closed => "the pull request was closed without being merged",
            State::Failed { reason } | State::TimedOut { reason, .. } | State::Superseded { reason, .. } => {
                reason
            }
            State::LookAgain { why, .. } => why,
        }
    }
}

impl State {
    /// With a cause behind the reason, if it has one.
    pub(super) fn because(&self, cause: &str) -> Self {
        match self.clone() {
            State::Failed { reason } => State::Failed { reason: format!("{reason}; {cause}") },
            State::TimedOut { deadline, reason } => {
                State::TimedOut { deadline, reason: format!("{reason}; {cause}") }
            }
            state => state,
        }
    }
}

impl Observation {
    pub(super) fn of(state: State) -> Self {
        Self {
            state,
            reporters: Vec::new(),
            merged: None,
            times: Times::default(),
            ends_at: None,
            superseded_by: None,
            pull: None,
            merge_readiness: None,
        }
    }

    /// Whether it waits for a merge that nothing is in the way of, as far as the forge tells.
    pub fn is_ready(&self) -> bool {
        matches!(self.state, State::LookAgain { .. })
            && self.merge_readiness.as_ref().is_some_and(MergeReadiness::is_ready)
    }

    /// Whether it waits for a merge that the forge can only do when it is put onto the new base:
    /// there is a conflict, or a rule asks for a head that is up to date.
    pub fn needs_new_base(&self) -> bool {
        let conflicts = self.pull.as_ref().is_some_and(|pull| pull.mergeable == Some(false));
        let behind = self.merge_readiness.as_ref().is_some_and(|readiness| readiness.behind);
        matches!(self.state, State::LookAgain { .. }) && (conflicts || behind)
    }
}
