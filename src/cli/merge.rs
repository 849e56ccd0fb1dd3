//! `towline merge`: merges a proposal, if its head is still what was proposed.

use anyhow::Result;

use super::context::Context;
use super::which::Which;
use crate::promote::entry;
use crate::propose::merge::{self, MergeOptions};
use crate::report::Answer;
use crate::report::output::{MergeOutput, Output};
use crate::source_status::SourceStatus;
use crate::vocabulary::MergeMethod;
use crate::vocabulary::text::one_line;
use crate::vocabulary::{Diagnostic, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline merge prod
  towline merge prod --method squash --when-ready
  towline merge --pull 42";

/// Merge a proposal if its head is still what was proposed
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Merge method [default: `gitops.mergeMethod`]
    #[arg(long)]
    method: Option<Method>,
    /// If checks, approvals or a merge queue block the merge, let the forge merge when they are done
    #[arg(long)]
    when_ready: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Method {
    /// Create a merge commit
    Merge,
    /// Create one new commit
    Squash,
    /// Move the base branch to the proposed commit
    #[value(name = "ff", alias = "fastForward")]
    FastForward,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let destination = self.which.destination(context, &pipeline)?;
        let environment = destination.environment;
        pipeline.check_supported(environment)?;
        let destinations = context.destinations(&pipeline);
        let overrides = entry::enter_merge(&destinations, &destination, self.which.pull)?;
        let options = MergeOptions {
            pull: self.which.pull,
            method: match self.method {
                None => environment.gitops.merge_method,
                Some(Method::Merge) => MergeMethod::Merge,
                Some(Method::Squash) => MergeMethod::Squash,
                Some(Method::FastForward) => MergeMethod::FastForward,
            },
            when_ready: self.when_ready,
            overrides: &overrides,
        };
        let merged = merge::merge(&destination, &options)?;
        if let Some(commit) = merged.commit.filter(|_| merged.outcome == Outcome::Done) {
            SourceStatus::new(&destinations).merged(&destination, commit, &merged.pull.url);
        }
        let output = MergeOutput::new(&environment.name, &merged);
        let message = format!("{}: {}", environment.name, one_line(&merged.message));
        Ok(Answer::new(merged.outcome)
            .says(Diagnostic { hint: merged.hint, ..Diagnostic::new(message) })
            .output(Output::Merge(output)))
    }
}
