//! `towline approve` and `towline override`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::promote::decide::Decided;

/// What was decided about a release
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionOutput {
    pub environment: String,
    /// The name of the gate
    pub gate: String,
    /// The version of the release
    pub release: String,
    /// The source commit of the release, if it has one
    pub commit: Option<String>,
}

impl DecisionOutput {
    pub fn new(environment: &str, decided: &Decided) -> Self {
        Self {
            environment: environment.to_owned(),
            gate: decided.gate.clone(),
            release: decided.version.clone(),
            commit: decided.commit.clone(),
        }
    }
}
