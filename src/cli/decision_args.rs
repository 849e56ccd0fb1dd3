//! The arguments that `approve` and `override` share: which release, in which environment.

use anyhow::Result;

use super::context::Context;
use crate::gitops::decision::Decision;
use crate::promote::decide::{DecideRequest, Decided, decide};

#[derive(Debug, clap::Args)]
pub struct DecisionArgs {
    /// Environment that the release may enter
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Version of the release
    #[arg(long, value_name = "VERSION", value_parser = version)]
    release: String,
    /// Source commit of the release, as a whole id [default: as proposed, or else what is checked out]
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
}

impl DecisionArgs {
    /// Records the decision; also returns the name of the application.
    pub fn decide(
        &self,
        context: &Context,
        (decision, gate): (Decision, Option<&str>),
        reason: &str,
    ) -> Result<(String, Decided)> {
        let pipeline = context.pipeline()?;
        let request = DecideRequest {
            environment: &self.environment,
            decision,
            gate,
            version: &self.release,
            commit: self.commit.as_deref(),
            reason,
        };
        let decided = decide(&context.destinations(&pipeline), &request)?;
        Ok((pipeline.application, decided))
    }
}

/// A version: one line, with something in it.
fn version(text: &str) -> Result<String, String> {
    match filled(text)? {
        version if version.contains(char::is_control) => Err("it has more than one line".to_owned()),
        version => Ok(version),
    }
}

/// A text with something in it.
pub fn filled(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty".to_owned()),
        text => Ok(text.to_owned()),
    }
}
