//! What GitHub answers beside what others have taken over, as far as it is read, and what it means
//! in the words of the crate.

use jiff::Timestamp;
use serde::Deserialize;

use crate::forge::{CommitStatus, StatusState};

/// What a GitHub App reports instead of a status: it changes while it runs.
#[derive(Debug, Deserialize)]
pub struct CheckRun {
    pub id: u64,
    name: String,
    status: String,
    conclusion: Option<String>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    details_url: Option<String>,
    html_url: Option<String>,
    output: Option<Output>,
    app: Option<App>,
}

#[derive(Debug, Deserialize)]
struct Output {
    title: Option<String>,
}

#[derive(Debug, Deserialize)]
struct App {
    slug: Option<String>,
}

impl From<CheckRun> for CommitStatus {
    fn from(run: CheckRun) -> Self {
        let silent =
            run.conclusion.clone().filter(|conclusion| matches!(conclusion.as_str(), "neutral" | "skipped"));
        Self {
            state: run.state(),
            // One that waits in a queue has no time yet; anything else is newer.
            created_at: run.completed_at.or(run.started_at).unwrap_or(Timestamp::UNIX_EPOCH),
            context: run.name,
            description: run.output.and_then(|output| output.title).or(silent).unwrap_or_default(),
            target_url: run.details_url.or(run.html_url),
            creator: run.app.and_then(|app| app.slug),
            creator_id: None,
        }
    }
}

impl CheckRun {
    fn state(&self) -> StatusState {
        match (self.status.as_str(), self.conclusion.as_deref()) {
            ("completed", Some("success")) => StatusState::Success,
            // It lets a pull request pass, and says nothing about what it was to look at.
            ("completed", Some("neutral" | "skipped")) => StatusState::Pending,
            ("completed", Some("failure" | "timed_out" | "action_required" | "startup_failure")) => {
                StatusState::Failure
            }
            ("completed", Some("cancelled" | "stale")) => StatusState::Error,
            // It runs, or a word of a newer GitHub says something that is not known yet.
            _ => StatusState::Pending,
        }
    }
}
