//! `git:`

use schemars::JsonSchema;
use serde::Deserialize;

/// A file of a git repository
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GitSource {
    /// The URL of the repository
    pub repository: String,
    /// A branch, may use `{{ environment }}`; the default branch when absent
    pub branch: Option<String>,
    /// A YAML, JSON or `.env` file in the repository
    pub path: String,
}
