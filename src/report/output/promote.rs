//! `towline promote`, and `towline promote --plan`.

use schemars::JsonSchema;
use serde::Serialize;

use super::pull_request::PullRequestOutput;
use super::release::ReleaseOutput;
use super::rollout::{NextLookOutput, TimesOutput};
use crate::promote::checks::CheckResult;
use crate::promote::junit::Totals;
use crate::promote::plan::Step;
use crate::promote::{EnvironmentResult, RolledBack};
use crate::rollout::ReporterState;
use crate::vocabulary::Outcome;

/// How the promotion went, or the plan for it
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PromoteOutput {
    Promotion(PromotionOutput),
    Plan(PlanOutput),
}

/// How the promotion went
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionOutput {
    pub application: String,
    pub release: ReleaseOutput,
    /// The environments that it came to, in their order
    pub environments: Vec<PromotedEnvironment>,
}

/// How the promotion went in one environment
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotedEnvironment {
    pub environment: String,
    /// `unchanged` in a run that ends as `superseded`: it was verified here before the newer release took
    /// over, see `takenOver`
    pub outcome: Outcome,
    /// Why it ended so, in one sentence
    pub reason: String,
    /// The commit on the base branch; `null` until it is merged
    pub commit: Option<String>,
    /// Whether a newer release is deployed or proposed there by now
    pub taken_over: bool,
    /// What `onFailure: rollback` brought back; left out when nothing was
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolled_back: Option<RolledBackOutput>,
    pub pull: Option<PullRequestOutput>,
    pub reporters: Vec<ReporterState>,
    pub checks: Vec<CheckOutput>,
    #[serde(flatten)]
    pub times: TimesOutput,
    #[serde(flatten)]
    pub next: NextLookOutput,
}

/// How a release was rolled back that failed
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolledBackOutput {
    /// The version that it went back to
    pub to: String,
    pub outcome: Outcome,
    /// Why it ended so, in one sentence
    pub reason: String,
    /// The commit on the base branch; `null` until it is merged
    pub commit: Option<String>,
    pub pull: Option<PullRequestOutput>,
}

/// How a check of the pipeline file went
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckOutput {
    pub name: String,
    pub passed: bool,
    /// Why it failed; `null` when it passed
    pub reason: Option<String>,
    /// How often it was run
    pub attempts: u32,
    /// The end of what its last run wrote
    pub output: String,
    /// The totals of its JUnit file, if it has one
    pub junit: Option<Totals>,
}

/// What the promotion would do (`--plan`)
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanOutput {
    pub application: String,
    /// The environments, in their order
    pub plan: Vec<PlannedEnvironment>,
}

/// What would be done in one environment
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedEnvironment {
    pub environment: String,
    /// The environments that have to be verified first
    pub needs: Vec<String>,
    pub merge: MergedBy,
    pub reporters: Vec<PlannedReporter>,
    /// The names of the checks
    pub checks: Vec<String>,
}

/// Who merges the proposal
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MergedBy {
    /// Towline
    Auto,
    /// People
    Manual,
}

/// A reporter that is awaited
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedReporter {
    /// The pattern of its contexts
    pub status: String,
    /// How many contexts have to match
    pub count: usize,
}

impl From<&EnvironmentResult> for PromotedEnvironment {
    fn from(result: &EnvironmentResult) -> Self {
        Self {
            environment: result.environment.clone(),
            outcome: result.outcome,
            reason: result.reason.clone(),
            commit: result.merged.map(|commit| commit.to_string()),
            taken_over: result.taken_over,
            rolled_back: result.rolled_back.as_deref().map(Into::into),
            pull: result.pull.as_ref().map(PullRequestOutput::from),
            reporters: result.reporters.clone(),
            checks: result.checks.iter().map(CheckOutput::from).collect(),
            times: (&result.times).into(),
            next: result.look_again.into(),
        }
    }
}

impl From<&RolledBack> for RolledBackOutput {
    fn from(rolled_back: &RolledBack) -> Self {
        Self {
            to: rolled_back.to.clone(),
            outcome: rolled_back.outcome,
            reason: rolled_back.reason.clone(),
            commit: rolled_back.merged.map(|commit| commit.to_string()),
            pull: rolled_back.pull.as_ref().map(PullRequestOutput::from),
        }
    }
}

impl From<&CheckResult> for CheckOutput {
    fn from(check: &CheckResult) -> Self {
        Self {
            name: check.name.clone(),
            passed: check.passed,
            reason: Some(check.reason.clone()).filter(|reason| !reason.is_empty()),
            attempts: check.attempts,
            output: check.output.clone(),
            junit: check.junit.clone(),
        }
    }
}

impl From<&Step> for PlannedEnvironment {
    fn from(step: &Step) -> Self {
        let reporters = step.reporters.iter();
        Self {
            environment: step.environment.clone(),
            needs: step.needs.clone(),
            merge: if step.merges { MergedBy::Auto } else { MergedBy::Manual },
            reporters: reporters
                .map(|(status, count)| PlannedReporter { status: status.clone(), count: *count })
                .collect(),
            checks: step.checks.clone(),
        }
    }
}
