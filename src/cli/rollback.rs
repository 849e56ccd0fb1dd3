//! `towline rollback ENV`: brings the last verified release of an environment back.

use anyhow::Result;

use super::context::{Context, nothing_seen};
use super::promote;
use crate::promote::rollback::{self, Plan, RollbackRequest, Wanted};
use crate::promote::{Event, What};
use crate::propose::ProposeOptions;
use crate::report::output::{Output, RollbackOutput};
use crate::report::{Answer, events};
use crate::source_status::SourceStatus;
use crate::vocabulary::Outcome;
use crate::vocabulary::text::one_line;

const EXAMPLES: &str = "\
Examples:
  towline rollback prod
  towline rollback prod --reason slow --once
  towline rollback prod --to 1.3.0
  towline rollback prod --plan";

/// Bring the last verified release back, with its files as git has them
///
/// Opens a pull request with the files of that release, merges it as the environment says, waits for
/// the rollout and runs the checks. The release that is taken out is on hold from then on. If it is
/// interrupted, run the same command again to continue.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Environment to roll back
    #[arg(value_name = "ENV")]
    environment: String,
    /// Version to go back to. It must have been verified in this environment [default: the last one that was]
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Why, for the pull request and the hold [default: the failure that is recorded]
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<String>,
    /// Print what would be done, without doing it
    #[arg(long)]
    plan: bool,
    /// Do what can be done now, without waiting. Exit with 75 if there is more to do
    #[arg(long)]
    once: bool,
    /// Overwrite commits that people added to the proposal branch
    #[arg(long)]
    force: bool,
    /// Overwrite files that people changed by hand in the GitOps repository
    #[arg(long)]
    overwrite_drift: bool,
    /// Roll back what another source repository deployed under this name
    #[arg(long)]
    take_over: bool,
    /// Roll back although people closed the pull request of this rollback or reverted it, and wait
    /// again from now on if it failed or timed out
    #[arg(long)]
    again: bool,
}

fn reason(text: &str) -> Result<String, String> {
    match one_line(text).trim() {
        "" => Err("it is empty".to_owned()),
        text => Ok(text.to_owned()),
    }
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let destinations = context.destinations(&pipeline);
        let request = RollbackRequest {
            destinations: &destinations,
            environment: &self.environment,
            wanted: Wanted { to: self.to.as_deref(), reason: self.reason.as_deref(), failed: None },
            once: self.once,
            options: ProposeOptions {
                source_repository: Some(&pipeline.root),
                force: self.force,
                overwrite_drift: self.overwrite_drift,
                take_over: self.take_over,
                again: self.again,
                ..ProposeOptions::default()
            },
            polling: None,
        };
        let plan = rollback::plan(&request).map_err(|error| nothing_seen(error, self.once))?;
        let output = RollbackOutput::new(&pipeline.application, &self.environment, &plan);
        if self.plan {
            let text = format!("{}\n", describe(&self.environment, &plan));
            return Ok(Answer::new(Outcome::Done).output(Output::Rollback(output.into())).text(text));
        }
        context.printer.detail(describe(&self.environment, &plan));
        let source = SourceStatus::new(&destinations);
        let tracker = context.tracker(&pipeline).of_rollback();
        let tell = |event: Event| {
            events::promotion(&context.printer, &event);
            source.promotion(&plan.to, &event);
            tracker.promotion(&plan.to, &event);
        };
        let promotion = rollback::rollback(&request, &plan, &tell);
        let promotion = promotion.map_err(|error| nothing_seen(error, self.once))?;
        for result in &promotion.environments {
            let what = What::Ended(Box::new(result.clone()));
            tell(Event { environment: self.environment.clone(), what });
            events::failure(&context.printer, result, context.clock.now());
        }
        let result = promotion.environments.first().map(Into::into);
        let output = Output::Rollback(RollbackOutput { result, ..output }.into());
        Ok(promote::answer(&promotion).output(output))
    }
}

/// From what to what, and why that may be gone back to.
fn describe(environment: &str, plan: &Plan) -> String {
    let Plan { from, to, restored, verdict, .. } = plan;
    let because = from.because();
    match verdict {
        Some(verdict) => one_line(&format!(
            "{environment}: back from {} to {} as of {restored} ({verdict}){because}",
            from.describe(),
            to.version
        )),
        None => one_line(&format!(
            "{environment}: {} is rolled back to {} already{because}",
            from.describe(),
            to.version
        )),
    }
}
