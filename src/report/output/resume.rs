//! `towline resume`.

use schemars::JsonSchema;
use serde::Serialize;

/// What was resumed
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResumeOutput {
    pub resumed: Resumed,
    /// As given: of the repository, or of the organization or collection
    pub url: String,
    /// The event's type, the name of the workflow's file, or the task's id
    pub name: String,
}

/// What waits
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resumed {
    Event,
    Workflow,
    Task,
}
