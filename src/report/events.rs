//! The events of the steps, as lines of progress.

use jiff::{SignedDuration, Timestamp};

use super::Printer;
use super::progress::State;
use crate::promote::{Event as PromoteEvent, ProposalEvent, What};
use crate::rollout::{ContextState, Event, News, Progress, ReporterState};
use crate::vocabulary::{Diagnostic, Outcome};

/// One line for the environment, one for each context, one for each check.
pub fn promotion(printer: &Printer, event: &PromoteEvent) {
    let PromoteEvent { environment, what } = event;
    let show = |state, text: &str| printer.show(environment, state, text);
    match what {
        What::Proposed { message, .. } => show(State::Working, message),
        What::Merged { commit } => show(State::Working, &format!("merged as {commit}")),
        What::Checking { check } => {
            printer.show(&format!("{environment} {check}"), State::Working, "running")
        }
        What::Checked(check) => {
            let (state, text) = match check.passed {
                true => (State::Good, "passed"),
                false => (State::Bad, check.reason.as_str()),
            };
            printer.show(&format!("{environment} {}", check.name), state, text);
        }
        What::Ended { outcome, reason } => {
            printer.progress.fold(environment);
            match outcome {
                // Why it failed is told once, when the command ends.
                outcome if outcome.is_failure() => show(State::Bad, word(*outcome)),
                Outcome::Unfinished => show(State::Working, reason),
                _ => show(State::Good, reason),
            }
        }
        What::Rollout(event) => rollout(printer, environment, event),
    }
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
        Event::Waiting { why, reporters, at, news } => {
            printer.show(environment, State::Working, why);
            if *news == News::NoneForLong {
                printer.progress.still(environment);
            }
            show_reporters(printer, environment, reporters, *at);
        }
        Event::Ended { reporters, at } => show_reporters(printer, environment, reporters, *at),
    }
}

fn show_reporters(printer: &Printer, environment: &str, reporters: &[ReporterState], now: Timestamp) {
    for context in reporters.iter().flat_map(|reporter| &reporter.contexts) {
        show_context(printer, environment, context, now);
    }
}

/// What it says, where to read more, and, where lines are drawn again, for how long it has said it.
fn show_context(printer: &Printer, environment: &str, context: &ContextState, now: Timestamp) {
    let (state, progress) = match context.progress {
        Progress::Pending => (State::Working, "in progress"),
        Progress::Settling => (State::Working, "succeeded, settling"),
        Progress::Succeeded => (State::Good, "succeeded"),
        Progress::Failing => (State::Working, "failing, may recover"),
        Progress::Failed => (State::Bad, "failed"),
    };
    let mut text = match context.description.as_str() {
        "" => progress.to_owned(),
        description => format!("{progress} ({description})"),
    };
    if let Some(url) = &context.target_url {
        text += &format!(" {url}");
    }
    let seconds = (now.as_second() - context.since.as_second()).max(0);
    let age = format!("{:#}", SignedDuration::from_secs(seconds));
    printer.show_aged(&format!("{environment} {}", context.context), state, &text, &age);
}
