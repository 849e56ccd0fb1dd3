//! `towline status --watch`: looks again until somebody interrupts it. A terminal shows each look in the place of
//! the one before; elsewhere only what changed is printed.

use anyhow::Result;
use jiff::Timestamp;

use super::context::Context;
use crate::config::Pipeline;
use crate::report::page::Page;
use crate::report::status_news::{Fact, news};
use crate::report::table::to_second;
use crate::rollout::Polling;
use crate::vocabulary::Diagnostic;

/// What a look found.
pub struct Look {
    /// For a terminal, as large as it is.
    pub text: String,
    pub facts: Vec<Fact>,
}

/// Looks until the process ends. Only the first look may fail.
pub fn watch(context: &Context, pipeline: &Pipeline, look: impl Fn(&Page) -> Result<Look>) -> Result<()> {
    let process = context.process;
    let is_dumb = matches!(process.variable("TERM"), None | Some("dumb"));
    let is_ci = process.variable("CI").is_some_and(|value| !value.is_empty());
    let is_drawn = process.stdout_is_terminal && !is_dumb && !is_ci && !context.global.no_progress;
    let forges = pipeline.environments.iter().map(|environment| environment.gitops.forge);
    let pause = forges.map(|forge| Polling::of(forge).longest).max().unwrap_or_default();
    let mut seen: Option<Vec<Fact>> = None;
    let mut lost = None;
    loop {
        let now = context.clock.now();
        match look(&context.printer.page(now)) {
            Ok(look) => {
                match is_drawn {
                    true => context.printer.redraw(&format!("{}\n{}", heading(now), look.text))?,
                    false => context.printer.lines(&at(now, news(&seen.unwrap_or_default(), &look.facts)))?,
                }
                seen = Some(look.facts);
                lost = None;
            }
            Err(error) if seen.is_none() => return Err(error),
            // The next look may find it again.
            Err(error) => {
                let why = Diagnostic::line(&error);
                if lost.as_ref() != Some(&why) {
                    context.printer.note(&Diagnostic::new(format!("cannot look: {why}; still trying")));
                }
                lost = Some(why);
            }
        }
        context.clock.sleep(pause);
    }
}

fn heading(now: Timestamp) -> String {
    format!("{} (Ctrl-C ends this)", to_second(now))
}

fn at(now: Timestamp, lines: Vec<String>) -> String {
    lines.iter().map(|line| format!("{} {line}\n", to_second(now))).collect()
}
