//! `towline merge`.

use schemars::JsonSchema;
use serde::Serialize;

use super::pull_request::PullRequestOutput;
use crate::propose::merge::Merged;

/// What became of the proposal
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MergeOutput {
    pub environment: String,
    /// The commit on the base branch; `null` when the forge merges it later
    pub commit: Option<String>,
    pub pull: PullRequestOutput,
}

impl MergeOutput {
    pub fn new(environment: &str, merged: &Merged) -> Self {
        Self {
            environment: environment.to_owned(),
            commit: merged.commit.map(|commit| commit.to_string()),
            pull: (&merged.pull).into(),
        }
    }
}
