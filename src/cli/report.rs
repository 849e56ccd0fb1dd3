//! `towline report ENV`: writes a commit status, for scripts and operators that cannot.

use anyhow::Result;
use clap::ValueEnum;
use git2::Oid;

use super::context::Context;
use crate::forge::{NewStatus, StatusState};
use crate::report::Answer;
use crate::report::output::{Output, ReportOutput};
use crate::rollout;
use crate::vocabulary::text::one_line;
use crate::vocabulary::{Outcome, refuse_own_context};

const EXAMPLES: &str = "\
Examples:
  towline report dev --context smoke --state success
  towline report prod --context flux --state failure --url https://ci.acme.com/42";

/// Write a commit status about a deployment
///
/// Reports on the merged commit of the environment's latest proposal, unless --commit names
/// another one.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Environment that was deployed to
    #[arg(value_name = "ENV")]
    environment: String,
    /// Context of the status, such as kustomization/greeting/cluster-1
    #[arg(long, value_parser = context_of_a_report)]
    context: String,
    /// State to report
    #[arg(long)]
    state: State,
    /// Description for people
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    description: String,
    /// Link to details
    #[arg(long)]
    url: Option<String>,
    /// Deployed commit of the GitOps repository [default: the merged commit]
    #[arg(long, value_name = "SHA", value_parser = full_id)]
    commit: Option<Oid>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum State {
    Pending,
    Success,
    Failure,
    Error,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let environment = pipeline.environment(&self.environment)?;
        let destination = context.open(&context.destinations(&pipeline), environment)?;
        let commit = rollout::reported_commit(&destination, self.commit)?;
        destination.forge.set_commit_status(commit, &self.status())?;
        let said = self.state.to_possible_value();
        let said = said.as_ref().map_or("", |value| value.get_name());
        Ok(Answer::new(Outcome::Done)
            .text(format!("{}: {} is {said} on {commit}\n", environment.name, one_line(&self.context)))
            .output(Output::Report(ReportOutput {
                environment: environment.name.clone(),
                commit: commit.to_string(),
                context: self.context.clone(),
                state: self.status().state,
            })))
    }

    fn status(&self) -> NewStatus {
        NewStatus {
            context: self.context.clone(),
            state: match self.state {
                State::Pending => StatusState::Pending,
                State::Success => StatusState::Success,
                State::Failure => StatusState::Failure,
                State::Error => StatusState::Error,
            },
            description: self.description.clone(),
            target_url: self.url.clone(),
        }
    }
}

/// Towline's own contexts are verdicts, which only a promotion writes.
fn context_of_a_report(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("the context is empty".to_owned());
    }
    refuse_own_context(text.trim()).map_err(|own| own.message)?;
    Ok(text.to_owned())
}

/// A full id. git2 also accepts an abbreviated one, but pads it to another commit's id.
fn full_id(text: &str) -> Result<Oid, String> {
    match Oid::from_str(text) {
        Ok(id) if text.len() == id.to_string().len() => Ok(id),
        _ => Err("not a full commit id".to_owned()),
    }
}
