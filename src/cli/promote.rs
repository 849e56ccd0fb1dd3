//! `towline promote`: carries a release through its environments.

use anyhow::Result;

use super::context::{Context, nothing_seen};
use super::orphans;
use super::release_args::ReleaseArgs;
use crate::config::Pipeline;
use crate::promote::continue_release::{release_to_configure, release_to_continue};
use crate::promote::plan::{self, Selection};
use crate::promote::{self, EnvironmentResult, PromoteRequest, Promotion};
use crate::propose::ProposeOptions;
use crate::report::output::{Output, PromoteOutput, PromotionOutput};
use crate::report::table::aligned;
use crate::report::{self, Answer, Problem, events};
use crate::source_status::SourceStatus;
use crate::vocabulary::text::{code_block, one_line};
use crate::vocabulary::{Diagnostic, Outcome};

/// How many lines of a failed check's output are shown.
const OUTPUT_LINES: usize = 20;

const EXAMPLES: &str = "\
Examples:
  towline promote --release 1.4.0 --image web=1.4.0
  towline promote --release 1.4.0 --image web=1.4.0 --to staging
  towline promote --plan --release 1.4.0 --image web=1.4.0
  towline promote --once --continue prod
  towline promote --config prod";

/// Carry a release through its environments: propose, merge, await, check
///
/// Skips what is already done. If it is interrupted, run the same command again to continue.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Stop after this environment
    #[arg(long, value_name = "ENV", conflicts_with = "only")]
    to: Option<String>,
    /// Promote to this environment only. The environments it needs must be verified
    #[arg(long, value_name = "ENV")]
    only: Option<String>,
    /// Print what would be done, without doing it. Without a release, print what the pipeline file says
    #[arg(long)]
    plan: bool,
    /// Do what can be done now, without waiting. Exit with 75 if there is more to do
    #[arg(long)]
    once: bool,
    /// Overwrite commits that people added to the proposal branches
    #[arg(long)]
    force: bool,
    /// Overwrite files that people changed by hand in the GitOps repository
    #[arg(long)]
    overwrite_drift: bool,
    /// Promote a release that is older than what is deployed or proposed
    #[arg(long)]
    allow_older: bool,
    /// Replace an application of this name that another source repository deployed
    #[arg(long)]
    take_over: bool,
    /// Promote files that are not committed. The release goes no further than its first environment
    #[arg(long, conflicts_with = "continue_release")]
    allow_dirty: bool,
    /// Promote a release that was rolled back, and lift the hold on it
    #[arg(long)]
    release_hold: bool,
    /// Deploy the release again although people closed its pull request or reverted it, and wait
    /// again from now on if it failed or timed out
    #[arg(long)]
    again: bool,
    /// Continue with the release that is proposed for this environment, or else deployed there
    #[arg(
        long = "continue",
        value_name = "ENV",
        conflicts_with_all = ["release", "build", "commit", "image", "images"]
    )]
    continue_release: Option<String>,
    /// Propose to this environment what its changed variables change, with the release that is deployed there
    #[arg(
        long,
        value_name = "ENV",
        conflicts_with_all = [
            "release", "build", "commit", "image", "images", "set", "vars", "continue_release", "to", "only", "allow_dirty"
        ]
    )]
    config: Option<String>,
    #[command(flatten)]
    release: ReleaseArgs,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline_for(&self.release)?;
        let selection = self.selection();
        let is_named =
            self.config.is_some() || self.continue_release.is_some() || self.release.names_release();
        if self.plan && !is_named {
            return Ok(report::plan::declared(&pipeline, &plan::plan(&pipeline, &selection)?));
        }
        let destinations = context.destinations(&pipeline);
        let inputs = context.inputs(&pipeline, &self.release)?;
        let release = match (&self.continue_release, &self.config) {
            (Some(environment), _) => release_to_continue(&destinations, environment, &inputs)?,
            (_, Some(environment)) => release_to_configure(&destinations, environment, &inputs)?,
            _ => context.committed_release(&pipeline, &self.release, self.allow_dirty)?,
        };
        // A configuration is one environment's.
        let selection = match &self.continue_release {
            Some(environment) if release.configuration.is_some() => Selection::Only(environment.clone()),
            _ => selection,
        };
        let request = PromoteRequest {
            destinations: &destinations,
            release: &release,
            inputs: &inputs,
            selection,
            once: self.once,
            options: self.options(&pipeline),
            polling: None,
        };
        if self.plan {
            return forecast(context, &request);
        }
        let (source, tracker) = (SourceStatus::new(&destinations), context.tracker(&pipeline));
        let events = |event: promote::Event| {
            events::promotion(&context.printer, &event);
            source.promotion(&release, &event);
            tracker.promotion(&release, &event);
        };
        let mut promotion =
            promote::promote(&request, &events).map_err(|error| nothing_seen(error, self.once))?;
        promotion.error = promotion.error.map(|error| nothing_seen(error, self.once));
        let now = context.clock.now();
        promotion.environments.iter().for_each(|result| events::failure(&context.printer, result, now));
        let has_news = |it: &EnvironmentResult| matches!(it.outcome, Outcome::Done | Outcome::Unfinished);
        if promotion.environments.iter().any(has_news) {
            orphans::warn(context, &destinations);
        }
        let output = PromoteOutput::Promotion(PromotionOutput {
            application: pipeline.application.clone(),
            release: (&release).into(),
            environments: promotion.environments.iter().map(Into::into).collect(),
        });
        Ok(answer(&promotion).output(Output::Promote(output)))
    }

    fn options<'p>(&self, pipeline: &'p Pipeline) -> ProposeOptions<'p> {
        ProposeOptions {
            release_hold: self.release_hold,
            again: self.again,
            on_tip: false,
            overrides: &[],
            verified: &[],
            allow_older: self.allow_older,
            take_over: self.take_over,
            force: self.force,
            overwrite_drift: self.overwrite_drift,
            source_repository: Some(&pipeline.root),
        }
    }

    fn selection(&self) -> Selection {
        match (&self.to, self.only.as_ref().or(self.config.as_ref())) {
            (Some(name), _) => Selection::To(name.clone()),
            (_, Some(name)) => Selection::Only(name.clone()),
            _ => Selection::All,
        }
    }
}

/// What the promotion would do now.
fn forecast(context: &Context, request: &PromoteRequest) -> Result<Answer> {
    let warned = |event| events::promotion(&context.printer, &event);
    let pipeline = request.destinations.pipeline;
    let steps = plan::plan(pipeline, &request.selection)?;
    let forecasts = promote::forecast(request, &warned)?;
    Ok(report::plan::forecast(pipeline, request.release, &steps, &forecasts))
}

pub(super) fn answer(promotion: &Promotion) -> Answer {
    // The problem already says why it stopped.
    let reason = |result: &EnvironmentResult| match result.outcome.is_failure() {
        true => String::new(),
        false => [one_line(&result.reason), took(result)].join(""),
    };
    let rows = promotion
        .environments
        .iter()
        .map(|result| [result.environment.clone(), events::word(result.outcome).to_owned(), reason(result)]);
    let table = aligned(&rows.collect::<Vec<_>>());
    let stopped = promotion.environments.iter().find(|result| result.outcome.is_failure());
    let why = match &promotion.error {
        Some(error) => Problem::from(error),
        None => stopped.or(promotion.environments.last()).map(problem).unwrap_or_default(),
    };
    Answer::new(promotion.outcome).summary(code_block("text", &table)).text(table).because(why)
}

/// How long the deployment took, if this run saw it finish.
fn took(result: &EnvironmentResult) -> String {
    match result.times.summary() {
        summary if result.outcome == Outcome::Done && !summary.is_empty() => format!("; {summary}"),
        _ => String::new(),
    }
}

/// Why it stopped, and the output of the failed check.
fn problem(result: &EnvironmentResult) -> Problem {
    let mut why = Diagnostic::new(format!("{}: {}", result.environment, one_line(&result.reason)));
    if result.outcome == Outcome::Superseded {
        why = why.hint("use `--allow-older` to promote it anyway");
    }
    let failed = result.checks.iter().find(|check| !check.passed);
    let output = failed.map(|check| last_lines(&check.output)).filter(|lines| !lines.is_empty());
    let wrote = output.map(|lines| Diagnostic::new(format!("it wrote\n{lines}")));
    Problem { causes: std::iter::once(why).chain(wrote).collect(), id: None }
}

/// The end of an output, without control characters.
fn last_lines(output: &str) -> String {
    let lines: Vec<String> = output.lines().map(one_line).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(OUTPUT_LINES)..].join("\n")
}
