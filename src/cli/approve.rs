//! `towline approve ENV`: opens a `manual` gate for one release.

use anyhow::Result;

use super::context::Context;
use super::decision_args::DecisionArgs;
use crate::gitops::decision::Decision;
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
    #[command(flatten)]
    about: DecisionArgs,
    /// Name of the gate, if the environment has several `manual` gates
    #[arg(long, value_name = "NAME")]
    gate: Option<String>,
    /// Why, for people who read it later
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let what = (Decision::Approve, self.gate.as_deref());
        let (application, decided) = self.about.decide(context, what, &self.reason)?;
        let environment = &self.about.environment;
        let message = format!("approved {application} {} for {environment}", decided.describe());
        Ok(Answer::new(Outcome::Done)
            .says(Diagnostic::new(message))
            .output(Output::Approve(DecisionOutput::new(environment, &decided))))
    }
}
