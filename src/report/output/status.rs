//! `towline status`, `--history` and `--check-access`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::release::ReleaseOutput;
use super::rollout::RolloutOutput;
use crate::gitops::Hold;
use crate::promote::access::RepositoryAccess;
use crate::promote::orphans::Orphan;
use crate::promote::status::{Deployed, EnvironmentStatus, HistoryEntry, Proposed, Verdict};
use crate::render::RingRecord;
use crate::render::ownership::Drift;
use crate::render::taken_out::Rollback;
use crate::rollout::withdrawal::Withdrawal;

/// What is deployed and proposed, what was, or what may be done
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum StatusOutput {
    Overview(OverviewOutput),
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
    /// What the reporters say now; `null` when nothing is deployed, when its success is recorded, when
    /// nobody is to report, and when they could not be asked
    pub rollout: Option<RolloutOutput>,
    /// Why the reporters could not be asked; left out when they could
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout_error: Option<String>,
    /// Why it cannot be read; left out when it can
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
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
    pub verdict: Option<Verdict>,
    /// The gates that did not count for it, with who said so; left out when all counted
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
}

impl From<&(String, anyhow::Result<EnvironmentStatus>)> for EnvironmentStatusOutput {
    fn from((name, status): &(String, anyhow::Result<EnvironmentStatus>)) -> Self {
        let found = status.as_ref().ok();
        Self {
            environment: name.clone(),
            deployed: found.and_then(|it| it.deployed.as_ref()).map(DeployedOutput::from),
            proposed: found.and_then(|it| it.proposed.as_ref()).map(ProposedOutput::from),
            drift: found.map(|it| it.drift.clone()).unwrap_or_default(),
            withdrawn: found.and_then(|it| it.withdrawn.clone()),
            holds: found.map(|it| it.holds.clone()).unwrap_or_default(),
            rollout: found.and_then(|it| it.rollout.as_ref()).map(RolloutOutput::from),
            rollout_error: found.and_then(|it| it.not_asked.clone()),
            error: status.as_ref().err().map(|error| format!("{error:#}")),
        }
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

impl From<&HistoryEntry> for HistoryEntryOutput {
    fn from(entry: &HistoryEntry) -> Self {
        Self {
            commit: entry.commit.to_string(),
            at: entry.at,
            author: entry.author.clone(),
            release: entry.release.as_ref().map(ReleaseOutput::from),
            rollback: entry.rollback.clone(),
            pull: entry.pull,
            verdict: entry.verdict.clone(),
            overrides: entry.overrides.clone(),
        }
    }
}
