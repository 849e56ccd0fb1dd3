//! `towline report ENV`: a commit status, from scripts and from operators that cannot write one.

use anyhow::{Context as _, Result, bail};
use git2::Oid;

use super::context::{Context, Gitops};
use crate::error::Outcome;
use crate::forge::{NewStatus, PullState, StatusState};
use crate::pipeline::{Environment, Pipeline};
use crate::propose::head_branch;
use crate::report::Answer;
use crate::report::progress::one_line;

/// Write a commit status about a deployment
///
/// The status goes to the merged commit of the environment's latest proposal, unless --commit
/// names another.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The environment that was deployed to
    #[arg(value_name = "ENV")]
    environment: String,
    /// What is reporting, such as kustomization/greeting/cluster-1
    #[arg(long)]
    context: String,
    /// What it reports
    #[arg(long)]
    state: State,
    /// More about it, for people
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    description: String,
    /// Where to read more
    #[arg(long)]
    url: Option<String>,
    /// The commit in the GitOps repository that was deployed
    #[arg(long, value_name = "SHA")]
    commit: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum State {
    Pending,
    Success,
    Failure,
    Error,
}

impl Args {
    /// JSON: `environment`, `commit`, `context`, `state`.
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let environment = pipeline.environment(&self.environment)?;
        let gitops = context.gitops(&pipeline, environment)?;
        let commit = match &self.commit {
            Some(text) => named(&gitops, text)?,
            None => deployed(&gitops, &pipeline, environment)?,
        };
        gitops.forge.set_status(commit, &self.status())?;
        let state = serde_json::json!(self.status().state);
        let said = state.as_str().unwrap_or_default();
        Ok(Answer::new(Outcome::Done)
            .text(format!("{}: {} is {said} on {commit}\n", environment.name, one_line(&self.context)))
            .field("environment", environment.name.as_str())
            .field("commit", commit.to_string())
            .field("context", self.context.as_str())
            .field("state", state))
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

fn named(gitops: &Gitops, text: &str) -> Result<Oid> {
    let Ok(commit) = Oid::from_str(text) else { bail!("`{text}` is not a commit id") };
    gitops.repository.tree_id(commit).context("cannot report on this commit")?;
    Ok(commit)
}

/// The merged commit of the latest proposal, or the tip of the branch when there is none.
fn deployed(gitops: &Gitops, pipeline: &Pipeline, environment: &Environment) -> Result<Oid> {
    let head = head_branch(&pipeline.application, &environment.name);
    let merged = gitops.forge.list(&head)?.into_iter().find(|pull| {
        (&pull.head, &pull.base, pull.state) == (&head, &environment.gitops.branch, PullState::Merged)
    });
    match merged.and_then(|pull| pull.merge_commit) {
        Some(commit) => Ok(commit),
        None => gitops.repository.branch_tip(&environment.gitops.branch),
    }
}
