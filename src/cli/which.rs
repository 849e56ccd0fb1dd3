//! `ENV` or `--pull N`: the arguments that select one proposal.

use anyhow::Result;

use super::context::Context;
use crate::config::Pipeline;
use crate::gitops::{Destination, Destinations};
use crate::vocabulary::Diagnostic;

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub struct Which {
    /// Environment of the proposal
    #[arg(value_name = "ENV")]
    environment: Option<String>,
    /// Number of the pull request
    #[arg(long, value_name = "N")]
    pub pull: Option<u64>,
}

impl Which {
    /// Where the proposal is.
    pub fn destination<'p>(&self, context: &Context, pipeline: &'p Pipeline) -> Result<Destination<'p>> {
        let destinations = context.destinations(pipeline);
        match (&self.environment, self.pull) {
            (Some(name), _) => context.open(&destinations, pipeline.environment(name)?),
            (None, number) => by_number(context, &destinations, number.unwrap_or_default()),
        }
    }
}

/// The environment whose proposal has this number, according to its head branch.
fn by_number<'p>(context: &Context, destinations: &Destinations<'p>, number: u64) -> Result<Destination<'p>> {
    let pipeline = destinations.pipeline;
    let mut refused = None;
    for environment in &pipeline.environments {
        let destination = context.open(destinations, environment)?;
        match destination.forge.get_pull(number) {
            Ok(pull) if pull.head == destination.head_branch() => return Ok(destination),
            Ok(_) => {}
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    let message = format!("pull request {number} is not a proposal of {}", pipeline.application);
    let diagnostic = Diagnostic::new(message).hint("`towline status` lists the proposals");
    Err(refused.map_or_else(|| diagnostic.clone().into(), |error| error.context(diagnostic.clone())))
}
