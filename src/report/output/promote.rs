//! `towline promote`, and `towline promote --plan`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::pull_request::PullRequestOutput;
use super::release::ReleaseOutput;
use super::rollout::{NextLookOutput, TimesOutput};
use crate::gates::{Decision, Recorded};
use crate::promote::checks::CheckResult;
use crate::promote::entry::GateState;
use crate::promote::forecast::{Forecast, NextStep};
use crate::promote::junit::Totals;
use crate::promote::plan::Step;
use crate::promote::{EnvironmentResult, RolledBack};
use crate::propose::Changes;
use crate::propose::changes::SharedRisk;
use crate::render::ownership::Drift;
use crate::rollout::ReporterState;
use crate::vocabulary::Outcome;
use crate::vocabulary::text::listed;

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
    /// The journey as a Mermaid flowchart; left out without a release
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mermaid: Option<String>,
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
    /// The names of the gates
    pub gates: Vec<String>,
    /// The targets, ring by ring; empty when a change reaches all at once
    pub rings: Vec<Vec<String>>,
    /// What would be done now; left out without a release
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<ForecastOutput>,
}

/// What would be done now in one environment
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForecastOutput {
    /// The version that is deployed; `null` when nothing is
    pub from: Option<String>,
    pub next: NextWord,
    /// The ring that comes next, where more follow: `ring 1 of 2 (canary)`; left out otherwise
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ring: Option<String>,
    /// Why it stands still, failed or waits; `null` when it does not
    pub why: Option<String>,
    /// When the gates open; `null` when that is not known
    pub until: Option<Timestamp>,
    /// The URL of the pull request, where it is proposed already
    pub pull: Option<String>,
    /// What the proposal changes: `1 added, 2 changed`; `null` when nothing is to be proposed
    pub changes: Option<String>,
    /// What is risky in that, the worst first
    pub risks: Vec<SharedRisk>,
    /// Files that people changed by hand and that this would undo
    pub drift: Vec<Drift>,
    /// What the gates say; empty when they are not asked yet
    pub gates: Vec<GateOutput>,
}

/// The next that happens
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NextWord {
    /// Nothing
    Unchanged,
    /// It is deployed, and waits for reports and checks
    Verify,
    /// It is proposed, and waits for the merge
    Merge,
    /// It is proposed next
    Propose,
    /// It waits for environments that it needs
    After,
    /// It waits for a gate
    Wait,
    /// It stands still until somebody decides
    Refused,
    /// People changed files by hand
    Drifted,
}

/// What a gate says
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateOutput {
    pub name: String,
    pub open: bool,
    /// Why it is closed; `null` when it is open
    pub why: Option<String>,
    /// Since when it is closed, where that is known
    pub since: Option<Timestamp>,
    /// When it opens, where that is known
    pub opens_at: Option<Timestamp>,
    /// When it closes, or closes again, where that is known
    pub closes_at: Option<Timestamp>,
    /// Who said that it does not count for this release; `null` when nobody did
    pub overridden: Option<String>,
}

impl From<&GateState> for GateOutput {
    fn from(state: &GateState) -> Self {
        let closed = match &state.decision {
            Decision::Closed(closed) => Some(closed),
            Decision::Open(_) => None,
        };
        let until = match state.decision {
            Decision::Open(until) => until,
            Decision::Closed(_) => None,
        };
        Self {
            name: state.gate.clone(),
            open: closed.is_none(),
            why: closed.map(|closed| closed.why.clone()),
            since: closed.and_then(|closed| closed.since),
            opens_at: closed.and_then(|closed| closed.opens.at()),
            closes_at: closed.map_or(until, |closed| closed.closes_again),
            overridden: state.overridden.as_ref().map(Recorded::describe),
        }
    }
}

impl From<&Forecast> for ForecastOutput {
    fn from(forecast: &Forecast) -> Self {
        let (next, why, until, pull) = match &forecast.next {
            NextStep::Unchanged => (NextWord::Unchanged, None, None, None),
            NextStep::Verify { failed } => (NextWord::Verify, failed.clone(), None, None),
            NextStep::Merge { url, .. } => (NextWord::Merge, None, None, Some(url.clone())),
            NextStep::Propose => (NextWord::Propose, None, None, None),
            NextStep::After(names) => (NextWord::After, Some(listed(names)), None, None),
            NextStep::Wait { why, until } => (NextWord::Wait, Some(why.clone()), *until, None),
            NextStep::Refused(why) => (NextWord::Refused, Some(why.clone()), None, None),
            NextStep::Drifted(_) => (NextWord::Drifted, None, None, None),
        };
        let changes = forecast.changes.as_ref();
        Self {
            from: forecast.from.clone(),
            next,
            ring: forecast.ring.clone(),
            why,
            until,
            pull,
            changes: changes.map(Changes::summary),
            risks: changes.map(Changes::risks).unwrap_or_default(),
            drift: changes.map(|changes| changes.drift.clone()).unwrap_or_default(),
            gates: forecast.gates.iter().map(GateOutput::from).collect(),
        }
    }
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
            gates: step.gates.clone(),
            rings: step.rings.clone(),
            forecast: None,
        }
    }
}
