//! Evidence: what gates are decided on, as git, the forge and the machine tell it.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::test_counts::TestCounts;
use crate::forge::CommitStatus;

/// What is known of a release that wants to enter an environment. Nothing is asked before a gate needs it.
pub trait Evidence {
    /// The environments that this one needs, with the time at which the release was verified there.
    fn verified(&self) -> Result<Vec<Verified>>;

    /// The statuses of the source commit, the newest first. `None`: it is not known which commit that is.
    fn source_statuses(&self) -> Result<Option<Vec<CommitStatus>>>;

    /// The statuses of the commit that deployed the release in an environment, where it is verified, the newest
    /// first.
    fn deployed_statuses(&self, environment: &str) -> Result<Option<Vec<CommitStatus>>>;

    /// What the checks of an environment counted when the release was verified there.
    fn test_counts(&self, environment: &str) -> Result<Option<TestCounts>>;

    /// Who approved the pull request as it is now. `None`: there is none yet.
    fn approvals(&self) -> Result<Option<Vec<String>>>;

    /// The approvals of this release for the gate of this name, the newest first.
    fn approved(&self, gate: &str) -> Result<Vec<Recorded>>;

    /// Another release that is under way in the environment, and how far it is; a clause.
    fn under_way(&self) -> Result<Option<String>>;

    /// A variable of the process environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// Runs a command line in the folder of the pipeline file.
    fn run(&self, command: &Command) -> Result<Ran>;
}

/// An environment that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub environment: String,
    /// `Err`: why it is not verified there; a clause.
    pub since: Result<Timestamp, String>,
}

/// What somebody decided about a release, as the forge recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The account, if the forge tells.
    pub by: Option<String>,
    pub at: Timestamp,
    pub reason: String,
}

impl Recorded {
    /// `ann at 2026-01-05T09:00:00Z: no customers yet`
    pub fn describe(&self) -> String {
        let by = self.by.as_deref().unwrap_or("an account that the forge does not name");
        let reason = if self.reason.is_empty() { String::new() } else { format!(": {}", self.reason) };
        format!("{by} at {}{reason}", self.at)
    }
}

/// A command to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command<'a> {
    /// For `sh`.
    pub line: &'a str,
    pub timeout: Duration,
    /// Whether it gets the tokens that Towline has from its environment.
    pub pass_token: bool,
}

/// How a command ended, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub end: End,
    /// The last line that it wrote.
    pub last_line: String,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    /// The signal with this number ended it.
    Killed(i32),
    TimedOut,
}
