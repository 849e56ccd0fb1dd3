//! Cause: why a reporter that was waited for may have said nothing, or may have failed, from what it
//! said on earlier commits.
//!
//! Looked for only when a rollout ends badly: it reads the statuses of commits that do not count.

use std::fmt::Write;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::context::{ContextState, Progress};
use super::evaluate::appear_time;
use super::observation::{Observation, State};
use crate::gitops::Destination;
use crate::reporters::{Meaning, Reporter};
use crate::vocabulary::text::length;

/// How many commits before the merged one are looked at.
const COMMITS: usize = 10;

/// The observation, with the probable cause behind its reason if it ended badly.
pub fn explained(destination: &Destination, expected: &[Reporter], seen: Observation) -> Result<Observation> {
    let Some(merged) = seen.merged else { return Ok(seen) };
    let cause = match &seen.state {
        State::TimedOut { .. } => silence(destination, expected, &seen, merged)?,
        State::Failed { .. } => failure(destination, expected, &seen, merged)?,
        _ => None,
    };
    Ok(match cause {
        Some(cause) => Observation { state: seen.state.because(&cause), ..seen },
        None => seen,
    })
}

/// Why the first of those that are missing may have said nothing.
fn silence(
    destination: &Destination,
    expected: &[Reporter],
    seen: &Observation,
    merged: Oid,
) -> Result<Option<String>> {
    let silent = seen.reporters.iter().zip(expected).find(|(reporter, _)| reporter.is_missing());
    let Some((reporter, silent)) = silent else { return Ok(None) };
    let known: Vec<&str> = reporter.contexts.iter().map(|context| context.context.as_str()).collect();
    let mut cause = last_sign(destination, silent, &known, (merged, seen.times.merged_at))?;
    if let Some(more) = silent.silence() {
        write!(cause, " {more}")?;
    }
    Ok(Some(cause))
}

/// When and where a reporter was last heard of. `known` are the contexts that did report.
fn last_sign(
    destination: &Destination,
    silent: &Reporter,
    known: &[&str],
    (merged, merged_at): (Oid, Option<Timestamp>),
) -> Result<String> {
    let is_missing = |context: &str| silent.contexts.matches(context) && !known.contains(&context);
    let branch = destination.base_branch();
    for (distance, commit) in (1..).zip(before(destination, merged)?) {
        let statuses = destination.forge.commit_statuses(commit)?;
        let Some(last) = statuses.iter().find(|status| is_missing(&status.context)) else { continue };
        let before = if distance == 1 { "the commit".to_owned() } else { format!("{distance} commits") };
        let whom = format!("{} reported on {commit}, {before} before yours", last.context);
        let appear = length(appear_time(silent, &destination.environment.rollout));
        return Ok(match merged_at.is_some_and(|merged_at| last.created_at > merged_at) {
            true => format!(
                "{whom}, even after the merge: is its interval longer than {appear}, or does it watch something other than {branch}?"
            ),
            false => format!(
                "{whom}, and has been silent since: is it suspended, or its interval longer than {appear}?"
            ),
        });
    }
    let other = if known.is_empty() { "nothing that" } else { "nothing else that" };
    Ok(format!(
        "{other} matches {} reported on earlier commits either: does your operator write statuses to this \
         repository, and with this context?",
        silent.contexts.shown()
    ))
}

/// Why a failure may not be this release's: the context failed on earlier commits, too, or says now this and
/// now that.
fn failure(
    destination: &Destination,
    expected: &[Reporter],
    seen: &Observation,
    merged: Oid,
) -> Result<Option<String>> {
    let mut failing = seen.reporters.iter().zip(expected).filter_map(|(reporter, expected)| {
        let failing =
            |context: &&ContextState| matches!(context.progress, Progress::Failed | Progress::Failing);
        Some((reporter.contexts.iter().find(failing)?, expected))
    });
    let Some((context, expected)) = failing.next() else { return Ok(None) };
    if let Some(since) = failed_before(destination, expected, &context.context, merged)? {
        let subject = destination.repository.message(since)?;
        let subject = subject.lines().next().unwrap_or_default();
        return Ok(Some(format!(
            "it has failed since commit {since} ({subject}), before this release: if several applications share it, \
             another one may be the cause"
        )));
    }
    Ok(expected
        .shared_context()
        .filter(|_| context.succeeded_before)
        .map(|shared| format!("it also succeeded on this deployment: {shared}")))
}

/// The first of the commits before this one, with nothing but failures of the context since.
fn failed_before(
    destination: &Destination,
    expected: &Reporter,
    context: &str,
    merged: Oid,
) -> Result<Option<Oid>> {
    let mut since = None;
    for commit in before(destination, merged)? {
        let statuses = destination.forge.commit_statuses(commit)?;
        let Some(last) = statuses.iter().find(|status| status.context == context) else { continue };
        if expected.read(last).is_none_or(|report| report.meaning != Meaning::Failed) {
            break;
        }
        since = Some(commit);
    }
    Ok(since)
}

/// The commits before `commit` on the branch, the newest first.
fn before(destination: &Destination, commit: Oid) -> Result<Vec<Oid>> {
    let mut commits = Vec::new();
    let mut commit = commit;
    while commits.len() < COMMITS
        && let Some(&parent) = destination.repository.parents(commit)?.first()
    {
        commit = parent;
        commits.push(commit);
    }
    Ok(commits)
}
