//! `towline await`: waits until a proposal is merged and rolled out.

use anyhow::Result;
use clap::builder::NonEmptyStringValueParser;

use super::context::{Context, nothing_seen};
use super::which::Which;
use crate::promote::{self, ProposalEvent};
use crate::report::output::{AwaitOutput, Output};
use crate::report::{Answer, events};
use crate::rollout::{self, Awaited, Named, Observation, Polling};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::one_line;

const EXAMPLES: &str = "\
Examples:
  towline await dev
  towline await prod --release 1.4.0
  towline await prod --once --output json";

/// Wait until a proposal is merged and its reporters have reported the rollout
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Wait for this release only; exit with 7 if another has replaced it [default: what is proposed]
    #[arg(long, value_name = "VERSION", value_parser = NonEmptyStringValueParser::new())]
    release: Option<String>,
    /// Check once, without waiting. Exit with 75 if there is no final result yet
    #[arg(long)]
    once: bool,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let destination = self.which.destination(context, &pipeline)?;
        let (environment, pull) = (destination.environment, self.which.pull);
        let named = self.release.as_ref().map(|version| rollout::named(&destination, pull, version));
        let named = named.transpose()?;
        let awaited = match &named {
            None => Awaited { pull, ..Awaited::default() },
            Some(Named::Here { pull, content }) => {
                Awaited { pull: *pull, content: Some(content), since: None }
            }
            Some(Named::Replaced(seen)) => return Ok(self.answer(&environment.name, seen)),
        };
        let tracker = context.tracker(&pipeline);
        let events = |event: ProposalEvent| {
            events::proposal(&context.printer, &environment.name, &event);
            tracker.awaited(&destination, &event);
        };
        let polling = Polling::of(environment.gitops.forge);
        let seen = promote::keep_mergeable(&destination, awaited, polling, self.once, &events)
            .map_err(|error| nothing_seen(error, self.once))?;
        let seen = rollout::told_after(&destination, seen, self.release.is_some())?;
        promote::refuse_changed(&destination, &seen)?;
        tracker.await_ended(&destination, &seen);
        Ok(self.answer(&environment.name, &seen))
    }

    fn answer(&self, environment: &str, seen: &Observation) -> Answer {
        let release = self.release.as_ref().map(|version| one_line(version) + " ").unwrap_or_default();
        let said = match seen.state.reason() {
            "" => format!("{release}rolled out, {}", seen.times.summary()),
            reason => one_line(reason),
        };
        Answer::new(seen.state.outcome())
            .says(Diagnostic::new(format!("{environment}: {}", said.trim_end_matches([',', ' ']))))
            .output(Output::Await(AwaitOutput::new(environment, seen)))
    }
}
