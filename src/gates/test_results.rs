//! `tests:`

use anyhow::{Result, bail};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Asked, Decide, Decision};
use crate::vocabulary::nearest;
use crate::yaml::At;

/// The test results of an environment
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TestsGate {
    /// The environment whose checks count
    pub environment: At<String>,
    /// At least this many tests must have been run
    pub min_tests: Option<u64>,
    /// At most this many tests may have failed
    pub max_failures: Option<u64>,
}

impl Decide for TestsGate {
    fn decide(&self, _: &Asked) -> Result<Decision> {
        bail!("not supported yet: this gate")
    }

    fn check(&self, environments: &[String]) -> Result<()> {
        if environments.contains(&self.environment) {
            return Ok(());
        }
        let message = format!("there is no environment `{}`", self.environment.escape_debug());
        let mut error = self.environment.error(message);
        let near = nearest(&self.environment, environments.iter().map(String::as_str));
        error.hint = near.map(|near| format!("did you mean `{near}`?"));
        Err(error.into())
    }

    fn is_supported(&self) -> bool {
        false
    }
}
