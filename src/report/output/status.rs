//! `towline status`, `status ENV`, `--history` and `--check-access`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::promote::GateOutput;
use super::pull_request::PullRequestOutput;
use super::release::ReleaseOutput;
use super::rollout::RolloutOutput;
use crate::gitops::Hold;
use crate::promote::access::RepositoryAccess;
use crate::promote::entry::GateState;
use crate::promote::orphans::Orphan;
use crate::promote::status::detail::EnvironmentDetail;
use crate::promote::status::figures::{Figures, Median};
use crate::promote::status::{Deployed, EnvironmentStatus, HistoryEntry, NextAction, Proposed, Verdict};
use crate::render::RingRecord;
use crate::render::ownership::Drift;
use crate::render::taken_out::Rollback;
use crate::rollout::withdrawal::Withdrawal;

/// What is deployed and proposed, what was, or what may be done
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum StatusOutput {
    Overview(OverviewOutput),
    Detail(Box<DetailOutput>),
    History(HistoryOutput),
    Access(AccessOutput),
}

/// What is deployed and proposed in each environment
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewOutput {
    pub application: String,
    /// In the order of the pipeline file
    pub environments: Vec<EnvironmentStatusOutput>,
    /// Deployments of this source that belong to no environment of the pipeline file
    pub orphans: Vec<OrphanOutput>,
}

/// One environment in full (`status ENV`)
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DetailOutput {
    pub application: String,
    #[serde(flatten)]
    pub status: StandingOutput,
    /// The author of the commit that brought what is deployed: who merged; `null` when nothing is deployed
    pub deployed_by: Option<String>,
    /// The pull request that brought it; `null` when there was none
    pub deployed_pull: Option<PullRequestOutput>,
    /// What the open pull request waits for; `null` when none is open, or when that cannot be seen
    pub merge: Option<RolloutOutput>,
    /// Why it cannot be seen; left out when it can
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge_error: Option<String>,
    /// The release that comes next: it is proposed, or verified in all that this environment needs; `null` when
    /// there is none
    pub wanted: Option<ReleaseOutput>,
    /// What the gates say about the release that comes next; empty when there is none
    pub gates: Vec<GateAnswerOutput>,
    /// What to do next; `null` when there is nothing to do
    pub next: Option<NextActionOutput>,
}

/// What a gate says, or why it cannot be asked
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum GateAnswerOutput {
    Answered(GateOutput),
    NotAsked(UnaskedGateOutput),
}

/// A gate that cannot be asked
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnaskedGateOutput {
    pub name: String,
    /// Why it cannot be asked
    pub error: String,
}

/// What to do next
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NextActionOutput {
    pub what: String,
    /// The command that does it; `null` when no command does
    pub command: Option<String>,
}

/// A deployment that nobody updates
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrphanOutput {
    pub application: String,
    pub environment: String,
    /// The version that is deployed
    pub version: String,
    /// The path of the descriptor
    pub descriptor: String,
}

impl From<&Orphan> for OrphanOutput {
    fn from(orphan: &Orphan) -> Self {
        Self {
            application: orphan.application.clone(),
            environment: orphan.environment.clone(),
            version: orphan.version.clone(),
            descriptor: orphan.descriptor.clone(),
        }
    }
}

/// What was deployed in one environment (`--history`)
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryOutput {
    pub application: String,
    pub environment: String,
    /// The newest first
    pub history: Vec<HistoryEntryOutput>,
    /// How releases reach the environment; `null` when nothing was deployed
    pub figures: Option<FiguresOutput>,
}

/// How releases reach an environment, in the last 90 days
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FiguresOutput {
    /// From when on deployments count: 90 days ago, or the first deployment after that
    pub since: Timestamp,
    /// How many releases were deployed; rollbacks do not count
    pub deployments: usize,
    /// How many that is a week
    pub deployments_per_week: f64,
    /// From the source commit to the verdict; `null` when no verified deployment tells
    pub lead_time_from_commit: Option<MedianOutput>,
    /// From the opening of the pull request to the verdict; `null` when no verified deployment tells
    pub lead_time_from_proposal: Option<MedianOutput>,
    /// How many deployments failed, or were rolled back
    pub failed: usize,
    /// How many deployments failed or were verified
    pub judged: usize,
    /// The share of those that failed; `null` when none was judged
    pub change_failure_rate: Option<f64>,
    /// From a failure to the next success; `null` when nothing was restored
    pub time_to_restore: Option<MedianOutput>,
}

/// The middle of several times
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MedianOutput {
    /// The median
    pub seconds: i64,
    /// How many times there are
    pub of: usize,
}

/// What the token and git may do (`--check-access`)
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessOutput {
    pub application: String,
    pub access: Vec<RepositoryAccess>,
}

/// One environment
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentStatusOutput {
    #[serde(flatten)]
    pub status: StandingOutput,
    /// Why it cannot be read; left out when it can
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How an environment stands
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandingOutput {
    pub environment: String,
    /// What is on the base branch; `null` when nothing is
    pub deployed: Option<DeployedOutput>,
    /// What is waiting to be merged; `null` when nothing does
    pub proposed: Option<ProposedOutput>,
    /// Files that people changed by hand since they were deployed, sorted by path
    pub drift: Vec<Drift>,
    /// The release that people took out; `null` when none was, or a newer one came since
    pub withdrawn: Option<Withdrawal>,
    /// Releases that were rolled back and are not deployed again without `--release-hold`, the last one first
    pub holds: Vec<Hold>,
    /// What the reporters say now; `null` when nothing is deployed, when its success is recorded (unless one
    /// environment is asked for), when nobody is to report, and when they could not be asked
    pub rollout: Option<RolloutOutput>,
    /// Why the reporters could not be asked; left out when they could
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout_error: Option<String>,
}

/// What is on the base branch
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeployedOutput {
    pub release: ReleaseOutput,
    /// What it rolled back; `null` when it is no rollback
    pub rollback: Option<Rollback>,
    /// The commit that brought it
    pub commit: String,
    /// When that was
    pub at: Timestamp,
    /// How long ago that was
    pub age_seconds: i64,
    /// `null` until it is verified or has failed
    pub verdict: Option<Verdict>,
    /// The gates that did not count for it, with who said so; left out when all counted
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
    /// How far it has come, where an environment has rings; left out when it is in all targets
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ring: Option<RingRecord>,
}

/// An open pull request
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposedOutput {
    /// `null` when it takes the application out
    pub release: Option<ReleaseOutput>,
    /// What it rolls back; `null` when it is no rollback
    pub rollback: Option<Rollback>,
    /// The number of the pull request
    pub number: u64,
    pub url: String,
    /// When its branch was last written to
    pub at: Timestamp,
    /// How long ago that was
    pub age_seconds: i64,
}

/// A deployment in the past
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntryOutput {
    /// The commit on the base branch
    pub commit: String,
    pub at: Timestamp,
    /// The author of the commit: who merged
    pub author: String,
    /// `null` when the application was removed
    pub release: Option<ReleaseOutput>,
    /// What it rolled back; `null` when it was no rollback
    pub rollback: Option<Rollback>,
    /// The number of the pull request, if there was one
    pub pull: Option<u64>,
    /// When that was opened
    pub proposed_at: Option<Timestamp>,
    /// When the source commit was made; `null` where the checkout does not have it
    pub source_at: Option<Timestamp>,
    pub verdict: Option<Verdict>,
    /// The gates that did not count for it, with who said so; left out when all counted
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
}

impl From<&(String, anyhow::Result<EnvironmentStatus>)> for EnvironmentStatusOutput {
    fn from((name, status): &(String, anyhow::Result<EnvironmentStatus>)) -> Self {
        Self {
            status: StandingOutput::new(name, status.as_ref().ok()),
            error: status.as_ref().err().map(|error| format!("{error:#}")),
        }
    }
}

impl StandingOutput {
    fn new(name: &str, found: Option<&EnvironmentStatus>) -> Self {
        Self {
            environment: name.to_owned(),
            deployed: found.and_then(|it| it.deployed.as_ref()).map(DeployedOutput::from),
            proposed: found.and_then(|it| it.proposed.as_ref()).map(ProposedOutput::from),
            drift: found.map(|it| it.drift.clone()).unwrap_or_default(),
            withdrawn: found.and_then(|it| it.withdrawn.clone()),
            holds: found.map(|it| it.holds.clone()).unwrap_or_default(),
            rollout: found.and_then(|it| it.rollout.as_ref()).map(RolloutOutput::from),
            rollout_error: found.and_then(|it| it.not_asked.clone()),
        }
    }
}

impl DetailOutput {
    pub fn new(application: &str, found: &EnvironmentDetail) -> Self {
        let merge = found.merge.as_ref();
        Self {
            application: application.to_owned(),
            status: StandingOutput::new(&found.status.environment, Some(&found.status)),
            deployed_by: found.by.clone(),
            deployed_pull: found.brought_by.as_ref().map(PullRequestOutput::from),
            merge: merge.and_then(|merge| merge.as_ref().ok()).map(RolloutOutput::from),
            merge_error: merge.and_then(|merge| merge.as_ref().err()).cloned(),
            wanted: found.wanted.as_ref().map(ReleaseOutput::from),
            gates: found.gates.iter().map(GateAnswerOutput::from).collect(),
            next: found.next.as_ref().map(NextActionOutput::from),
        }
    }
}

impl From<&(String, Result<GateState, String>)> for GateAnswerOutput {
    fn from((name, state): &(String, Result<GateState, String>)) -> Self {
        match state {
            Ok(state) => Self::Answered(state.into()),
            Err(error) => Self::NotAsked(UnaskedGateOutput { name: name.clone(), error: error.clone() }),
        }
    }
}

impl From<&NextAction> for NextActionOutput {
    fn from(next: &NextAction) -> Self {
        Self { what: next.what.clone(), command: next.command.clone() }
    }
}

impl From<&Deployed> for DeployedOutput {
    fn from(deployed: &Deployed) -> Self {
        Self {
            release: (&deployed.release).into(),
            rollback: deployed.rollback.clone(),
            commit: deployed.commit.to_string(),
            at: deployed.at,
            age_seconds: deployed.age_seconds,
            verdict: deployed.verdict.clone(),
            overrides: deployed.overrides.clone(),
            ring: deployed.ring.clone(),
        }
    }
}

impl From<&Proposed> for ProposedOutput {
    fn from(proposed: &Proposed) -> Self {
        Self {
            release: proposed.release.as_ref().map(ReleaseOutput::from),
            rollback: proposed.rollback.clone(),
            number: proposed.number,
            url: proposed.url.clone(),
            at: proposed.at,
            age_seconds: proposed.age_seconds,
        }
    }
}

impl From<&Figures> for FiguresOutput {
    fn from(figures: &Figures) -> Self {
        let median = |it: Option<Median>| it.map(|Median { seconds, of }| MedianOutput { seconds, of });
        Self {
            since: figures.since,
            deployments: figures.deployments,
            deployments_per_week: figures.per_week,
            lead_time_from_commit: median(figures.from_commit),
            lead_time_from_proposal: median(figures.from_proposal),
            failed: figures.failures.failed,
            judged: figures.failures.judged,
            change_failure_rate: figures.failures.rate(),
            time_to_restore: median(figures.to_restore),
        }
    }
}

impl From<&HistoryEntry> for HistoryEntryOutput {
    fn from(entry: &HistoryEntry) -> Self {
        Self {
            commit: entry.commit.to_string(),
            at: entry.at,
            author: entry.author.clone(),
            release: entry.release.as_ref().map(ReleaseOutput::from),
            rollback: entry.rollback.clone(),
            pull: entry.pull,
            proposed_at: entry.proposed_at,
            source_at: entry.source_at,
            verdict: entry.verdict.clone(),
            overrides: entry.overrides.clone(),
        }
    }
}
