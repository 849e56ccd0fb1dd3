//! `towline status` as people read it: a table, and below it what needs attention.

use anstyle::AnsiColor;
use anyhow::Result;

use super::board::Row;
use super::events::{self, reporter_row};
use super::fit::wrap;
use super::layout;
use super::page::Page;
use super::table::{self, age};
use crate::forge::StatusState;
use crate::gitops::Hold;
use crate::promote::status::{Deployed, EnvironmentStatus, HistoryEntry, Verdict};
use crate::release::Release;
use crate::render::WaitingTarget;
use crate::render::taken_out::Rollback;
use crate::rollout::{Observation, State};
use crate::vocabulary::text::one_line;

/// Every environment.
pub fn overview(environments: &[(String, Result<EnvironmentStatus>)], page: &Page) -> String {
    let header = ["ENVIRONMENT", "DEPLOYED", "AGE", "VERDICT", "PROPOSED"].map(str::to_owned);
    let rows = environments.iter().map(|(name, status)| match status {
        Ok(status) => row(status),
        Err(_) => [name, "unreadable", "-", "-", "-"].map(str::to_owned),
    });
    let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
    let is_bad = |row: usize| row.checked_sub(1).is_some_and(|index| has_failed(&environments[index].1));
    let paint = |row: usize, column: usize, text: &str| match column {
        3 if is_bad(row) => page.style.color(AnsiColor::Red, text),
        _ => text.to_owned(),
    };
    let mut text = table::fitted(&rows, page.columns, paint);
    environments.iter().for_each(|(name, status)| text += &below(name, status, page));
    text
}

fn has_failed(status: &Result<EnvironmentStatus>) -> bool {
    let verdict = status.as_ref().ok().and_then(verdict_of);
    status.is_err() || verdict.is_some_and(is_failure)
}

fn verdict_of(status: &EnvironmentStatus) -> Option<&Verdict> {
    status.deployed.as_ref()?.verdict.as_ref()
}

fn is_failure(verdict: &Verdict) -> bool {
    matches!(verdict.state, StatusState::Failure | StatusState::Error)
}

fn row(status: &EnvironmentStatus) -> [String; 5] {
    let deployed = status.deployed.as_ref();
    let proposed = status.proposed.as_ref().map(|proposed| {
        let version = proposed.release.as_ref().map_or("removal", |release| &release.version);
        let rollback = if proposed.rollback.is_some() { "rollback, " } else { "" };
        format!("{version} ({rollback}#{}, {})", proposed.number, age(proposed.age_seconds))
    });
    [
        status.environment.clone(),
        deployed.map_or("-".to_owned(), |deployed| one_line(&deployed.release.version)),
        deployed.map_or("-".to_owned(), |deployed| age(deployed.age_seconds)),
        verdict(verdict_of(status)),
        proposed.map_or("-".to_owned(), |proposed| one_line(&proposed)),
    ]
}

fn verdict(verdict: Option<&Verdict>) -> String {
    verdict.map_or("-".to_owned(), |verdict| one_line(&verdict.description))
}

/// What there is to say of an environment that has no room in the table.
fn below(name: &str, status: &Result<EnvironmentStatus>, page: &Page) -> String {
    let status = match status {
        Ok(status) => status,
        Err(error) => return format!("{name}: {}\n", one_line(&format!("{error:#}"))),
    };
    let rollout = status.rollout.as_ref().map(|seen| rollout(status, seen, page)).unwrap_or_default();
    let notes = notes(status).into_iter().map(|note| format!("{name}: {note}\n"));
    rollout + &notes.collect::<String>()
}

/// What needs attention, or explains why it is as it is.
pub(super) fn notes(status: &EnvironmentStatus) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |text: &str| notes.push(one_line(text));
    if let Some(error) = &status.not_asked {
        note(&format!("the reporters could not be asked: {error}"));
    }
    if let Some(withdrawn) = &status.withdrawn {
        note(&withdrawn.describe());
    }
    if let Some(ring) = status.deployed.as_ref().and_then(|deployed| deployed.ring.as_ref()) {
        let waits = |target: &WaitingTarget| match &target.release {
            Some(release) => format!("{} has {release}", target.name),
            None => format!("{} has none", target.name),
        };
        let waiting: Vec<String> = ring.waiting.iter().map(waits).collect();
        note(&format!("in {ring}; {}", waiting.join(", ")));
    }
    for told in status.deployed.iter().flat_map(|deployed| &deployed.overrides) {
        note(&format!("entered with an overridden gate: {told}"));
    }
    if let Some(Deployed { release, rollback: Some(rollback), .. }) = &status.deployed {
        let Rollback { from, .. } = rollback;
        note(&format!("{} was rolled back to {}{}", from.describe(), release.version, from.because()));
    }
    for hold in &status.holds {
        let Hold { release, by, at, since } = hold;
        note(&format!(
            "{} is on hold since {at} by {by}, with commit {since}; `--release-hold` lifts that",
            release.version
        ));
    }
    for drift in &status.drift {
        note(&format!("{} was {} by hand", drift.path, drift.change));
    }
    notes
}

/// What the reporters say now, and every one that does not report success.
fn rollout(status: &EnvironmentStatus, seen: &Observation, page: &Page) -> String {
    let Some(says) = says(status, seen) else { return String::new() };
    let line = one_line(&format!("{}: {says}", status.environment));
    let lines = page.columns.map_or_else(|| vec![line.clone()], |columns| wrap(&line, columns));
    let rows: Vec<Row> =
        seen.reporters.iter().flat_map(|reporter| &reporter.contexts).map(reporter_row).collect();
    format!("{}\n{}", lines.join("\n"), layout::details(&rows, page))
}

/// `None` when there is nothing to add to the verdict.
pub(super) fn says(status: &EnvironmentStatus, seen: &Observation) -> Option<String> {
    // Towline also marks what it has seen on the branch.
    let failure = status.deployed.as_ref().and_then(Deployed::failure).map(events::word);
    let verdict = verdict_of(status).filter(|_| failure.is_some());
    let unrecorded = match status.drift.as_slice() {
        [] => format!("no run has recorded it: run `towline promote --continue {}`", status.environment),
        // That run would refuse to go on.
        _ => "no run has recorded it".to_owned(),
    };
    let failed = failure.map_or(String::new(), |word| format!("{word}; "));
    Some(match (&seen.state, verdict) {
        (State::Done, verdict) => {
            let since = seen.times.healthy_at.or(seen.times.merged_at)?;
            // What failed after the reporters succeeded was a check.
            if verdict.is_some_and(|verdict| since.as_second() < verdict.at.as_second()) {
                return None;
            }
            format!("{failed}the reporters report success since {since} and {unrecorded}")
        }
        (State::LookAgain { why, .. }, _) => format!("{failed}{why}"),
        // The rows below say who, and why.
        (State::Failed { .. }, Some(_)) => failure.unwrap_or_default().to_owned(),
        (State::Failed { .. }, None) => format!("failed, and {unrecorded}"),
        (state, Some(_)) => state.reason().to_owned(),
        (state, None) => format!("{}, and {unrecorded}", state.reason()),
    })
}

/// What was deployed in an environment, the newest first.
pub fn history(environment: &str, entries: &[HistoryEntry], page: &Page) -> String {
    if entries.is_empty() {
        return format!("nothing was deployed in {environment} yet\n");
    }
    let header = ["AT", "RELEASE", "WHO", "PULL", "VERDICT", "COMMIT"].map(str::to_owned);
    let rows = entries.iter().map(|entry| {
        let version = entry.release.as_ref().map_or_else(|| "(removed)".to_owned(), Release::describe);
        let rollback = if entry.rollback.is_some() { " (rollback)" } else { "" };
        [
            entry.at.to_string(),
            one_line(&version) + rollback,
            one_line(&entry.author),
            entry.pull.map_or("-".to_owned(), |number| format!("#{number}")),
            verdict(entry.verdict.as_ref()),
            entry.commit.to_string()[..10].to_owned(),
        ]
    });
    let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
    let is_bad = |row: usize| {
        let entry = row.checked_sub(1).and_then(|index| entries[index].verdict.as_ref());
        entry.is_some_and(is_failure)
    };
    table::fitted(&rows, page.columns, |row, column, text| match column {
        4 if is_bad(row) => page.style.color(AnsiColor::Red, text),
        _ => text.to_owned(),
    })
}
