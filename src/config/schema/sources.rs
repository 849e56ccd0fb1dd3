//! `variables:` in the pipeline file.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::Deserializer;

use crate::yaml::{At, Entries, Named, Node};

/// A source of variables: exactly one of the keys, and `secret` if wanted
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct VariableSource {
    /// A YAML, JSON or `.env` file, relative to this file; may use `{{ environment }}` and
    /// `{{ target }}`
    pub file: Option<At<String>>,
    /// Variables, written here
    pub values: Option<Values>,
    /// Variables of the process environment
    pub process: Option<At<ProcessSource>>,
    /// A file of a git repository
    pub git: Option<At<GitSource>>,
    /// A variable group of Azure DevOps
    pub azure_dev_ops: Option<At<AzureDevOpsSource>>,
    /// Secrets of an Azure Key Vault; always `secret`
    pub key_vault: Option<At<KeyVaultSource>>,
    /// Settings of Azure App Configuration
    pub app_configuration: Option<At<AppConfigurationSource>>,
    /// These values must not reach a committed file, a log or a pull request
    #[serde(default)]
    pub secret: bool,
}

/// A map of any shape, with the position of every value
#[derive(Debug, Clone)]
pub struct Values(pub Node);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Named::deserialize(from).map(|named| Values(named.into()))
    }
}

impl JsonSchema for Values {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "object"})
    }
}

/// Variables of the process environment
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ProcessSource {
    /// Those whose names begin so; the rest of the name is the variable's name
    pub prefix: At<String>,
}

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

/// Secrets of an Azure Key Vault
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct KeyVaultSource {
    /// The name of the vault, or its URL
    pub vault: String,
    /// Variable name → name of the secret
    pub secrets: Entries<String>,
}

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
