//! The kinds of forge.

use schemars::JsonSchema;
use serde::Deserialize;

/// What holds the pull requests
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Forge")]
pub enum ForgeKind {
    /// The bare repository itself
    Local,
    #[serde(rename = "github")]
    GitHub,
    AzureDevOps,
    #[serde(rename = "gitlab")]
    GitLab,
    /// Gitea or Forgejo
    Gitea,
}
