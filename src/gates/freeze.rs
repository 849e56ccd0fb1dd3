//! `freeze:`, which stands at the top of the pipeline file and is a gate of every environment that it covers.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Asked, Closed, Decide, Decision, Opens};
use crate::yaml::{At, Glob, Moment};

/// A time in which nothing is promoted
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Freeze {
    /// `2026-12-20T00:00:00Z`
    pub from: Moment,
    /// `2027-01-02T00:00:00Z`
    pub to: At<Moment>,
    /// Names of environments, `*` stands for any text; all of them when absent
    #[serde(default)]
    pub environments: Vec<At<Glob>>,
    /// Why; people see it when they are refused
    pub reason: Option<String>,
}

impl Freeze {
    /// `environments` are the names of all.
    pub fn check(&self, environments: &[&str]) -> Result<()> {
        if *self.to <= self.from {
            return Err(self.to.error("the freeze ends before it begins").into());
        }
        let matches_none = |glob: &&At<Glob>| {
            let matcher = glob.0.compile_matcher();
            !environments.iter().any(|name| matcher.is_match(name))
        };
        match self.environments.iter().find(matches_none) {
            Some(glob) => Err(glob
                .error(format!("no environment is called `{}`", glob.0.glob()))
                .hint(format!("there are: {}", environments.join(", ")))
                .into()),
            None => Ok(()),
        }
    }

    /// Whether it is about the environment of this name.
    pub fn covers(&self, environment: &str) -> bool {
        let matches = |glob: &At<Glob>| glob.0.compile_matcher().is_match(environment);
        self.environments.is_empty() || self.environments.iter().any(matches)
    }
}

impl Decide for Freeze {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let (from, to) = (self.from.0, self.to.0);
        if asked.now >= to {
            return Ok(Decision::Open(None));
        }
        if asked.now < from {
            return Ok(Decision::Open(Some(from)));
        }
        let why = self.reason.clone().unwrap_or_else(|| "nothing is promoted in this time".to_owned());
        Ok(Decision::Closed(Closed { why, since: Some(from), opens: Opens::At(to), closes_again: None }))
    }
}
