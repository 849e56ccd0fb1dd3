//! `towline approve ENV`: opens a `manual` gate for one release.

use anyhow::Result;

use super::context::Context;
use crate::gitops::decision::Decision;
use crate::promote::decide::{DecideRequest, decide};
use crate::report::Answer;
use crate::report::output::{DecisionOutput, Output};
use crate::vocabulary::{Diagnostic, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline approve prod --release 1.4.0
  towline approve prod --release 1.4.0 --gate go-live --reason 'checked with support'";

/// Approve a release for an environment with a `manual` gate
///
/// The approval is a commit status in the GitOps repository. Run the command with a token of your own:
/// the account of the token is recorded as the approver. It must be able to merge there.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Environment that the release may enter
    #[arg(value_name = "ENV")]
    environment: String,
    /// Version of the release
    #[arg(long, value_name = "VERSION")]
    release: String,
    /// Source commit of the release [default: as proposed, or else what is checked out]
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
    /// Name of the gate, if the environment has several `manual` gates
    #[arg(long, value_name = "NAME")]
    gate: Option<String>,
    /// Why, for people who read it later
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let request = DecideRequest {
            environment: &self.environment,
            decision: Decision::Approve,
            gate: self.gate.as_deref(),
            version: &self.release,
            commit: self.commit.as_deref(),
            reason: &self.reason,
        };
        let decided = decide(&context.destinations(&pipeline), &request)?;
        let message =
            format!("approved {} {} for {}", pipeline.application, decided.describe(), self.environment);
        Ok(Answer::new(Outcome::Done)
            .says(Diagnostic::new(message))
            .output(Output::Approve(DecisionOutput::new(&self.environment, &decided))))
    }
}
