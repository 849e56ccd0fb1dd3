//! `towline schema`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The JSON Schema
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchemaOutput {
    pub schema: Value,
}
