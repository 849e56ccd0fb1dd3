//! `towline propose`.

use schemars::JsonSchema;
use serde::Serialize;

use super::pull_request::PullRequestOutput;
use super::release::ReleaseOutput;
use crate::propose::{Changes, Proposal};
use crate::release::Release;
use crate::render::ownership::Drift;

/// What was proposed
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposeOutput {
    pub environment: String,
    pub release: ReleaseOutput,
    /// What happened, in one sentence
    pub message: String,
    /// The tip of the proposal's branch; `null` when there is no proposal
    pub commit: Option<String>,
    /// `null` when there is nothing to propose
    pub pull: Option<PullRequestOutput>,
    pub changes: Changes,
    /// Files that people changed by hand in the GitOps repository and that are overwritten
    pub drift: Vec<Drift>,
}

impl ProposeOutput {
    pub fn new(environment: &str, release: &Release, proposal: &Proposal) -> Self {
        Self {
            environment: environment.to_owned(),
            release: release.into(),
            message: proposal.message.clone(),
            commit: proposal.commit.map(|commit| commit.to_string()),
            pull: proposal.pull.as_ref().map(PullRequestOutput::from),
            drift: proposal.changes.drift.clone(),
            changes: proposal.changes.clone(),
        }
    }
}
