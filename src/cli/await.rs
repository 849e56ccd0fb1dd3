//! `towline await`: waits until a proposal is merged and rolled out.

use anyhow::Result;

use super::context::Context;
use super::which::Which;
use crate::error::Diagnostic;
use crate::promote::{self, Tended};
use crate::report::progress::one_line;
use crate::report::{Answer, events, records};
use crate::rollout::{Observation, Polling, Request};

/// Wait until a proposal is merged and its reporters have said how the rollout went
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Look once; exit with 75 when there is nothing final to say yet
    #[arg(long)]
    once: bool,
}

impl Args {
    /// JSON: `environment`, `rollout` (see [`records::observation`]).
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let (environment, gitops) = self.which.find(context, &pipeline)?;
        let request = Request {
            application: &pipeline.application,
            environment,
            repository: &gitops.repository,
            forge: &*gitops.forge,
            clock: &*context.clock,
            pull: self.which.pull,
            proposed: None,
        };
        let events = |event: Tended| events::tended(&context.printer, &environment.name, &event);
        let polling = Polling::of(environment.gitops.forge);
        let seen = promote::tend(&request, polling, self.once, &events)?;
        context.printer.progress.fold(&environment.name);
        Ok(answer(&environment.name, &seen))
    }
}

fn answer(environment: &str, seen: &Observation) -> Answer {
    let said = match seen.state.reason() {
        "" => format!("rolled out, {}", seen.times.summary()).trim_end_matches([',', ' ']).to_owned(),
        reason => one_line(reason),
    };
    Answer::new(seen.state.outcome())
        .says(Diagnostic::new(format!("{environment}: {said}")))
        .field("environment", environment)
        .field("rollout", records::observation(seen))
}
