//! `ENV` or `--pull N`: the argument of commands that are about one proposal.

use anyhow::Result;

use super::context::{Context, Gitops};
use crate::config::{Environment, Pipeline};
use crate::git::head_branch;
use crate::vocabulary::Diagnostic;

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub struct Which {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: Option<String>,
    /// The number of the pull request
    #[arg(long, value_name = "N")]
    pub pull: Option<u64>,
}

impl Which {
    /// The environment, and its GitOps repository.
    pub fn find<'a>(&self, context: &Context, pipeline: &'a Pipeline) -> Result<(&'a Environment, Gitops)> {
        match (&self.environment, self.pull) {
            (Some(name), _) => {
                let environment = pipeline.environment(name)?;
                Ok((environment, context.gitops(pipeline, environment)?))
            }
            (None, number) => by_number(context, pipeline, number.unwrap_or_default()),
        }
    }
}

/// The environment whose proposal has this number. A head branch tells the environment.
fn by_number<'a>(
    context: &Context,
    pipeline: &'a Pipeline,
    number: u64,
) -> Result<(&'a Environment, Gitops)> {
    let mut refused = None;
    for environment in &pipeline.environments {
        let gitops = context.gitops(pipeline, environment)?;
        match gitops.forge.get_pull(number) {
            Ok(pull) if pull.head == head_branch(&pipeline.application, &environment.name) => {
                return Ok((environment, gitops));
            }
            Ok(_) => {}
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    let message = format!("pull request {number} is not a proposal of {}", pipeline.application);
    let diagnostic = Diagnostic::new(message).hint("`towline status` lists the proposals");
    Err(refused.map_or_else(|| diagnostic.clone().into(), |error| error.context(diagnostic.clone())))
}
