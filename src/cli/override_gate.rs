//! `towline override ENV`: lets one release pass a closed gate.

use anyhow::Result;

use super::context::Context;
use crate::gitops::decision::Decision;
use crate::promote::decide::{DecideRequest, decide};
use crate::report::Answer;
use crate::report::output::{DecisionOutput, Output};
use crate::vocabulary::{Diagnostic, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline override prod --gate window --release 1.4.1 --reason 'fixes the outage'
  towline override prod --gate freeze --release 1.4.1 --reason 'approved by the board'";

/// Let one release pass a closed gate
///
/// Who did it, when and why is recorded as a commit status in the GitOps repository, and stands in the
/// commit, in the pull request and in `towline status`. Run the command with a token of your own. Its
/// account must be able to merge there.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Environment that the release may enter
    #[arg(value_name = "ENV")]
    environment: String,
    /// Name of the gate: its `name`, or else its key, such as `window`. `freeze` is a gate too
    #[arg(long, value_name = "NAME")]
    gate: String,
    /// Version of the release
    #[arg(long, value_name = "VERSION")]
    release: String,
    /// Source commit of the release [default: as proposed, or else what is checked out]
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
    /// Why, for people who read it later
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let request = DecideRequest {
            environment: &self.environment,
            decision: Decision::Override,
            gate: Some(&self.gate),
            version: &self.release,
            commit: self.commit.as_deref(),
            reason: &self.reason,
        };
        let decided = decide(&context.destinations(&pipeline), &request)?;
        let message = format!(
            "{} {} may pass the gate `{}` of {}",
            pipeline.application,
            decided.describe(),
            decided.gate,
            self.environment
        );
        Ok(Answer::new(Outcome::Done)
            .says(Diagnostic::new(message))
            .output(Output::Override(DecisionOutput::new(&self.environment, &decided))))
    }
}
