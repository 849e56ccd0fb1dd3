//! How a promotion ended.

use git2::Oid;

use super::checks::CheckResult;
use crate::forge::PullRequest;
use crate::rollout::withdrawal::Withdrawal;
use crate::rollout::{Next, ReporterState, Times};
use crate::vocabulary::Outcome;

/// How a promotion ended.
#[derive(Debug)]
pub struct Promotion {
    pub outcome: Outcome,
    /// The environments it came to, in their order.
    pub environments: Vec<EnvironmentResult>,
    /// What could not be done or known in the last of them, after others were done.
    pub error: Option<anyhow::Error>,
}

/// How it ended in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentResult {
    pub environment: String,
    pub outcome: Outcome,
    /// One sentence for people, without a period.
    pub reason: String,
    pub pull: Option<PullRequest>,
    /// The commit on the base branch.
    pub merged: Option<Oid>,
    /// Whether this run recorded the verdict that it has.
    pub is_news: bool,
    /// Whether a gate keeps it out.
    pub kept_out: bool,
    /// A newer release is deployed or proposed there by now.
    pub taken_over: bool,
    /// How people took it out.
    pub withdrawn: Option<Withdrawal>,
    /// What was brought back because it failed.
    pub rolled_back: Option<Box<RolledBack>>,
    pub reporters: Vec<ReporterState>,
    pub checks: Vec<CheckResult>,
    pub times: Times,
    /// With [`super::PromoteRequest::once`]: when it is worth running again.
    pub look_again: Option<Next>,
}

/// What became of the rollback of a release that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct RolledBack {
    /// The version that it went back to.
    pub to: String,
    pub outcome: Outcome,
    /// One sentence for people, without a period.
    pub reason: String,
    pub pull: Option<PullRequest>,
    /// The commit on the base branch.
    pub merged: Option<Oid>,
    pub look_again: Option<Next>,
}

impl EnvironmentResult {
    pub(super) fn new(environment: &str, outcome: Outcome, reason: String) -> Self {
        Self {
            environment: environment.to_owned(),
            outcome,
            reason,
            pull: None,
            merged: None,
            is_news: false,
            kept_out: false,
            taken_over: false,
            withdrawn: None,
            rolled_back: None,
            reporters: Vec::new(),
            checks: Vec::new(),
            times: Times::default(),
            look_again: None,
        }
    }
}
