//! Checks: the commands that say whether a deployment works.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::command::{self, Ended};
use super::junit::{self, Totals};
use crate::config::Check;
use crate::rollout::length;
use crate::variables::Redactor;
use crate::yaml::At;

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    pub name: String,
    pub passed: bool,
    /// Why it failed; empty when it passed.
    pub reason: String,
    /// How often it was run.
    pub attempts: u32,
    /// The end of what its last run wrote.
    pub output: String,
    pub junit: Option<Totals>,
}

/// What a check is told, and what must not be seen of it.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The folder that it runs in.
    pub root: &'a Path,
    /// Environment variables, added to those of the process.
    pub variables: &'a [(&'a str, String)],
    /// Values that are hidden in everything that the check wrote.
    pub secrets: &'a Redactor,
}

/// Runs a check until it passes, at most once more than its `retries`. An error means that it
/// could not be run at all.
pub fn run(check: &At<Check>, surroundings: &Surroundings) -> Result<CheckResult> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let attempt = attempt(check, surroundings)
            .with_context(|| format!("cannot run check `{}` ({})", check.name, check.place))?;
        if attempt.failure.is_none() || attempts > check.retries {
            return Ok(attempt.into_result(check, attempts, surroundings.secrets));
        }
    }
}

struct Attempt {
    failure: Option<String>,
    output: String,
    junit: Option<Totals>,
}

fn attempt(check: &Check, surroundings: &Surroundings) -> Result<Attempt> {
    let junit = check.junit.as_ref().map(|path| surroundings.root.join(path));
    if let Some(path) = &junit {
        remove_stale(path)?;
    }
    let ended = command::run(&check.run, surroundings.root, surroundings.variables, **check.timeout)?;
    let result = junit.map(read_junit);
    let failure = failure(check, &ended, result.as_ref());
    Ok(Attempt { failure, output: ended.output, junit: result.and_then(Result::ok) })
}

/// A result from an earlier run must not count for this one.
fn remove_stale(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove the earlier result {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn read_junit(path: PathBuf) -> Result<Totals> {
    let xml = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            anyhow::bail!("it did not write {}", path.display())
        }
        read => read.with_context(|| format!("cannot read {}", path.display()))?,
    };
    junit::parse_junit(&xml).with_context(|| format!("cannot read {}", path.display()))
}

/// Exit code and JUnit file must both say that all is well.
fn failure(check: &Check, ended: &Ended, junit: Option<&Result<Totals>>) -> Option<String> {
    let Some(status) = ended.status else {
        return Some(format!("killed because it took longer than {}", length(**check.timeout)));
    };
    let failed_tests = junit.and_then(|junit| junit.as_ref().ok()).filter(|totals| !totals.failed.is_empty());
    match (failed_tests, status.success(), junit) {
        (Some(totals), _, _) => Some(format!("{}: {}", totals.describe(), totals.failed.join(", "))),
        (None, false, _) => Some(status.to_string()),
        (None, true, Some(Err(error))) => Some(format!("{error:#}")),
        (None, true, _) => None,
    }
}

impl Attempt {
    fn into_result(mut self, check: &Check, attempts: u32, secrets: &Redactor) -> CheckResult {
        let hide = |text: &str| secrets.redact(text);
        if let Some(totals) = &mut self.junit {
            totals.failed.iter_mut().for_each(|name| *name = hide(name));
        }
        CheckResult {
            name: check.name.to_string(),
            passed: self.failure.is_none(),
            reason: hide(&self.failure.unwrap_or_default()),
            attempts,
            output: hide(&self.output),
            junit: self.junit,
        }
    }
}
