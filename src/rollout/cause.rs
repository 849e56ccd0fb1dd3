//! Cause: why a reporter that was waited for may have said nothing, from what it said before.
//!
//! Looked for only when the time is up: it reads the statuses of commits that do not count.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::evaluate::length;
use super::observation::{Observation, State};
use super::reporters::Expected;
use crate::gitops::Destination;

/// How many commits before the merged one are looked at.
const COMMITS: usize = 10;

/// The observation, with the probable cause behind its reason if the time is up.
pub fn explained(destination: &Destination, expected: &[Expected], seen: Observation) -> Result<Observation> {
    let (State::TimedOut { deadline, reason }, Some(merged)) = (&seen.state, seen.merged) else {
        return Ok(seen);
    };
    let silent = seen.reporters.iter().zip(expected).find(|(reporter, _)| reporter.is_missing());
    let Some((reporter, silent)) = silent else { return Ok(seen) };
    let known: Vec<&str> = reporter.contexts.iter().map(|context| context.context.as_str()).collect();
    let cause = cause(destination, silent, &known, (merged, seen.times.merged_at))?;
    let state = State::TimedOut { deadline: *deadline, reason: format!("{reason}; {cause}") };
    Ok(Observation { state, ..seen })
}

/// `known` are the contexts that did report.
fn cause(
    destination: &Destination,
    silent: &Expected,
    known: &[&str],
    (merged, merged_at): (Oid, Option<Timestamp>),
) -> Result<String> {
    let is_missing = |context: &str| silent.matches(context) && !known.contains(&context);
    let branch = destination.base_branch();
    let pattern = &silent.pattern;
    let mut commit = merged;
    for distance in 1..=COMMITS {
        let Some(&parent) = destination.repository.parents(commit)?.first() else { break };
        commit = parent;
        let statuses = destination.forge.commit_statuses(commit)?;
        let Some(last) = statuses.iter().find(|status| is_missing(&status.context)) else { continue };
        let before = if distance == 1 { "the commit".to_owned() } else { format!("{distance} commits") };
        let whom = format!("{} reported on {commit}, {before} before yours", last.context);
        let appear = length(silent.appear(&destination.environment.rollout));
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
        "{other} matches {pattern} reported on earlier commits either: does your operator write \
         statuses to this repository, and with this context?"
    ))
}
