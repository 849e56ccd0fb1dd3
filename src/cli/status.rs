//! `towline status`: shows what is deployed, proposed and verified in each environment.

use anyhow::Result;

use super::access;
use super::context::Context;
use super::orphans;
use crate::promote::status::{self, EnvironmentStatus, HistoryEntry};
use crate::report::Answer;
use crate::report::output::{HistoryOutput, Output, OverviewOutput, StatusOutput};
use crate::report::table::{age, aligned};
use crate::vocabulary::text::{code_block, one_line};
use crate::vocabulary::{Diagnostic, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline status
  towline status --history prod
  towline status --check-access";

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
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        if self.check_access {
            return access::check(context, &pipeline);
        }
        let application = pipeline.application.clone();
        let Some(environment) = &self.history else {
            let destinations = context.destinations(&pipeline);
            let found = status::status(&destinations)?;
            let unreadable = found.iter().find_map(|(_, status)| status.as_ref().err());
            let orphans = match unreadable {
                None => orphans::find(context, &destinations)?,
                // They may stand where nothing can be read.
                Some(_) => orphans::find(context, &destinations).unwrap_or_default(),
            };
            let lines = orphans.iter().map(|orphan| orphans::describe(orphan) + "\n");
            let table = overview(&found) + &lines.collect::<String>();
            if !orphans.is_empty() {
                context.printer.note(&Diagnostic::new("some deployments are orphans").hint(orphans::HINT));
            }
            let orphans = orphans.iter().map(Into::into).collect();
            let environments = found.iter().map(Into::into).collect();
            let output = StatusOutput::Overview(OverviewOutput { application, environments, orphans });
            let answer = unreadable.map_or(Answer::new(Outcome::Done), Answer::failed);
            return Ok(answer.output(Output::Status(output)).summary(code_block("text", &table)).text(table));
        };
        let found = status::history(&context.destinations(&pipeline), environment)?;
        let output = StatusOutput::History(HistoryOutput {
            application,
            environment: environment.clone(),
            history: found.iter().map(Into::into).collect(),
        });
        Ok(Answer::new(Outcome::Done).output(Output::Status(output)).text(history(environment, &found)))
    }
}

fn overview(environments: &[(String, Result<EnvironmentStatus>)]) -> String {
    let header = ["ENVIRONMENT", "DEPLOYED", "AGE", "VERDICT", "PROPOSED"].map(str::to_owned);
    let rows = environments.iter().map(|(name, status)| match status {
        Ok(status) => row(status),
        Err(_) => [name, "unreadable", "-", "-", "-"].map(str::to_owned),
    });
    let mut text = aligned(&std::iter::once(header).chain(rows).collect::<Vec<_>>());
    for (name, status) in environments {
        let status = match status {
            Ok(status) => status,
            Err(error) => {
                text += &format!("{name}: {}\n", one_line(&format!("{error:#}")));
                continue;
            }
        };
        if let Some(withdrawn) = &status.withdrawn {
            text += &format!("{name}: {}\n", one_line(&withdrawn.describe()));
        }
        for drift in &status.drift {
            text += &format!("{name}: {} was {} by hand\n", one_line(&drift.path), drift.change);
        }
    }
    text
}

fn row(status: &EnvironmentStatus) -> [String; 5] {
    let deployed = status.deployed.as_ref();
    let proposed = status.proposed.as_ref().map(|proposed| {
        let version = proposed.release.as_ref().map_or("removal", |release| &release.version);
        format!("{version} (#{}, {})", proposed.number, age(proposed.age_seconds))
    });
    [
        status.environment.clone(),
        deployed.map_or("-".to_owned(), |deployed| one_line(&deployed.release.version)),
        deployed.map_or("-".to_owned(), |deployed| age(deployed.age_seconds)),
        verdict(deployed.and_then(|deployed| deployed.verdict.as_ref())),
        proposed.map_or("-".to_owned(), |proposed| one_line(&proposed)),
    ]
}

fn history(environment: &str, entries: &[HistoryEntry]) -> String {
    if entries.is_empty() {
        return format!("nothing was deployed in {environment} yet\n");
    }
    let header = ["AT", "RELEASE", "WHO", "PULL", "VERDICT", "COMMIT"].map(str::to_owned);
    let rows = entries.iter().map(|entry| {
        let version = entry.release.as_ref().map_or("(removed)", |release| &release.version);
        [
            entry.at.to_string(),
            one_line(version),
            one_line(&entry.author),
            entry.pull.map_or("-".to_owned(), |number| format!("#{number}")),
            verdict(entry.verdict.as_ref()),
            entry.commit.to_string()[..10].to_owned(),
        ]
    });
    aligned(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}

fn verdict(verdict: Option<&status::Verdict>) -> String {
    let Some(verdict) = verdict else { return "-".to_owned() };
    one_line(&verdict.description)
}
