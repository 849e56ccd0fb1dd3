//! `towline report`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::forge::StatusState;

/// The commit status that was written
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportOutput {
    pub environment: String,
    /// The commit in the GitOps repository that has the status now
    pub commit: String,
    pub context: String,
    pub state: StatusState,
}
