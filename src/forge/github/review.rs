//! Labels and reviewers of a pull request.

use anyhow::Result;
use serde_json::json;

use super::client::GitHub;
use crate::forge::NewPullRequest;
use crate::forge::github_style::{self, WirePull};

impl GitHub {
    pub(super) fn add_missing(&self, pull: &WirePull, new: &NewPullRequest) -> Result<()> {
        let missing: Vec<&String> = new.labels.iter().filter(|label| !pull.has_label(label)).collect();
        if !missing.is_empty() {
            github_style::add_labels(self, pull.number, json!(missing))?;
        }
        github_style::request_reviews(self, pull, &new.reviewers)
    }
}
