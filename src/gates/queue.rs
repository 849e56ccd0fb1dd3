//! `releases: queue`, which is a gate of its environment: a release enters when no other is under way there.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Asked, Decide, Decision};

/// What becomes of a release when another one comes while it is under way in the environment
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Releases {
    /// The newer one takes its place
    #[default]
    Latest,
    /// The newer one waits until it is verified or has failed
    Queue,
}

/// The gate of [`Releases::Queue`].
#[derive(Debug, Clone, Copy)]
pub struct Queue;

impl Decide for Queue {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        Ok(match asked.evidence.under_way()? {
            None => Decision::Open(None),
            Some(other) => Decision::closed_for_now(other, asked.now),
        })
    }
}
