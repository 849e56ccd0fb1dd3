//! The events of the steps, as progress.

use jiff::Timestamp;

use super::Printer;
use super::board::{Facts, Row, State};
use crate::promote::checks::CheckResult;
use crate::promote::{EnvironmentResult, Event as PromoteEvent, ProposalEvent, What};
use crate::rollout::{ContextState, Event, News, Observation, Progress, ReporterState, State as Seen};
use crate::vocabulary::text::counted;
use crate::vocabulary::{Diagnostic, Outcome};

/// One line for the environment, one for each context, one for each check.
pub fn promotion(printer: &Printer, event: &PromoteEvent) {
    let PromoteEvent { environment, what } = event;
    match what {
        What::Proposed { message, .. } => printer.show(environment, State::Working, message),
        What::RingEnded { reason } => printer.show(environment, State::Working, reason),
        What::KeptOut { why } => printer.show(environment, State::Working, why),
        What::Merged { commit } => {
            printer.show(environment, State::Working, &format!("merged as {commit}"));
        }
        What::Checking { check } => {
            printer.row(environment, check_row(check, State::Working, "running", ""));
            printer.show_headline(environment, &format!("running check {check}"));
        }
        What::Checked(check) => printer.row(environment, checked(check)),
        What::Warned(warning) => printer.warning(warning),
        What::Ended(result) => ended(printer, environment, result.outcome, &result.reason),
        What::Rollout(event) => rollout(printer, environment, event),
        What::Rollback { what, .. } => {
            promotion(printer, &PromoteEvent { environment: environment.clone(), what: (**what).clone() });
        }
    }
}

fn checked(check: &CheckResult) -> Row {
    match check.passed {
        true => check_row(&check.name, State::Good, "passed", ""),
        false => check_row(&check.name, State::Bad, "failed", &check.reason),
    }
}

fn check_row(name: &str, state: State, word: &'static str, text: &str) -> Row {
    Row {
        name: name.to_owned(),
        label: name.to_owned(),
        state,
        word,
        phrase: word,
        since: None,
        text: text.to_owned(),
        url: None,
    }
}

fn ended(printer: &Printer, environment: &str, outcome: Outcome, reason: &str) {
    match outcome {
        // Why it failed is told once, when the command ends.
        outcome if outcome.is_failure() => printer.show(environment, State::Bad, word(outcome)),
        Outcome::Unfinished => printer.show(environment, State::Working, reason),
        _ => {
            printer.show(environment, State::Good, reason);
            printer.progress.end(environment);
        }
    }
}

/// Who reported a failure, also where nothing was waited for.
pub fn failure(printer: &Printer, result: &EnvironmentResult, now: Timestamp) {
    if !result.outcome.is_failure() {
        return;
    }
    printer.progress.tell(&result.environment, now, |facts| {
        facts.pull = result.pull.as_ref().map(|pull| pull.url.clone());
    });
    show_reporters(printer, &result.environment, &result.reporters);
}

/// The outcome in a word or two.
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Unchanged => "unchanged",
        Outcome::Refused => "refused",
        Outcome::Closed => "closed",
        Outcome::TimedOut => "timed out",
        Outcome::Superseded => "superseded",
        Outcome::Unfinished => "unfinished",
        Outcome::Interrupted => "interrupted",
        Outcome::Failed | Outcome::Error | Outcome::Usage => "failed",
    }
}

/// The same for a proposal that is awaited.
pub fn proposal(printer: &Printer, environment: &str, event: &ProposalEvent) {
    match event {
        ProposalEvent::Reproposed(proposal) => printer.show(environment, State::Working, &proposal.message),
        ProposalEvent::Conflict => {
            let note = Diagnostic::new(format!("{environment}: merge conflict: resolve it by hand"));
            printer.note(&note.hint(
                "if nobody else has committed to the pull request's branch, run `towline promote` or `towline propose` to render the release onto the new base",
            ));
        }
        ProposalEvent::Rollout(event) => rollout(printer, environment, event),
    }
}

/// One line for the environment, and one for each context that reports about it.
pub fn rollout(printer: &Printer, environment: &str, event: &Event) {
    match event {
        Event::Merged { commit } => printer.show(environment, State::Working, &format!("merged as {commit}")),
        Event::Waiting { why, reporters, at, news, seen } => {
            let headline = seen.as_ref().and_then(|_| headline(reporters));
            printer.show_briefly(environment, State::Working, why, headline.as_deref().unwrap_or(why));
            if *news == News::NoneForLong {
                printer.progress.still(environment);
            }
            printer.progress.tell(environment, *at, |facts| {
                seen.iter().for_each(|seen| tell(facts, seen));
            });
            show_reporters(printer, environment, reporters);
        }
        Event::Ended { seen, at } => {
            printer.progress.tell(environment, *at, |facts| tell(facts, seen));
            show_reporters(printer, environment, &seen.reporters);
        }
    }
}

fn tell(facts: &mut Facts, seen: &Observation) {
    let next = match &seen.state {
        Seen::LookAgain { next, .. } => Some(next.changes_at),
        _ => None,
    };
    *facts = Facts {
        pull: seen.pull.as_ref().map(|pull| pull.url.clone()),
        commit: seen.merged.map(|commit| commit.to_string()),
        since: seen.times.merged_at.or(seen.times.proposed_at),
        deadline: next.filter(|at| *at < Timestamp::MAX),
    };
}

/// Who is waited for, where the rows say the rest; `None` when nobody is to report yet.
fn headline(reporters: &[ReporterState]) -> Option<String> {
    let missing: Vec<_> = reporters.iter().filter_map(ReporterState::missing).collect();
    let seen = reporters.iter().map(|reporter| reporter.contexts.len()).sum();
    match (missing.is_empty(), seen) {
        (false, _) => Some(missing.join(", ")),
        (true, 0) => None,
        (true, seen) => Some(counted(seen, "reporter")),
    }
}

fn show_reporters(printer: &Printer, environment: &str, reporters: &[ReporterState]) {
    let contexts: Vec<&ContextState> = reporters.iter().flat_map(|reporter| &reporter.contexts).collect();
    for context in &contexts {
        let label = short_name(context, &contexts);
        printer.row(environment, Row { label, ..reporter_row(context) });
    }
}

/// The name that the pipeline file gives the cluster, where no other reporter is about it.
fn short_name(context: &ContextState, all: &[&ContextState]) -> String {
    let of_cluster = all.iter().filter(|other| other.cluster == context.cluster).count();
    let is_named = context.name() != context.context;
    match &context.cluster {
        Some(cluster) if is_named && of_cluster == 1 => cluster.clone(),
        _ => context.name(),
    }
}

/// What a reporter says, since when, and where to read more.
pub fn reporter_row(context: &ContextState) -> Row {
    let (state, word, phrase) = match context.progress {
        Progress::Pending => (State::Working, "in progress", "in progress"),
        Progress::Paused => (State::Working, "paused", "paused"),
        Progress::Unknown => (State::Doubtful, "unknown", "cannot be judged"),
        Progress::Settling => (State::Working, "settling", "succeeded, settling"),
        Progress::Succeeded => (State::Good, "succeeded", "succeeded"),
        Progress::Failing => (State::Doubtful, "failing", "failing, may recover"),
        Progress::Failed => (State::Bad, "failed", "failed"),
    };
    Row {
        name: context.name(),
        label: context.name(),
        state,
        word,
        phrase,
        since: Some(context.since),
        text: context.description.clone(),
        url: context.target_url.clone(),
    }
}
