//! `towline status`: shows what is deployed, proposed and verified in each environment.

use anyhow::Result;

use super::access;
use super::all::AllArgs;
use super::context::Context;
use super::orphans;
use super::watch::{Look, watch};
use crate::gitops::{Destinations, Opened};
use crate::promote::status::figures::figures;
use crate::promote::status::{self, EnvironmentStatus, Judgement, detail};
use crate::report::output::{DetailOutput, HistoryOutput, Output, OverviewOutput, StatusOutput};
use crate::report::page::Page;
use crate::report::{Answer, Format, delivery_text, status_detail, status_news, status_text};
use crate::vocabulary::text::{code_block, one_line};
use crate::vocabulary::{Diagnostic, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline status
  towline status prod
  towline status prod --watch
  towline status --exit-code
  towline status --history prod
  towline status --check-access
  towline status --all 'apps/*'";

/// Show what is deployed, proposed and verified in each environment, or everything about one
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Environment to show in full: who deployed it, reporters, gates, and what to do next
    #[arg(value_name = "ENV", conflicts_with_all = ["history", "check_access"])]
    environment: Option<String>,
    /// Show the deployments of one environment, newest first
    #[arg(long, value_name = "ENV")]
    history: Option<String>,
    /// Check what the token and git may do in the GitOps repositories, without changing anything.
    /// Exit with 1 if the pipeline needs more
    #[arg(long, conflicts_with = "history")]
    check_access: bool,
    /// Exit with 0 only if everything is verified: with 5 or 6 if a release failed or timed out, with 3 if
    /// people have to decide, with 75 if something is under way or nothing is deployed
    #[arg(long, conflicts_with_all = ["history", "check_access"])]
    exit_code: bool,
    /// Look again until interrupted. Redraw on a terminal, else print what changed
    #[arg(long, conflicts_with_all = ["history", "check_access", "exit_code", "all"])]
    watch: bool,
    #[command(flatten)]
    all: AllArgs,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        if self.watch && context.global.output == Format::Json {
            let message = "`--watch` does not end, and `--output json` prints one object at the end";
            return Err(Diagnostic::usage(message)
                .hint("run `towline status --output json` again and again, or leave out `--output json`")
                .into());
        }
        let opened = Opened::default();
        self.all.run_in_turn(context, |context| self.show(context, &opened))
    }

    fn show(&self, context: &Context, opened: &Opened) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let destinations = context.destinations_sharing(&pipeline, opened);
        if self.watch {
            watch(context, &pipeline, |page| self.look(&destinations, page))?;
        }
        match (&self.environment, &self.history) {
            _ if self.check_access => access::check(&destinations),
            (Some(environment), _) => self.detail(context, &destinations, environment),
            (None, Some(environment)) => history(context, &destinations, environment),
            (None, None) => self.overview(context, &destinations),
        }
    }

    /// One look of many.
    fn look(&self, destinations: &Destinations, page: &Page) -> Result<Look> {
        if let Some(environment) = &self.environment {
            let found = detail::detail(destinations, environment)?;
            let text = status_detail::detail(&found, page);
            return Ok(Look { text, facts: status_news::of_detail(&found) });
        }
        let found = status::status(destinations)?;
        let facts = found.iter().flat_map(|(name, status)| status_news::of_status(name, status));
        Ok(Look { text: status_text::overview(&found, page), facts: facts.collect() })
    }

    fn overview(&self, context: &Context, destinations: &Destinations) -> Result<Answer> {
        let now = context.clock.now();
        let found = status::status(destinations)?;
        let unreadable = found.iter().find_map(|(_, status)| status.as_ref().err());
        let orphans = match unreadable {
            None => orphans::find(context, destinations)?,
            // They may stand where nothing can be read.
            Some(_) => orphans::find(context, destinations).unwrap_or_default(),
        };
        let lines = orphans.iter().map(|orphan| orphans::describe(orphan) + "\n");
        let lines = lines.collect::<String>();
        let table = status_text::overview(&found, &Page::plain(now)) + &lines;
        let shown = status_text::overview(&found, &context.printer.page(now)) + &lines;
        if !orphans.is_empty() {
            context.printer.note(&Diagnostic::new("some deployments are orphans").hint(orphans::HINT));
        }
        let application = destinations.pipeline.application.clone();
        let orphans = orphans.iter().map(Into::into).collect();
        let environments = found.iter().map(Into::into).collect();
        let output = StatusOutput::Overview(OverviewOutput { application, environments, orphans });
        let readable = found.iter().filter_map(|(_, status)| status.as_ref().ok());
        let answer = unreadable.map_or_else(|| self.judge(readable), Answer::failed);
        let shown = match &context.folder {
            Some(folder) => format!("{}:\n{shown}", folder.display()),
            None => shown,
        };
        Ok(answer.output(Output::Status(output)).summary(code_block("text", &table)).text(shown))
    }

    fn detail(&self, context: &Context, destinations: &Destinations, environment: &str) -> Result<Answer> {
        let now = context.clock.now();
        let found = detail::detail(destinations, environment)?;
        let output = DetailOutput::new(&destinations.pipeline.application, &found);
        let summary = code_block("text", &status_detail::detail(&found, &Page::plain(now)));
        Ok(self
            .judge([&found.status])
            .output(Output::Status(StatusOutput::Detail(Box::new(output))))
            .summary(summary)
            .text(status_detail::detail(&found, &context.printer.page(now))))
    }

    /// How it ends: as asked for, by the environment that is worst.
    fn judge<'s>(&self, environments: impl IntoIterator<Item = &'s EnvironmentStatus>) -> Answer {
        if !self.exit_code {
            return Answer::new(Outcome::Done);
        }
        let judged = environments.into_iter().map(|status| (&status.environment, Judgement::of(status)));
        let judged: Vec<_> = judged.collect();
        let outcome = Outcome::worst(judged.iter().map(|(_, judgement)| judgement.outcome));
        let worst = judged.iter().find(|(_, judgement)| judgement.outcome == outcome);
        let why = worst.map(|(name, judgement)| one_line(&format!("{name}: {}", judgement.why)));
        Answer::new(outcome).because(Diagnostic::new(why.unwrap_or_default()))
    }
}

fn history(context: &Context, destinations: &Destinations, environment: &str) -> Result<Answer> {
    let now = context.clock.now();
    let found = status::history(destinations, environment)?;
    let figures = figures(&found, now);
    let output = StatusOutput::History(HistoryOutput {
        application: destinations.pipeline.application.clone(),
        environment: environment.to_owned(),
        history: found.iter().map(Into::into).collect(),
        figures: figures.as_ref().map(Into::into),
    });
    let page = context.printer.page(now);
    let figures = figures.map(|it| format!("\n{}", delivery_text::figures(&it, &page)));
    let text = status_text::history(environment, &found, &page) + &figures.unwrap_or_default();
    Ok(Answer::new(Outcome::Done).output(Output::Status(output)).text(text))
}
