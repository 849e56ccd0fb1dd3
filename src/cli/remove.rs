//! `towline remove`: proposes to take an application out of an environment, or out of all of them.

use anyhow::Result;

use super::context::Context;
use crate::config::Environment;
use crate::propose::{self, ProposeOptions};
use crate::release;
use crate::report::Answer;
use crate::report::output::{Output, RemovalOutput, RemoveOutput};
use crate::vocabulary::Outcome;
use crate::vocabulary::text::{code_block, one_line};

const EXAMPLES: &str = "\
Examples:
  towline remove staging
  towline remove --application";

/// Take an application out of an environment, by pull request
///
/// Proposes to delete its files and its descriptor. Values in files of other owners and chart
/// packages stay. Then delete the environment from the pipeline file.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, group = clap::ArgGroup::new("what").required(true))]
pub struct Args {
    /// Environment to take the application out of
    #[arg(value_name = "ENV", group = "what")]
    environment: Option<String>,
    /// Take the application out of every environment that has it
    #[arg(long, group = "what")]
    application: bool,
    /// Overwrite commits that people added to the proposal branch
    #[arg(long)]
    force: bool,
    /// Delete files that people changed by hand in the GitOps repository
    #[arg(long)]
    overwrite_drift: bool,
    /// Remove what another source repository deployed under this name
    #[arg(long)]
    take_over: bool,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let destinations = context.destinations(&pipeline);
        let options = ProposeOptions {
            source_repository: Some(&pipeline.root),
            force: self.force,
            overwrite_drift: self.overwrite_drift,
            take_over: self.take_over,
            ..ProposeOptions::default()
        };
        let source = release::source_repository(&pipeline.root, &context.process.variables);
        let environments: Vec<&Environment> = match &self.environment {
            Some(name) => vec![pipeline.environment(name)?],
            None => pipeline.environments.iter().collect(),
        };
        let mut removals = Vec::new();
        for environment in environments {
            let destination = context.open(&destinations, environment)?;
            let removal = propose::remove(&destination, source.as_deref(), &options)?;
            removals.extend(removal.map(|proposal| (environment.name.clone(), proposal)));
        }
        let lines = removals.iter().map(|(_, proposal)| one_line(&proposal.message) + "\n");
        let mut text: String = lines.collect();
        if removals.is_empty() {
            let place =
                self.environment.as_deref().map_or("anywhere".to_owned(), |name| format!("in {name}"));
            text = format!("nothing to remove: {} is not deployed {place}\n", pipeline.application);
        }
        let outcome = if removals.is_empty() { Outcome::Unchanged } else { Outcome::Done };
        let removals = removals.iter().map(|(name, proposal)| RemovalOutput::new(name, proposal)).collect();
        let output = RemoveOutput { application: pipeline.application.clone(), removals };
        Ok(Answer::new(outcome).output(Output::Remove(output)).summary(code_block("text", &text)).text(text))
    }
}
