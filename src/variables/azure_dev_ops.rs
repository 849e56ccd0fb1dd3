//! `azureDevOps:`

use schemars::JsonSchema;
use serde::Deserialize;

/// A variable group of Azure DevOps
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AzureDevOpsSource {
    /// The name behind `https://dev.azure.com/`
    pub organization: String,
    /// The project that has the group
    pub project: String,
    /// The name of the group; may use `{{ environment }}`
    pub group: String,
}
