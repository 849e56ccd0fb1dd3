//! `towline remove`.

use schemars::JsonSchema;
use serde::Serialize;

use super::pull_request::PullRequestOutput;
use crate::propose::{Changes, Proposal};
use crate::render::ownership::Drift;

/// What is proposed to be taken out
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoveOutput {
    pub application: String,
    /// In the order of the pipeline file
    pub removals: Vec<RemovalOutput>,
}

/// The proposal for one environment
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovalOutput {
    pub environment: String,
    /// What happened, in one sentence
    pub message: String,
    /// The tip of the proposal's branch
    pub commit: Option<String>,
    pub pull: Option<PullRequestOutput>,
    pub changes: Changes,
    /// Files that people changed by hand in the GitOps repository and that are deleted
    pub drift: Vec<Drift>,
}

impl RemovalOutput {
    pub fn new(environment: &str, proposal: &Proposal) -> Self {
        Self {
            environment: environment.to_owned(),
            message: proposal.message.clone(),
            commit: proposal.commit.map(|commit| commit.to_string()),
            pull: proposal.pull.as_ref().map(PullRequestOutput::from),
            changes: proposal.changes.clone(),
            drift: proposal.changes.drift.clone(),
        }
    }
}
