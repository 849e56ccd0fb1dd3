//! `status:`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::yaml::Glob;

/// A commit status that the source commit must have
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StatusGate {
    /// A glob over contexts; `*` does not match `/`
    pub context: Glob,
}
