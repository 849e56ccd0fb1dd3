//! `towline merge`: merges a proposal, if it still is what was proposed.

use anyhow::Result;

use super::context::Context;
use super::which::Which;
use crate::propose::merge::{self, MergeOptions};
use crate::report::Answer;
use crate::report::output::{MergeOutput, Output};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::MergeMethod;
use crate::vocabulary::text::one_line;

/// Merge a proposal, if its head is what was proposed
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// How it is merged; as `gitops.mergeMethod` says when absent
    #[arg(long)]
    method: Option<Method>,
    /// Where checks, approvals or a merge queue are in the way, let the forge merge it when they
    /// are done
    #[arg(long)]
    when_ready: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Method {
    /// A merge commit
    Merge,
    /// One new commit
    Squash,
    /// The base branch moves to the proposed commit
    #[value(name = "ff", alias = "fastForward")]
    FastForward,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let destination = self.which.destination(context, &pipeline)?;
        let environment = destination.environment;
        let options = MergeOptions {
            pull: self.which.pull,
            method: match self.method {
                None => environment.gitops.merge_method,
                Some(Method::Merge) => MergeMethod::Merge,
                Some(Method::Squash) => MergeMethod::Squash,
                Some(Method::FastForward) => MergeMethod::FastForward,
            },
            when_ready: self.when_ready,
        };
        let merged = merge::merge(&destination, &options)?;
        let output = MergeOutput::new(&environment.name, &merged);
        let message = format!("{}: {}", environment.name, one_line(&merged.message));
        Ok(Answer::new(merged.outcome)
            .says(Diagnostic { hint: merged.hint, ..Diagnostic::new(message) })
            .output(Output::Merge(output)))
    }
}
