//! A pull request, as the forge sees it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::forge::{PullRequest, PullState};

/// A pull request
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PullRequestOutput {
    pub number: u64,
    /// The page to read it on; `repository#number` with the local forge
    pub url: String,
    pub state: PullState,
    pub title: String,
    /// The branch that is to be merged
    pub head: String,
    /// The branch that it is to be merged into
    pub base: String,
    /// The tip of the head branch; of a merged pull request, the commit that was merged
    pub head_commit: String,
    /// The commit on the base branch; `null` until it is merged
    pub merge_commit: Option<String>,
}

impl From<&PullRequest> for PullRequestOutput {
    fn from(pull: &PullRequest) -> Self {
        Self {
            number: pull.number,
            url: pull.url.clone(),
            state: pull.state,
            title: pull.title.clone(),
            head: pull.head.clone(),
            base: pull.base.clone(),
            head_commit: pull.head_commit.to_string(),
            merge_commit: pull.merge_commit.map(|commit| commit.to_string()),
        }
    }
}
