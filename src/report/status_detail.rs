//! `towline status ENV` as people read it: one environment in full, what fails first.

use anstyle::AnsiColor;
use anyhow::Result;

use super::board::{Row, State as Doing};
use super::events::{self, reporter_row};
use super::fit::{pad, wrap};
use super::layout;
use super::page::Page;
use super::status_text::{notes, says};
use super::table::{age, to_second};
use crate::gates::{Decision, Recorded};
use crate::promote::entry::GateState;
use crate::promote::status::detail::EnvironmentDetail;
use crate::promote::status::{Deployed, EnvironmentStatus, Judgement, NextAction};
use crate::release::Release;
use crate::rollout::ReporterState;
use crate::vocabulary::Outcome;
use crate::vocabulary::text::{counted, one_line};

/// How wide the names of the facts are.
const NAMES: usize = 10;

/// As much of a commit id as people need to find it.
const SHORT: usize = 10;

/// The environment, fact by fact.
pub fn detail(found: &EnvironmentDetail, page: &Page) -> String {
    let status = &found.status;
    let mut text = headline(status, page) + "\n";
    text += &what_stands(found, page);
    text += &reporters(status, page);
    let mut fact = |name: &str, value: &str| text += &self::fact(name, value, page);
    if let Some(proposed) = &status.proposed {
        fact("proposed", &format!("{}, {} ago", version(found), since(proposed.age_seconds)));
    } else if let Some(wanted) = &found.wanted {
        fact("wanted", &format!("{}, verified in what this environment needs", wanted.version));
    }
    match &found.merge {
        Some(Ok(seen)) => fact("merge", seen.state.reason()),
        Some(Err(error)) => fact("merge", &format!("what it waits for cannot be seen: {error}")),
        None => {}
    }
    found.gates.iter().for_each(|(name, state)| fact("gate", &gate(name, state)));
    notes(status).iter().for_each(|note| fact("note", note));
    if let Some(next) = &found.next {
        fact("next", &describe(next));
    }
    text
}

/// What is deployed, and what its verdict says.
fn what_stands(found: &EnvironmentDetail, page: &Page) -> String {
    let Some(deployed) = &found.status.deployed else { return String::new() };
    let images = deployed.release.images.iter();
    let images = images.map(|image| ("image", format!("{}: {}", image.name, image.reference())));
    let verdict = deployed.verdict.iter();
    let verdict = verdict.map(|it| ("verdict", format!("{}, since {}", it.description, to_second(it.at))));
    let facts = std::iter::once(("deployed", deployed_since(found, deployed))).chain(images).chain(verdict);
    facts.map(|(name, value)| fact(name, &value, page)).collect()
}

/// What the reporters say, each in full.
fn reporters(status: &EnvironmentStatus, page: &Page) -> String {
    let Some(summary) = reporters_in_short(status) else { return String::new() };
    let seen = status.rollout.iter().flat_map(|seen| &seen.reporters);
    let rows = seen.flat_map(|reporter| reporter.contexts.iter().map(reporter_row).chain(missing(reporter)));
    let room = Page { columns: page.columns.map(|columns| columns.saturating_sub(2)), ..*page };
    let rows = layout::all_details(&rows.collect::<Vec<_>>(), &room);
    let rows = rows.split_inclusive('\n').map(|line| format!("  {line}"));
    fact("reporters", &summary, page) + &rows.collect::<String>()
}

/// `prod: failed`
fn headline(status: &EnvironmentStatus, page: &Page) -> String {
    let judgement = Judgement::of(status);
    let (word, color) = match judgement.outcome {
        Outcome::Done => ("done", AnsiColor::Green),
        Outcome::Unfinished if status.deployed.is_none() && status.proposed.is_none() => {
            ("nothing is deployed", AnsiColor::Cyan)
        }
        Outcome::Unfinished => ("under way", AnsiColor::Cyan),
        Outcome::Refused => ("stands still", AnsiColor::Yellow),
        Outcome::Error => ("unknown", AnsiColor::Yellow),
        outcome => (events::word(outcome), AnsiColor::Red),
    };
    format!("{}: {}", status.environment, page.style.color(color, word))
}

/// A named value, in lines that fit.
fn fact(name: &str, value: &str, page: &Page) -> String {
    let value = one_line(value);
    let room = page.columns.map_or(usize::MAX, |columns| columns.saturating_sub(NAMES + 3));
    let lines = if page.columns.is_some() { wrap(&value, room) } else { vec![value] };
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    lines.iter().zip(names).map(|(line, name)| format!("  {} {line}\n", pad(name, NAMES))).collect()
}

fn deployed_since(found: &EnvironmentDetail, deployed: &Deployed) -> String {
    let commit = &deployed.commit.to_string()[..SHORT];
    let by = found.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
    let pull = found.brought_by.as_ref().map_or_else(String::new, |pull| format!(", {}", pull.url));
    let (version, at) = (deployed.release.describe(), deployed.at);
    format!("{version}, since {at}{by}, commit {commit}{pull}")
}

/// The version that is proposed.
fn version(found: &EnvironmentDetail) -> String {
    let proposed = found.status.proposed.as_ref();
    let rollback = proposed.is_some_and(|proposed| proposed.rollback.is_some());
    let version = found.wanted.as_ref().map_or_else(|| "removal".to_owned(), Release::describe);
    if rollback { format!("{version} (rollback)") } else { version }
}

fn since(seconds: i64) -> String {
    match age(seconds).as_str() {
        "now" => "less than a minute".to_owned(),
        age => age.to_owned(),
    }
}

/// What the reporters say together; `None` when there are none, or nothing is deployed.
fn reporters_in_short(status: &EnvironmentStatus) -> Option<String> {
    let seen = status.rollout.as_ref()?;
    let is_verified = status.deployed.as_ref().is_some_and(Deployed::is_verified);
    let said = if is_verified { None } else { says(status, seen) };
    let count = seen.reporters.iter().map(|reporter| reporter.contexts.len()).sum();
    Some(said.unwrap_or_else(|| counted(count, "reporter")))
}

/// A reporter that has not said anything, or not for all clusters.
fn missing(reporter: &ReporterState) -> Option<Row> {
    let text = match (reporter.count, reporter.contexts.len()) {
        (1, _) => String::new(),
        (count, seen) => format!("{seen} of {count} have reported"),
    };
    reporter.missing().is_some().then(|| Row {
        name: reporter.status.clone(),
        label: reporter.status.clone(),
        state: Doing::Working,
        word: "missing",
        phrase: "missing",
        since: None,
        text,
        url: None,
    })
}

pub(super) fn gate(name: &str, state: &Result<GateState, String>) -> String {
    match state {
        Err(error) => format!("{name}: cannot be asked: {error}"),
        Ok(GateState { decision: Decision::Open(None), .. }) => format!("{name}: open"),
        Ok(GateState { decision: Decision::Open(Some(until)), .. }) => format!("{name}: open until {until}"),
        Ok(GateState { decision: Decision::Closed(closed), overridden, .. }) => {
            let overridden = overridden.as_ref().map(Recorded::describe);
            let by = overridden.map_or_else(String::new, |by| format!("; overridden by {by}"));
            format!("{name}: {}{by}", closed.describe())
        }
    }
}

/// `towline rollback prod`: bring 1.3.0 back
fn describe(next: &NextAction) -> String {
    match &next.command {
        Some(command) => format!("`{command}`: {}", next.what),
        None => next.what.clone(),
    }
}
