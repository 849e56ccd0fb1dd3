//! `towline rollback`.

use schemars::JsonSchema;
use serde::Serialize;

use super::promote::PromotedEnvironment;
use super::release::ReleaseOutput;
use crate::promote::rollback::Plan;
use crate::render::taken_out::TakenOut;

/// What is rolled back, and how that went
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RollbackOutput {
    pub application: String,
    pub environment: String,
    /// The release that is taken out, and is on hold from then on
    pub from: TakenOut,
    /// The release that is brought back
    pub to: ReleaseOutput,
    /// The commit of the GitOps repository whose files are brought back
    pub restored: String,
    /// What the verdict on that commit says; `null` when it was rolled back before
    pub verdict: Option<String>,
    /// How it went; `null` with `--plan`
    pub result: Option<PromotedEnvironment>,
}

impl RollbackOutput {
    /// What is planned.
    pub fn new(application: &str, environment: &str, plan: &Plan) -> Self {
        Self {
            application: application.to_owned(),
            environment: environment.to_owned(),
            from: plan.from.clone(),
            to: (&plan.to).into(),
            restored: plan.restored.to_string(),
            verdict: plan.verdict.clone(),
            result: None,
        }
    }
}
