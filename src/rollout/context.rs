//! One context: what the statuses that a reporter wrote, in their order, say about the rollout.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::RolloutOptions;
use crate::forge::{CommitStatus, StatusState};

/// How far the rollout is that a context reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Not decided yet.
    Pending,
    /// A success that is younger than `settle`.
    Settling,
    /// A success that has held.
    Succeeded,
    /// A failure that is younger than `grace`.
    Failing,
    /// A failure that has held.
    Failed,
}

/// What a context says now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContextState {
    pub context: String,
    pub progress: Progress,
    /// Since when it has been succeeding or failing; for a pending one, its latest status.
    pub since: Timestamp,
    /// When it was first heard of.
    #[serde(skip)]
    pub first_at: Timestamp,
    pub description: String,
    #[serde(rename = "url")]
    pub target_url: Option<String>,
}

impl ContextState {
    /// Reads the statuses of one context, oldest first, and what each means. `None` when there are
    /// none.
    ///
    /// Flux repeats a success at every interval and tries again after a failure. So a success
    /// holds since the first of the successes in a row, and a failure since the first one after
    /// the last success, whatever was pending in between.
    pub fn from_statuses(
        statuses: &[(StatusState, &CommitStatus)],
        now: Timestamp,
        options: &RolloutOptions,
    ) -> Option<Self> {
        let (state, latest) = *statuses.last()?;
        let run = |ends: fn(StatusState) -> bool| {
            let start = statuses.iter().rposition(|(state, _)| ends(*state)).map_or(0, |last| last + 1);
            &statuses[start..]
        };
        let (progress, since) = match state {
            StatusState::Pending => (Progress::Pending, latest.created_at),
            StatusState::Success => {
                let since = run(|state| state != StatusState::Success)[0].1.created_at;
                let settled = after(since, *options.settle) <= now;
                (if settled { Progress::Succeeded } else { Progress::Settling }, since)
            }
            StatusState::Failure | StatusState::Error => {
                let failing = run(|state| state == StatusState::Success);
                let first = failing.iter().find(|(state, _)| *state != StatusState::Pending);
                let since = first.map_or(latest, |(_, status)| status).created_at;
                let given_up = after(since, *options.grace) <= now;
                (if given_up { Progress::Failed } else { Progress::Failing }, since)
            }
        };
        Some(Self {
            context: latest.context.clone(),
            progress,
            since,
            first_at: statuses[0].1.created_at,
            description: latest.description.clone(),
            target_url: latest.target_url.clone(),
        })
    }

    /// When time alone changes what this context says.
    pub fn changes_at(&self, options: &RolloutOptions) -> Option<Timestamp> {
        match self.progress {
            Progress::Settling => Some(after(self.since, *options.settle)),
            Progress::Failing => Some(after(self.since, *options.grace)),
            _ => None,
        }
    }

    /// `kustomization/web/1 is failing (health check failed)`
    pub fn describe(&self) -> String {
        let progress = match self.progress {
            Progress::Pending => "is pending",
            Progress::Settling => "succeeded a moment ago",
            Progress::Succeeded => "succeeded",
            Progress::Failing => "is failing",
            Progress::Failed => "failed",
        };
        match self.description.as_str() {
            "" => format!("{} {progress}", self.context),
            description => format!("{} {progress} ({description})", self.context),
        }
    }
}

/// `time` after `start`; a time that no clock can show is never reached.
pub fn after(start: Timestamp, time: Duration) -> Timestamp {
    let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    start.checked_add(time).unwrap_or(Timestamp::MAX)
}
