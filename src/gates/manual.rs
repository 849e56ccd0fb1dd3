//! `manual:`

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Asked, Decide, Decision};
use crate::vocabulary::text::listed;
use crate::yaml::Line;

/// Somebody must run `towline approve`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ManualGate {
    /// The accounts that may approve, as the forge names them; all that may write commit statuses when absent
    #[serde(default)]
    pub by: Vec<Line>,
}

impl Decide for ManualGate {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let counts = |name: &Option<String>| match name {
            Some(name) => self.by.is_empty() || self.by.iter().any(|one| **one == **name),
            None => self.by.is_empty(),
        };
        let approved = asked.evidence.approved(asked.gate)?;
        if approved.iter().any(|one| counts(&one.by)) {
            return Ok(Decision::Open(None));
        }
        let by: Vec<String> = self.by.iter().map(ToString::to_string).collect();
        let others = match approved.first() {
            Some(other) => format!("; the approval of {} does not count", other.describe()),
            None => String::new(),
        };
        let by = if by.is_empty() { String::new() } else { format!(" by {}", listed(&by)) };
        let commit = asked.commit.map_or_else(String::new, |commit| format!(" --commit {commit}"));
        let why = format!(
            "waits for `towline approve {} --release {}{commit}`{by}{others}",
            asked.environment, asked.release
        );
        Ok(Decision::closed_for_now(why, asked.now))
    }

    fn is_manual(&self) -> bool {
        true
    }
}
