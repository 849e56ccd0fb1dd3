//! `towline resume`: starts a pipeline that waits without holding an agent.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value};

use super::context::Context;
use crate::config::Pipeline;
use crate::forge::azure_devops::dispatch::{Task, TaskResult};
use crate::forge::trigger::{self, Process};
use crate::forge::{Event, Workflow};
use crate::report::Answer;
use crate::report::output::{Output, ResumeOutput, Resumed};
use crate::vocabulary::text::one_line;
use crate::vocabulary::{Diagnostic, ForgeKind, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline resume event https://github.com/acme/greeting
  towline resume workflow https://github.com/acme/greeting --workflow resume.yaml
  towline resume --pull 42 --repository https://dev.azure.com/acme/shop/_git/gitops";

const EVENT_EXAMPLES: &str = "\
Examples:
  towline resume event https://github.com/acme/greeting
  towline resume event https://github.com/acme/greeting --event deployed --payload environment=prod";

const WORKFLOW_EXAMPLES: &str = "\
Examples:
  towline resume workflow https://github.com/acme/greeting --workflow resume.yaml
  towline resume workflow https://git.acme.com/acme/greeting --forge gitea --workflow resume.yaml --ref main";

const TASK_EXAMPLES: &str = "\
Examples:
  towline resume task \"$COLLECTION\" --project \"$PROJECT\" --plan \"$PLAN\" --job \"$JOB\" --task \"$TASK\"";

/// Start a pipeline that waits without holding an agent
///
/// The waiting pipeline may be in another repository, on another forge. Only `--pull` without
/// `--repository` reads the pipeline file.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, subcommand_precedence_over_arg = true)]
pub struct Args {
    /// Complete the Azure Pipelines task that waits for this pull request of the GitOps repository
    #[arg(long, value_name = "N", required = true)]
    pull: Option<u64>,
    /// GitOps repository of the pull request [default: `gitops.repository` of the pipeline file]
    #[arg(long, value_name = "URL", value_hint = clap::ValueHint::Url)]
    repository: Option<String>,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Send a `repository_dispatch` event to a GitHub repository
    Event(EventArgs),
    /// Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo
    Workflow(WorkflowArgs),
    /// Complete an Azure Pipelines task that waits for its callback
    Task(TaskArgs),
}

#[derive(Debug, clap::Args)]
struct Repository {
    /// Repository of the waiting pipeline
    #[arg(value_name = "URL", value_hint = clap::ValueHint::Url)]
    url: String,
    /// Forge of the repository [default: detected from the URL]
    #[arg(long)]
    forge: Option<Forge>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Forge {
    #[value(name = "github")]
    GitHub,
    Gitea,
}

#[derive(Debug, clap::Args)]
#[command(after_help = EVENT_EXAMPLES)]
struct EventArgs {
    #[command(flatten)]
    repository: Repository,
    /// Event type that the workflow listens to
    #[arg(long, value_name = "TYPE", default_value = "towline")]
    event: String,
    /// Field of the event's payload. May be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    payload: Vec<(String, String)>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = WORKFLOW_EXAMPLES)]
struct WorkflowArgs {
    #[command(flatten)]
    repository: Repository,
    /// File name of the workflow
    #[arg(long, value_name = "FILE")]
    workflow: String,
    /// Branch or tag to run the workflow on
    #[arg(long = "ref", value_name = "REF", default_value = "main")]
    reference: String,
    /// Input of the workflow. May be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    input: Vec<(String, String)>,
}

/// The values are variables of the waiting task's pipeline.
#[derive(Debug, clap::Args)]
#[command(after_help = TASK_EXAMPLES)]
struct TaskArgs {
    /// Organization or collection: $(System.CollectionUri)
    #[arg(value_name = "URL", value_hint = clap::ValueHint::Url)]
    collection: String,
    /// $(System.TeamProjectId)
    #[arg(long, value_name = "ID")]
    project: String,
    /// $(System.PlanId)
    #[arg(long, value_name = "ID")]
    plan: String,
    /// $(System.JobId)
    #[arg(long, value_name = "ID")]
    job: String,
    /// $(System.TaskInstanceId)
    #[arg(long, value_name = "ID")]
    task: String,
    /// $(System.HostType)
    #[arg(long, default_value = "build")]
    hub: String,
    /// Result of the task
    #[arg(long, default_value = "succeeded")]
    result: Ending,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Ending {
    Succeeded,
    Failed,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let access = context.access();
        let process = Process { variables: &access.variables, settings: access.settings() };
        match &self.what {
            Some(What::Event(args)) => args.run(&process),
            Some(What::Workflow(args)) => args.run(&process),
            Some(What::Task(args)) => args.run(&process),
            None => self.complete_waiting(context, &process),
        }
    }

    /// A wake-up carries no verdict: also for an abandoned pull request, what waits goes on and finds
    /// out what became of it.
    fn complete_waiting(&self, context: &Context, process: &Process) -> Result<Answer> {
        let repository = match &self.repository {
            Some(url) => url.clone(),
            None => {
                let pipeline = context.pipeline().with_context(|| {
                    Diagnostic::new("cannot tell which repository the pull request is in")
                        .hint("pass `--repository URL`, or run this where the pipeline file is")
                })?;
                gitops_repository(&pipeline)?
            }
        };
        let number = self.pull.unwrap_or_default();
        let (collection, task) = trigger::waiting_task(&repository, number, process)?;
        trigger::task(&collection, &task, TaskResult::Succeeded, process)?;
        Ok(answer(Resumed::Task, &collection, &task.task, "completed the task"))
    }
}

/// The only GitOps repository on Azure DevOps.
fn gitops_repository(pipeline: &Pipeline) -> Result<String> {
    let on_azure = pipeline.environments.iter().filter(|it| it.gitops.forge == ForgeKind::AzureDevOps);
    let found: BTreeSet<&str> = on_azure.map(|it| it.gitops.repository.as_str()).collect();
    match found.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(Diagnostic::new("only Azure DevOps has tasks that wait for a pull request")
            .at(pipeline.environments[0].gitops.place.clone())
            .hint("on other forges, use `towline resume event` or `towline resume workflow`")
            .into()),
        several => Err(Diagnostic::new("the pipeline file has several GitOps repositories")
            .hint(format!("pass one of them with `--repository`: {}", several.join(", ")))
            .into()),
    }
}

impl EventArgs {
    fn run(&self, process: &Process) -> Result<Answer> {
        let Repository { url, .. } = &self.repository;
        let event = Event { name: self.event.clone(), payload: fields(&self.payload) };
        trigger::event(self.repository.kind()?, url, &event, process)?;
        Ok(answer(Resumed::Event, url, &self.event, "sent the event"))
    }
}

impl WorkflowArgs {
    fn run(&self, process: &Process) -> Result<Answer> {
        let Repository { url, .. } = &self.repository;
        let workflow = Workflow {
            file: self.workflow.clone(),
            reference: self.reference.clone(),
            inputs: fields(&self.input),
        };
        trigger::workflow(self.repository.kind()?, url, &workflow, process)?;
        Ok(answer(Resumed::Workflow, url, &self.workflow, "started the workflow"))
    }
}

impl TaskArgs {
    fn run(&self, process: &Process) -> Result<Answer> {
        let task = Task {
            project: self.project.clone(),
            hub: self.hub.clone(),
            plan: self.plan.clone(),
            job: self.job.clone(),
            task: self.task.clone(),
        };
        let result = match self.result {
            Ending::Succeeded => TaskResult::Succeeded,
            Ending::Failed => TaskResult::Failed,
        };
        trigger::task(&self.collection, &task, result, process)?;
        Ok(answer(Resumed::Task, &self.collection, &self.task, "completed the task"))
    }
}

impl Repository {
    fn kind(&self) -> Result<ForgeKind> {
        let declared = self.forge.map(|forge| match forge {
            Forge::GitHub => ForgeKind::GitHub,
            Forge::Gitea => ForgeKind::Gitea,
        });
        trigger::kind(&self.url, declared)
    }
}

fn answer(resumed: Resumed, url: &str, name: &str, did: &str) -> Answer {
    let output = ResumeOutput { resumed, url: url.to_owned(), name: name.to_owned() };
    Answer::new(Outcome::Done)
        .text(format!("{url}: {did} {}\n", one_line(name)))
        .output(Output::Resume(output))
}

fn fields(pairs: &[(String, String)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("not of the form NAME=VALUE".to_owned()),
    }
}
