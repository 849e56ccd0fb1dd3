//! `towline completions`.

use schemars::JsonSchema;
use serde::Serialize;

/// The completion script
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompletionsOutput {
    pub shell: String,
    pub script: String,
}
