//! How far a release has come that reaches its targets one after the other, as a descriptor records it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A ring that a release has reached
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Ring")]
pub struct RingRecord {
    /// From 1
    pub number: usize,
    /// How many there are
    pub of: usize,
    /// The targets of this ring
    pub targets: Vec<String>,
    /// Those of the rings that come
    pub waiting: Vec<WaitingTarget>,
}

/// `ring 1 of 2 (canary)`
impl fmt::Display for RingRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ring {} of {} ({})", self.number, self.of, self.targets.join(", "))
    }
}

/// A target that a release has not reached
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitingTarget {
    pub name: String,
    /// The version that it has until then, if it has one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
}
