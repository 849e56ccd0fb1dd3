//! Template engines.

use serde_json::Value;

use crate::error::Place;

pub mod helm;
pub mod kustomize;
pub mod output;
pub mod scratch;
pub mod tool;
mod varying;

/// A manifest and the template it came from.
#[derive(Debug, Clone)]
pub struct Document {
    pub value: Value,
    pub origin: Place,
}
