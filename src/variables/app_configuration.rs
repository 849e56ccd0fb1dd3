//! `appConfiguration:`

use schemars::JsonSchema;
use serde::Deserialize;

/// Settings of Azure App Configuration
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AppConfigurationSource {
    /// The name of the store, or its URL
    pub store: String,
    /// Names of the settings, `*` stands for any text
    pub key: String,
    /// The label of the settings; may use `{{ environment }}`
    pub label: Option<String>,
    /// What to cut from the beginning of the names
    pub trim: Option<String>,
}
