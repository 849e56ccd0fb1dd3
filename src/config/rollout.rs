//! `await:`: what is waited for, and how long.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::reporters::{Reporter, Reporters, Scope};
use crate::vocabulary::Place;
use crate::yaml::{At, PeriodOr};

const MINUTE: u64 = 60;

/// What to wait for after the merge
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Rollout")]
pub struct RolloutOptions {
    /// The commit statuses that tell how the deployment went, or `none`
    #[serde(rename = "reporters")]
    written: Option<At<Reporters>>,
    // What `written` stands for in its environment. `None` when the file declares none;
    // `Some(vec![])` is `reporters: none`, written out.
    #[serde(skip)]
    pub reporters: Option<Vec<Reporter>>,
    /// Where they stand.
    #[serde(skip)]
    pub place: Option<Place>,
    /// How long people have to merge; `24h` when absent
    #[serde(default)]
    pub merge: PeriodOr<{ 24 * 60 * MINUTE }>,
    /// How long a reporter may stay unseen after the merge; `15m` when absent
    #[serde(default)]
    pub appear: PeriodOr<{ 15 * MINUTE }>,
    /// How long a rollout may take; `30m` when absent
    #[serde(default)]
    pub finish: PeriodOr<{ 30 * MINUTE }>,
    /// How long a success must hold; `10s` when absent
    #[serde(default)]
    pub settle: PeriodOr<10>,
    /// How long a failure may still turn into a success, from the failure or from the next that the reporter
    /// says; `5m` when absent
    #[serde(default)]
    pub grace: PeriodOr<{ 5 * MINUTE }>,
    /// When a newer deployment takes over: `fail`, or `follow` it; `fail` when absent
    #[serde(default)]
    pub superseded: OnSuperseded,
}

/// What to do when a newer deployment takes over
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Superseded")]
pub enum OnSuperseded {
    #[default]
    Fail,
    Follow,
}

impl RolloutOptions {
    pub(super) fn resolve(&mut self, scope: &Scope) -> Result<()> {
        let written = self.written.take();
        self.place = written.as_ref().map(|written| written.place.clone());
        if let Some(written) = written.as_ref().filter(|written| written.is_empty()) {
            return Err(written
                .error("`reporters` is an empty list")
                .hint("list who reports, or write `reporters: none` to continue as soon as it is merged")
                .into());
        }
        self.reporters = written.map(|reporters| reporters.resolve(scope, *self.finish)).transpose()?;
        Ok(())
    }
}
