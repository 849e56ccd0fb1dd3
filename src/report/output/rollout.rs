//! How a rollout is doing: its state, its reporters, its times.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::pull_request::PullRequestOutput;
use crate::forge::MergeReadiness;
use crate::rollout::{Next, Observation, ReporterState, State, Times};

/// A rollout, as one look has seen it
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutOutput {
    pub state: RolloutState,
    /// Why it is in this state, or what it waits for; `null` when it is done
    pub reason: Option<String>,
    /// The commit on the base branch; `null` until the pull request is merged
    pub commit: Option<String>,
    pub merged_at: Option<Timestamp>,
    /// The commit that replaced it
    pub superseded_by: Option<String>,
    pub pull: Option<PullRequestOutput>,
    /// What an open pull request waits for, when the forge tells
    pub standing: Option<MergeReadiness>,
    pub reporters: Vec<ReporterState>,
    #[serde(flatten)]
    pub times: TimesOutput,
    #[serde(flatten)]
    pub next: NextLookOutput,
}

/// Where a rollout is
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutState {
    /// The release is rolled out
    Done,
    /// A reporter says that it failed
    Failed,
    /// The pull request was closed without being merged
    Closed,
    /// A deadline passed
    TimedOut,
    /// Another release took its place
    Superseded,
    /// Nothing final yet
    LookAgain,
}

/// How long it took, in whole seconds
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimesOutput {
    /// Seconds from the proposal to the merge
    pub merged_after_seconds: Option<i64>,
    /// Seconds from the merge to the first report
    pub first_report_after_seconds: Option<i64>,
    /// Seconds from the merge to the last success
    pub healthy_after_seconds: Option<i64>,
}

/// When to look again
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NextLookOutput {
    /// When something may have been reported; `null` when nothing is waited for
    pub look_again_at: Option<Timestamp>,
    /// The same, as seconds from now
    pub look_again_seconds: Option<u64>,
    /// When something changes even if nobody reports
    pub changes_at: Option<Timestamp>,
}

impl From<&Observation> for RolloutOutput {
    fn from(seen: &Observation) -> Self {
        let next = match seen.state {
            State::LookAgain { next, .. } => Some(next),
            _ => None,
        };
        Self {
            state: RolloutState::from(&seen.state),
            reason: Some(seen.state.reason().to_owned()).filter(|reason| !reason.is_empty()),
            commit: seen.merged.map(|commit| commit.to_string()),
            merged_at: seen.times.merged_at,
            superseded_by: seen.superseded_by.map(|commit| commit.to_string()),
            pull: seen.pull.as_ref().map(PullRequestOutput::from),
            standing: seen.merge_readiness.clone(),
            reporters: seen.reporters.clone(),
            times: TimesOutput::from(&seen.times),
            next: NextLookOutput::from(next),
        }
    }
}

impl From<&State> for RolloutState {
    fn from(state: &State) -> Self {
        match state {
            State::Done => Self::Done,
            State::Failed { .. } => Self::Failed,
            State::Closed => Self::Closed,
            State::TimedOut { .. } => Self::TimedOut,
            State::Superseded { .. } => Self::Superseded,
            State::LookAgain { .. } => Self::LookAgain,
        }
    }
}

impl From<&Times> for TimesOutput {
    fn from(times: &Times) -> Self {
        let seconds = |time: Option<SignedDuration>| time.map(|time| time.as_secs());
        Self {
            merged_after_seconds: seconds(times.merged_after()),
            first_report_after_seconds: seconds(times.first_report_after()),
            healthy_after_seconds: seconds(times.healthy_after()),
        }
    }
}

impl From<Option<Next>> for NextLookOutput {
    fn from(next: Option<Next>) -> Self {
        Self {
            look_again_at: next.map(|next| next.at),
            look_again_seconds: next.map(|next| next.after.as_millis().div_ceil(1000) as u64),
            changes_at: next.map(|next| next.changes_at),
        }
    }
}
