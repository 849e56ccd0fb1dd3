//! One context: what the statuses that a reporter wrote, in their order, say about the rollout.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::RolloutOptions;
use crate::forge::CommitStatus;
use crate::reporters::Meaning;

/// How far the rollout is that a context reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Not decided yet.
    Pending,
    /// It stands still until people or a timer let it go on: a canary.
    Paused,
    /// The reporter cannot tell, or contradicts itself.
    Unknown,
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
    /// The cluster: its target's name if the pipeline file says which that is, else what the context says.
    pub cluster: Option<String>,
    pub progress: Progress,
    /// Since when it has been succeeding or failing; for the others, its latest status.
    pub since: Timestamp,
    /// When it was first heard of.
    #[serde(skip)]
    pub first_at: Timestamp,
    /// When it was last heard of.
    #[serde(skip)]
    pub last_at: Timestamp,
    /// When time alone changes what it says.
    #[serde(skip)]
    pub changes_at: Option<Timestamp>,
    /// Whether it succeeded before it failed.
    #[serde(skip)]
    pub succeeded_before: bool,
    pub description: String,
    #[serde(rename = "url")]
    pub target_url: Option<String>,
}

/// A status, and what it means.
#[derive(Debug, Clone)]
pub struct Said<'a> {
    pub status: &'a CommitStatus,
    pub meaning: Meaning,
    pub cluster: Option<String>,
}

impl ContextState {
    /// Reads what was said in one context, oldest first. `None` when nothing was.
    ///
    /// Flux repeats a success at every interval and tries again after a failure. So a success
    /// holds since the first of the successes in a row, and a failure since the first one after
    /// the last success, whatever was said in between.
    pub fn of(said: &[Said], now: Timestamp, options: &RolloutOptions) -> Option<Self> {
        let latest = said.last()?;
        let (progress, since, changes_at) = match latest.meaning {
            Meaning::Progressing => (Progress::Pending, latest.status.created_at, None),
            Meaning::Paused => (Progress::Paused, latest.status.created_at, None),
            Meaning::Unknown => (Progress::Unknown, latest.status.created_at, None),
            Meaning::Healthy => {
                let since = run(said, |meaning| meaning != Meaning::Healthy)[0].status.created_at;
                let settled_at = after(since, *options.settle);
                match settled_at <= now {
                    true => (Progress::Succeeded, since, None),
                    false => (Progress::Settling, since, Some(settled_at)),
                }
            }
            Meaning::Failed => {
                let (since, heard_at) = failing(said);
                let believed_at = after(heard_at, *options.grace);
                match believed_at <= now {
                    true => (Progress::Failed, since, None),
                    false => (Progress::Failing, since, Some(believed_at)),
                }
            }
        };
        let succeeded_before = said.iter().any(|said| said.meaning == Meaning::Healthy);
        Some(Self {
            context: latest.status.context.clone(),
            cluster: latest.cluster.clone(),
            progress,
            since,
            first_at: said[0].status.created_at,
            last_at: latest.status.created_at,
            changes_at,
            succeeded_before,
            description: latest.status.description.clone(),
            target_url: latest.status.target_url.clone(),
        })
    }

    /// Whether it is neither a success nor a failure.
    pub fn is_open(&self) -> bool {
        matches!(self.progress, Progress::Pending | Progress::Paused | Progress::Unknown)
    }

    /// `kustomization/web/1 is failing (health check failed)`
    pub fn describe(&self) -> String {
        let progress = match self.progress {
            Progress::Pending => "is pending",
            Progress::Paused => "is paused",
            Progress::Unknown => "reports nothing conclusive",
            Progress::Settling => "succeeded a moment ago",
            Progress::Succeeded => "succeeded",
            Progress::Failing => "is failing",
            Progress::Failed => "failed",
        };
        match self.description.as_str() {
            "" => format!("{} {progress}", self.name()),
            description => format!("{} {progress} ({description})", self.name()),
        }
    }

    /// The context, and the cluster's name if that does not stand in it: `kustomization/web/3c9d8e7f in eu`
    pub fn name(&self) -> String {
        match &self.cluster {
            Some(cluster) if !self.context.split('/').any(|segment| segment == cluster) => {
                format!("{} in {cluster}", self.context)
            }
            _ => self.context.clone(),
        }
    }
}

/// What was said behind the last that `ends` it.
fn run<'a, 'b>(said: &'b [Said<'a>], ends: fn(Meaning) -> bool) -> &'b [Said<'a>] {
    let start = said.iter().rposition(|said| ends(said.meaning)).map_or(0, |last| last + 1);
    &said[start..]
}

/// Since when it fails, and when `grace` begins: an operator that is stopped reports a failure for what it
/// could not finish looking at, so the first that it says afterwards counts.
fn failing(said: &[Said]) -> (Timestamp, Timestamp) {
    let run = run(said, |meaning| meaning == Meaning::Healthy);
    let first = run.iter().position(|said| said.meaning == Meaning::Failed).unwrap_or_default();
    let since = run[first].status.created_at;
    (since, run.get(first + 1).map_or(since, |next| next.status.created_at))
}

/// `time` after `start`; a time that no clock can show is never reached.
pub fn after(start: Timestamp, time: Duration) -> Timestamp {
    let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    start.checked_add(time).unwrap_or(Timestamp::MAX)
}
