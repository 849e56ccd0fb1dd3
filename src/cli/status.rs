//! `towline status`: shows what is deployed, proposed and verified in each environment.

use anyhow::Result;

use super::access;
use super::all::AllArgs;
use super::context::Context;
use super::orphans;
use crate::gitops::Opened;
use crate::promote::status;
use crate::report::output::{HistoryOutput, Output, OverviewOutput, StatusOutput};
use crate::report::page::Page;
use crate::report::{Answer, status_text};
use crate::vocabulary::text::code_block;
use crate::vocabulary::{Diagnostic, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline status
  towline status --history prod
  towline status --check-access
  towline status --all 'apps/*'";

/// Show what is deployed, proposed and verified in each environment
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Show the deployments of one environment, newest first
    #[arg(long, value_name = "ENV")]
    history: Option<String>,
    /// Check what the token and git may do in the GitOps repositories, without changing anything.
    /// Exit with 1 if the pipeline needs more
    #[arg(long, conflicts_with = "history")]
    check_access: bool,
    #[command(flatten)]
    all: AllArgs,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let opened = Opened::default();
        self.all.run_in_turn(context, |context| self.show(context, &opened))
    }

    fn show(&self, context: &Context, opened: &Opened) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let destinations = context.destinations_sharing(&pipeline, opened);
        if self.check_access {
            return access::check(&destinations);
        }
        let application = pipeline.application.clone();
        let now = context.clock.now();
        let Some(environment) = &self.history else {
            let found = status::status(&destinations)?;
            let unreadable = found.iter().find_map(|(_, status)| status.as_ref().err());
            let orphans = match unreadable {
                None => orphans::find(context, &destinations)?,
                // They may stand where nothing can be read.
                Some(_) => orphans::find(context, &destinations).unwrap_or_default(),
            };
            let lines = orphans.iter().map(|orphan| orphans::describe(orphan) + "\n");
            let lines = lines.collect::<String>();
            let table = status_text::overview(&found, &Page::plain(now)) + &lines;
            let shown = status_text::overview(&found, &context.printer.page(now)) + &lines;
            if !orphans.is_empty() {
                context.printer.note(&Diagnostic::new("some deployments are orphans").hint(orphans::HINT));
            }
            let orphans = orphans.iter().map(Into::into).collect();
            let environments = found.iter().map(Into::into).collect();
            let output = StatusOutput::Overview(OverviewOutput { application, environments, orphans });
            let answer = unreadable.map_or(Answer::new(Outcome::Done), Answer::failed);
            let shown = match &context.folder {
                Some(folder) => format!("{}:\n{shown}", folder.display()),
                None => shown,
            };
            return Ok(answer.output(Output::Status(output)).summary(code_block("text", &table)).text(shown));
        };
        let found = status::history(&destinations, environment)?;
        let output = StatusOutput::History(HistoryOutput {
            application,
            environment: environment.clone(),
            history: found.iter().map(Into::into).collect(),
        });
        Ok(Answer::new(Outcome::Done).output(Output::Status(output)).text(status_text::history(
            environment,
            &found,
            &context.printer.page(now),
        )))
    }
}
