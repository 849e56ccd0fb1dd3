//! Checks: the commands that say whether a deployment works.

use std::path::Path;
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};

use super::command::{self, Ended, Setting};
use super::junit::{self, Totals};
use super::junit_files::junit_files;
use crate::boundary::Boundary;
use crate::config::Check;
use crate::secrets;
use crate::vocabulary::text::length;
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

/// What a check is told.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The folder that it runs in.
    pub root: &'a Path,
    /// Environment variables, added to those of the process.
    pub variables: &'a [(&'a str, String)],
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
            return Ok(attempt.into_result(check, attempts));
        }
    }
}

/// Runs checks at the same time. They are told of as they end, and returned in their order.
pub fn run_together(
    checks: &[At<Check>],
    surroundings: &Surroundings,
    ended: &dyn Fn(&CheckResult),
) -> Result<Vec<CheckResult>> {
    let mut results: Vec<Option<Result<CheckResult>>> = checks.iter().map(|_| None).collect();
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for (index, check) in checks.iter().enumerate() {
            let sender = sender.clone();
            // Whoever receives waits for all of them.
            scope.spawn(move || drop(sender.send((index, run(check, surroundings)))));
        }
        drop(sender);
        for (index, result) in receiver {
            if let Ok(result) = &result {
                ended(result);
            }
            results[index] = Some(result);
        }
    });
    results.into_iter().flatten().collect()
}

struct Attempt {
    failure: Option<String>,
    output: String,
    junit: Option<Totals>,
}

fn attempt(check: &Check, surroundings: &Surroundings) -> Result<Attempt> {
    if let Some(pattern) = &check.junit {
        remove_stale(surroundings.root, pattern.as_str())?;
    }
    let Surroundings { root, variables } = *surroundings;
    let file = check.output.as_ref().map(|path| root.join(path.as_str()));
    let setting = Setting { folder: root, variables, has_tokens: check.pass_token, file: file.as_deref() };
    let ended = command::run(&check.run, setting, **check.timeout)?;
    let result = check.junit.as_ref().map(|pattern| read_junit(surroundings.root, pattern.as_str()));
    let failure = failure(check, &ended, result.as_ref());
    Ok(Attempt { failure, output: ended.output, junit: result.and_then(Result::ok) })
}

/// A result from an earlier run must not count for this one.
fn remove_stale(root: &Path, pattern: &str) -> Result<()> {
    for path in junit_files(&Boundary::of(root), pattern)? {
        std::fs::remove_file(root.join(&path))
            .with_context(|| format!("cannot remove the earlier result {}", path.display()))?;
    }
    Ok(())
}

/// All files together. Each has to be whole, and a test has to have run in one of them.
fn read_junit(root: &Path, pattern: &str) -> Result<Totals> {
    let boundary = Boundary::of(root);
    let files = junit_files(&boundary, pattern)?;
    if files.is_empty() {
        bail!("it did not write {}", root.join(pattern).display());
    }
    let mut totals = Totals::default();
    for path in files {
        let shown = root.join(&path);
        let xml = boundary.read(&path).map_err(|error| error.about(&shown))?;
        let read = junit::parse_junit(&xml);
        totals.add(read.with_context(|| format!("cannot read {}", shown.display()))?);
    }
    Ok(totals)
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
        (None, true, Some(Ok(totals))) if !totals.has_run() => {
            Some(format!("no test ran: {}", totals.describe()))
        }
        (None, true, _) => None,
    }
}

impl Attempt {
    /// With everything hidden that is secret in what the check wrote; its output has no secret any more.
    fn into_result(mut self, check: &Check, attempts: u32) -> CheckResult {
        let hide = |text: &str| secrets::redact(text).into_owned();
        if let Some(totals) = &mut self.junit {
            totals.failed.iter_mut().for_each(|name| *name = hide(name));
        }
        CheckResult {
            name: check.name.to_string(),
            passed: self.failure.is_none(),
            reason: hide(&self.failure.unwrap_or_default()),
            attempts,
            output: self.output,
            junit: self.junit,
        }
    }
}
