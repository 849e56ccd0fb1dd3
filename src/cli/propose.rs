//! `towline propose ENV`: the pull request for one rendering.

use anyhow::Result;

use super::context::Context;
use super::release_args::ReleaseArgs;
use crate::config::Step;
use crate::propose::{self, Proposal, ProposeOptions};
use crate::render::{self, RenderRequest};
use crate::report::Answer;
use crate::report::output::{Output, ProposeOutput};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::{code_block, one_line};

/// Render, and open or update the pull request against the GitOps repository
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: String,
    /// Overwrite what people committed to the proposal's branch
    #[arg(long)]
    force: bool,
    /// Propose a release that is older than what is deployed or proposed
    #[arg(long)]
    allow_older: bool,
    #[command(flatten)]
    release: ReleaseArgs,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let environment = pipeline.environment(&self.environment)?;
        pipeline.check_supported(environment, Step::Propose)?;
        let release = context.release(&pipeline, &self.release)?;
        let inputs = context.inputs(&self.release);
        let request = RenderRequest { pipeline: &pipeline, environment, release: &release, inputs: &inputs };
        let rendering = render::render(&request)?;
        rendering.warnings.iter().for_each(|warning| context.printer.warning(warning));
        let destination = context.open(&context.destinations(&pipeline), environment)?;
        let options = ProposeOptions {
            source_repository: Some(&pipeline.root),
            force: self.force,
            allow_older: self.allow_older,
        };
        let proposal = propose::propose(&destination, &rendering, &options)?;
        let output = ProposeOutput::new(&self.environment, &release, &proposal);
        Ok(answer(&proposal).output(Output::Propose(output)))
    }
}

fn answer(proposal: &Proposal) -> Answer {
    let said = one_line(&proposal.message);
    Answer::new(proposal.outcome)
        .says(Diagnostic::new(&said).hint("`--allow-older` proposes it nevertheless"))
        .summary(summary(&said, proposal))
}

/// What changes, for the page of the CI system's run.
fn summary(said: &str, proposal: &Proposal) -> String {
    let resources = proposal.changes.resources.iter();
    let lines: String =
        resources.map(|resource| format!("{} {}\n", resource.change, resource.name)).collect();
    code_block("text", &format!("{said}\n{lines}"))
}
