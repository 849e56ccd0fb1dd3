//! The events of the steps, as lines of progress.

use super::Printer;
use super::progress::State;
use crate::rollout::{ContextState, Event, Progress};

/// One line for the environment, and one for each context that reports about it.
pub fn rollout(printer: &Printer, environment: &str, event: &Event) {
    match event {
        Event::Merged { commit } => printer.show(environment, State::Working, &format!("merged as {commit}")),
        Event::Waiting { why, reporters } => {
            printer.show(environment, State::Working, why);
            for context in reporters.iter().flat_map(|reporter| &reporter.contexts) {
                show_context(printer, environment, context);
            }
        }
    }
}

fn show_context(printer: &Printer, environment: &str, context: &ContextState) {
    let (state, progress) = match context.progress {
        Progress::Pending => (State::Working, "in progress"),
        Progress::Settling => (State::Working, "succeeded, must hold"),
        Progress::Succeeded => (State::Good, "succeeded"),
        Progress::Failing => (State::Working, "failing, may recover"),
        Progress::Failed => (State::Bad, "failed"),
    };
    let text = match context.description.as_str() {
        "" => progress.to_owned(),
        description => format!("{progress} ({description})"),
    };
    printer.show(&format!("{environment} {}", context.context), state, &text);
}
