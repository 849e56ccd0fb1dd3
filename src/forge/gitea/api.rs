//! What Gitea and Forgejo answer beside what they have taken over from GitHub.

use serde::Deserialize;

/// What a branch says of its protection.
#[derive(Debug, Default, Deserialize)]
pub struct Rules {
    pub required_approvals: Option<usize>,
    #[serde(default)]
    pub enable_status_check: bool,
    pub status_check_contexts: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub struct TimelineItem {
    #[serde(rename = "type")]
    pub kind: String,
}
