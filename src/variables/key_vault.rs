//! `keyVault:`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::yaml::Entries;

/// Secrets of an Azure Key Vault
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct KeyVaultSource {
    /// The name of the vault, or its URL
    pub vault: String,
    /// Variable name → name of the secret
    pub secrets: Entries<String>,
}
