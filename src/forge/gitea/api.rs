//! What Gitea and Forgejo answer beside what they have taken over from GitHub.

use serde::Deserialize;

/// What a branch says of its protection to whoever may write.
#[derive(Debug, Default, Deserialize)]
pub struct Rules {
    pub required_approvals: Option<usize>,
    #[serde(default)]
    pub enable_status_check: bool,
    pub status_check_contexts: Option<Vec<String>>,
    /// Whether whoever asks may merge into it.
    pub user_can_merge: Option<bool>,
}

impl Rules {
    /// Why whoever asks may not merge into this branch.
    pub fn keep_out(&self, base: &str) -> Option<String> {
        (self.user_can_merge == Some(false)).then(|| format!("the token's user may not merge into {base}"))
    }
}

#[derive(Debug, Deserialize)]
pub struct TimelineItem {
    #[serde(rename = "type")]
    pub kind: String,
}
