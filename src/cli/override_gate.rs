//! `towline override ENV`: lets one release pass a closed gate.

use anyhow::Result;

use super::context::Context;
use super::decision_args::{DecisionArgs, filled};
use crate::gitops::decision::Decision;
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
    #[command(flatten)]
    about: DecisionArgs,
    /// Name of the gate: its `name`, or else its key, such as `window`. `freeze` is a gate too
    #[arg(long, value_name = "NAME")]
    gate: String,
    /// Why, for people who read it later
    #[arg(long, value_name = "TEXT", value_parser = filled)]
    reason: String,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let what = (Decision::Override, Some(&*self.gate));
        let (application, decided) = self.about.decide(context, what, &self.reason)?;
        let (release, gate) = (decided.describe(), &decided.gate);
        let environment = &self.about.environment;
        let message = format!("{application} {release} may pass the gate `{gate}` of {environment}");
        Ok(Answer::new(Outcome::Done)
            .says(Diagnostic::new(message))
            .output(Output::Override(DecisionOutput::new(environment, &decided))))
    }
}
