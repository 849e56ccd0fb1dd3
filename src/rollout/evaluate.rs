//! Evaluate: what commit statuses say about a rollout, as a pure function of what was seen.
//!
//! All times come from the statuses and from the merge, none from when we began to look, so that
//! an await that is killed and started again ends as one that was not.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{ContextState, Progress, Said, after};
use super::reporters::is_own;
use crate::config::RolloutOptions;
use crate::forge::CommitStatus;
use crate::reporters::{Meaning, Reporter, by_state};
use crate::vocabulary::text::length;

/// Whoever is undecided for so long may be stuck.
const LINGERS: Duration = Duration::from_secs(5 * 60);

/// What is known about a rollout.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub now: Timestamp,
    /// Deadlines count from here.
    pub merged_at: Timestamp,
    /// Reports from before this are about another deployment of the same commit. `None`: there can
    /// be none.
    pub reports_since: Option<Timestamp>,
    /// The statuses of all candidates, oldest first.
    pub statuses: &'a [CommitStatus],
    pub expected: &'a [Reporter],
    pub options: &'a RolloutOptions,
}

/// What a rollout came to, and what each reporter said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    pub verdict: Verdict,
    pub reporters: Vec<ReporterState>,
    /// When the first of them said something.
    pub first_report_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Done,
    Failed(String),
    TimedOut(Deadline, String),
    /// Nothing final. Unless a status is written, nothing changes before `until`.
    Pending {
        why: String,
        until: Timestamp,
    },
}

/// The deadlines of `await:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    Merge,
    Appear,
    Finish,
}

/// What a declared reporter said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReporterState {
    /// The pattern of its contexts.
    pub status: String,
    /// The target that it is about, if the pipeline file says so.
    pub target: Option<String>,
    /// How many contexts have to match.
    pub count: usize,
    /// The contexts that match, sorted.
    pub contexts: Vec<ContextState>,
}

impl ReporterState {
    /// `kustomization/web/*`, or `kustomization/web/3c9d8e7f (eu)`
    fn name(&self) -> String {
        match &self.target {
            Some(target) => format!("{} ({target})", self.status),
            None => self.status.clone(),
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        self.contexts.len() < self.count
    }

    /// What of it is waited for, while not all of its contexts were seen.
    pub fn missing(&self) -> Option<String> {
        self.is_missing().then(|| match (self.count, self.contexts.len()) {
            (1, _) => format!("nothing yet from {}", self.name()),
            (count, seen) => format!("{seen} of {count} from {}", self.name()),
        })
    }

    fn is_done(&self) -> bool {
        !self.is_missing() && self.all(|progress| progress == Progress::Succeeded)
    }

    /// Only time is missing: nothing but successes, some of them young.
    fn is_settling(&self) -> bool {
        !self.is_missing()
            && self.all(|progress| matches!(progress, Progress::Succeeded | Progress::Settling))
    }

    fn all(&self, wanted: impl Fn(Progress) -> bool) -> bool {
        self.contexts.iter().all(|context| wanted(context.progress))
    }
}

/// What the statuses mean.
///
/// Done wins over every deadline, so that running again after a late success is a success. And it
/// is done if it was done right before any of the statuses was written: what is said later changes
/// nothing for those who looked in time, so it changes nothing for those who look late.
pub fn evaluate(facts: &Facts) -> Evaluation {
    let in_time = facts.statuses.partition_point(|status| status.created_at <= facts.now);
    let statuses = &facts.statuses[..in_time];
    let before = |(count, status): (usize, &CommitStatus)| {
        evaluate_at(&Facts { now: status.created_at, statuses: &statuses[..count], ..*facts })
    };
    let mut earlier = statuses.iter().enumerate().map(before);
    earlier
        .find(|seen| seen.verdict == Verdict::Done)
        .unwrap_or_else(|| evaluate_at(&Facts { statuses, ..*facts }))
}

/// What the statuses mean, without a thought for what was earlier.
fn evaluate_at(facts: &Facts) -> Evaluation {
    let reporters: Vec<_> = facts.expected.iter().map(|expected| reporter(facts, expected)).collect();
    let verdict = verdict(facts, &reporters);
    let contexts = reporters.iter().flat_map(|reporter| &reporter.contexts);
    let first_report_at = contexts.map(|context| context.first_at).min();
    Evaluation { verdict, reporters, first_report_at }
}

fn verdict(facts: &Facts, reporters: &[ReporterState]) -> Verdict {
    if reporters.iter().all(ReporterState::is_done) {
        return Verdict::Done;
    }
    let said = || reporters.iter().flat_map(|reporter| &reporter.contexts);
    let named = |wanted: fn(Progress) -> bool| {
        let mut names: Vec<_> =
            said().filter(|said| wanted(said.progress)).map(ContextState::describe).collect();
        names.dedup();
        names.join(", ")
    };
    let failed = named(|progress| progress == Progress::Failed);
    if !failed.is_empty() {
        return Verdict::Failed(failed);
    }

    let finish = finish(facts, reporters);
    let missing = || facts.expected.iter().zip(reporters).filter(|(_, reporter)| reporter.is_missing());
    let appear = |expected: &Reporter| after(facts.merged_at, appear_time(expected, facts.options));
    let late = missing().map(|(expected, _)| expected).filter(|expected| facts.now >= appear(expected));
    // Of two deadlines that have passed, the first is the reason.
    if let Some(late) = late.min_by_key(|late| appear(late)).filter(|late| appear(late) <= finish) {
        let message = format!(
            "not every reporter appeared within {} of the merge: {}",
            length(appear_time(late, facts.options)),
            overview(facts, reporters)
        );
        return Verdict::TimedOut(Deadline::Appear, message);
    }
    if facts.now >= finish && !reporters.iter().all(ReporterState::is_settling) {
        let failing = named(|progress| progress == Progress::Failing);
        let time = length(*facts.options.finish);
        return match failing.as_str() {
            "" => Verdict::TimedOut(
                Deadline::Finish,
                format!(
                    "the rollout did not finish within {time} of the merge: {}",
                    overview(facts, reporters)
                ),
            ),
            failing => Verdict::Failed(format!("{failing}, {time} after the merge")),
        };
    }
    let deadlines = missing().map(|(expected, _)| appear(expected)).chain([finish]);
    let changes = said().filter_map(|context| context.changes_at).chain(deadlines);
    let until = changes.filter(|at| *at > facts.now).min().unwrap_or(facts.now);
    Verdict::Pending { why: why(facts, reporters), until }
}

/// When the time is up. What was not done by then, and is reported on afterwards, began anew.
fn finish(facts: &Facts, reporters: &[ReporterState]) -> Timestamp {
    let finish = after(facts.merged_at, *facts.options.finish);
    let late = |status: &&CommitStatus| status.created_at > finish;
    let of_open = |status: &&CommitStatus| {
        let contexts = reporters.iter().flat_map(|reporter| &reporter.contexts);
        contexts.filter(|context| context.is_open()).any(|context| context.context == status.context)
    };
    let anew = facts.statuses.iter().filter(late).find(of_open);
    anew.map_or(finish, |status| after(status.created_at, *facts.options.finish))
}

/// How long a reporter may stay unseen: two turns at least, where it is known how long they are.
pub fn appear_time(reporter: &Reporter, options: &RolloutOptions) -> Duration {
    options.appear.max(reporter.repeat.unwrap_or_default() * 2)
}

/// The latest state of the contexts that `read` understands, sorted by context. A status from before the
/// merge was written about another deployment of the same commit.
fn read_contexts(
    facts: &Facts,
    read: impl Fn(&CommitStatus) -> Option<(Meaning, Option<String>)>,
) -> Vec<ContextState> {
    let mut by_context: BTreeMap<&str, Vec<Said>> = BTreeMap::new();
    for status in facts.statuses {
        let is_ours = facts.reports_since.is_none_or(|since| status.created_at >= since);
        if let Some((meaning, cluster)) = read(status).filter(|_| is_ours) {
            by_context.entry(&status.context).or_default().push(Said { status, meaning, cluster });
        }
    }
    let states = by_context.values().filter_map(|said| ContextState::of(said, facts.now, facts.options));
    states.collect()
}

fn reporter(facts: &Facts, expected: &Reporter) -> ReporterState {
    let contexts = read_contexts(facts, |status| {
        let report = expected.read(status)?;
        Some((report.meaning, expected.target.clone().or(report.who.cluster)))
    });
    ReporterState {
        status: expected.contexts.shown().to_owned(),
        target: expected.target.clone(),
        count: expected.count,
        contexts,
    }
}

/// What is being waited for, as few words as will do.
fn why(facts: &Facts, reporters: &[ReporterState]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for reporter in reporters.iter().filter(|reporter| !reporter.is_done()) {
        parts.extend(reporter.missing());
        let open = reporter.contexts.iter().filter(|context| context.progress != Progress::Succeeded);
        parts.extend(open.map(ContextState::describe));
    }
    parts.dedup();
    let hint = lingering(facts, reporters).map(|hint| format!("; {hint}"));
    parts.join(", ") + hint.as_deref().unwrap_or_default()
}

/// What it may mean that a reporter has been undecided for minutes.
fn lingering<'a>(facts: &Facts<'a>, reporters: &[ReporterState]) -> Option<&'a str> {
    let lingers = |context: &ContextState| context.is_open() && after(context.since, LINGERS) <= facts.now;
    let mut both = facts.expected.iter().zip(reporters);
    both.find_map(|(expected, seen)| expected.lingering().filter(|_| seen.contexts.iter().any(lingers)))
}

/// What was expected and what was seen, and who among the others may have been meant.
fn overview(facts: &Facts, reporters: &[ReporterState]) -> String {
    let contexts = seen(facts, reporters);
    let expected: Vec<_> = reporters
        .iter()
        .map(|reporter| {
            format!("{} (seen {} of {})", reporter.name(), reporter.contexts.len(), reporter.count)
        })
        .collect();
    let seen: Vec<_> = contexts.iter().map(ContextState::describe).collect();
    let seen = if seen.is_empty() { "nothing".to_owned() } else { seen.join(", ") };
    let mut text = format!("expected {}; seen {seen}", expected.join(", "));
    let near: Vec<_> =
        contexts.iter().filter_map(|context| near_miss(facts, reporters, &context.context)).collect();
    if !near.is_empty() {
        text.push_str("; ");
        text.push_str(&near.join(", "));
    }
    text
}

/// What was seen of everybody but us: as their reporters mean it, else as it is written.
fn seen(facts: &Facts, reporters: &[ReporterState]) -> Vec<ContextState> {
    let others =
        |context: &str| !is_own(context) && !facts.expected.iter().any(|it| it.contexts.matches(context));
    let read = |status: &CommitStatus| others(&status.context).then(|| (by_state(status), None));
    let mut seen = read_contexts(facts, read);
    seen.extend(reporters.iter().flat_map(|reporter| reporter.contexts.iter().cloned()));
    seen.sort_by(|one, other| one.context.cmp(&other.context));
    seen.dedup_by(|one, other| one.context == other.context);
    seen
}

fn near_miss(facts: &Facts, reporters: &[ReporterState], context: &str) -> Option<String> {
    if facts.expected.iter().any(|expected| expected.contexts.matches(context)) {
        return None;
    }
    let missing = facts.expected.iter().zip(reporters).filter(|(_, reporter)| reporter.is_missing());
    let (expected, _) = missing.into_iter().find(|(expected, _)| expected.contexts.nearly_match(context))?;
    Some(format!("{context} nearly matches {}", expected.contexts.shown()))
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
