//! `towline await`.

use schemars::JsonSchema;
use serde::Serialize;

use super::rollout::RolloutOutput;
use crate::rollout::Observation;

/// How the awaited proposal is doing
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwaitOutput {
    pub environment: String,
    pub rollout: RolloutOutput,
}

impl AwaitOutput {
    pub fn new(environment: &str, seen: &Observation) -> Self {
        Self { environment: environment.to_owned(), rollout: seen.into() }
    }
}
