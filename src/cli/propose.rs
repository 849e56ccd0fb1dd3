//! `towline propose ENV`: opens or updates the pull request for one environment.

use anyhow::{Context as _, Result};

use super::context::Context;
use super::orphans;
use super::release_args::ReleaseArgs;
use crate::promote::{entry, needs, rings};
use crate::propose::{self, Proposal, ProposeOptions};
use crate::render::{self, Deployed, RenderRequest};
use crate::report::Answer;
use crate::report::output::{Output, ProposeOutput};
use crate::source_status::SourceStatus;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::{code_block, one_line};

const EXAMPLES: &str = "\
Examples:
  towline propose dev --release 1.4.0 --image web=1.4.0
  towline propose prod --release 1.4.0 --images images.json --set replicas=5";

/// Render, and open or update the pull request against the GitOps repository
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Environment to propose the release for
    #[arg(value_name = "ENV")]
    environment: String,
    /// Overwrite commits that people added to the proposal branch
    #[arg(long)]
    force: bool,
    /// Overwrite files that people changed by hand in the GitOps repository
    #[arg(long)]
    overwrite_drift: bool,
    /// Propose a release that is older than what is deployed or proposed
    #[arg(long)]
    allow_older: bool,
    /// Replace an application of this name that another source repository deployed
    #[arg(long)]
    take_over: bool,
    /// Propose a release that was rolled back, and lift the hold on it
    #[arg(long)]
    release_hold: bool,
    /// Propose the release again although people reverted it
    #[arg(long)]
    again: bool,
    /// Propose files that are not committed. The release cannot go on to other environments
    #[arg(long)]
    allow_dirty: bool,
    #[command(flatten)]
    release: ReleaseArgs,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline_for(&self.release)?;
        let environment = pipeline.environment(&self.environment)?;
        pipeline.check_supported(environment)?;
        let release = context.committed_release(&pipeline, &self.release, self.allow_dirty)?;
        let inputs = context.inputs(&pipeline, &self.release)?;
        let (destinations, tracker) = (context.destinations(&pipeline), context.tracker(&pipeline));
        let read = || destinations.open(environment)?.deployed_manifests();
        let deployed = Deployed::is_needed(&pipeline).then(read).transpose()?;
        let request = RenderRequest {
            pipeline: &pipeline,
            environment,
            release: &release,
            inputs: &inputs,
            deployed: deployed.as_ref(),
        };
        let mut rendering = render::render(&request)?;
        rendering.warnings.iter().for_each(|warning| context.printer.warning(warning));
        let destination = context.open(&destinations, environment)?;
        let _look = propose::look(&destination);
        rendering = rings::next_ring(&destination, &rendering, Some(&pipeline.root))?;
        propose::settle(&destination, &mut rendering, None, Some(&pipeline.root))
            .with_context(|| format!("cannot propose {} for {}", pipeline.application, environment.name))?;
        let overrides = entry::enter_unless_there(&destinations, &destination, &rendering)?;
        let verified = needs::told(&destinations, environment, &release);
        let options = ProposeOptions {
            source_repository: Some(&pipeline.root),
            force: self.force,
            overwrite_drift: self.overwrite_drift,
            allow_older: self.allow_older,
            take_over: self.take_over,
            release_hold: self.release_hold,
            again: self.again,
            on_tip: false,
            overrides: &overrides,
            verified: &verified,
        };
        let proposal = propose::propose(&destination, &rendering, &options)?;
        SourceStatus::new(&destinations).proposed(&self.environment, &release, &proposal);
        tracker.proposed(&self.environment, &release, &proposal);
        if proposal.changes.from.is_none() {
            orphans::warn(context, &destinations);
        }
        let output = ProposeOutput::new(&self.environment, &release, &proposal);
        Ok(answer(&proposal).output(Output::Propose(output)))
    }
}

fn answer(proposal: &Proposal) -> Answer {
    let said = one_line(&proposal.message);
    Answer::new(proposal.outcome)
        .says(Diagnostic::new(&said).hint("use `--allow-older` to propose it anyway"))
        .summary(summary(&said, proposal))
}

/// The changes, for the summary page of the CI system.
fn summary(said: &str, proposal: &Proposal) -> String {
    let resources = proposal.changes.resources.iter();
    let lines: String =
        resources.map(|resource| format!("{} {}\n", resource.change, resource.name)).collect();
    code_block("text", &format!("{said}\n{lines}"))
}
