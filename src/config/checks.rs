//! `checks:`: what is run after a deployment.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::names;
use crate::yaml::{At, CommandLine, Glob, Line, PeriodOr, RelativePath};

/// A command that is run after the deployment
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Check {
    /// What people see; no other check of the environment has it
    pub name: Line,
    /// A command line for `sh`, run in the folder of this file
    pub run: CommandLine,
    /// `5m` when absent
    #[serde(default)]
    pub timeout: At<PeriodOr<{ 5 * 60 }>>,
    /// How often it is tried again after a failure; 0 when absent
    #[serde(default)]
    pub retries: u32,
    /// Whether the command gets the tokens that Towline has from its environment; `false` when absent
    #[serde(default)]
    pub pass_token: bool,
    /// Whether it runs at the same time as the checks next to it that say the same; `false` when absent
    #[serde(default)]
    pub parallel: bool,
    /// A file for all that it writes, relative to this file
    pub output: Option<RelativePath>,
    /// The JUnit file that the command writes, relative to this file, or a glob for several; a test must have run, and none may have failed
    pub junit: Option<RelativePath>,
}

/// Refuses checks of one name, and one that could not end.
pub(super) fn check(checks: &[At<Check>]) -> Result<()> {
    for (index, check) in checks.iter().enumerate() {
        if check.timeout.is_zero() {
            return Err(check.timeout.error("a check with no time to run cannot succeed").into());
        }
        if let Some(junit) = &check.junit {
            Glob::try_from(junit.as_str().to_owned())
                .map_err(|error| check.error(format!("`junit`: {}", error.message)))?;
        }
        let before = checks[..index].iter().map(|other| (&*other.name, other.place.line));
        names::refuse_taken(check, &check.name, before)?;
    }
    Ok(())
}
