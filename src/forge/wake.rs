//! Wake: tells a pipeline that waits without an agent that there is something to look at.
//!
//! What waits stands where the application's pipeline is, which need not be the forge of the GitOps
//! repository. So this is no part of [`super::Forge`]: each function takes the URL of what it wakes.
//! A wake-up carries no truth. Whoever is woken reads how things stand from git and the forge, so
//! one that is lost costs time and one too many costs a run.

use anyhow::Result;
use serde_json::{Map, Value};
use url::Url;

use super::azure_devops::task::{self, Task, TaskResult};
use super::remote::Remote;
use super::token::Variables;
use super::{gitea, github};
use crate::http::Settings;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::ForgeKind;

/// A `repository_dispatch` of GitHub.
#[derive(Debug, Clone)]
pub struct Event {
    /// What workflows listen to: `on: {repository_dispatch: {types: [towline]}}`.
    pub name: String,
    pub payload: Map<String, Value>,
}

/// A run of one workflow, which must have `on: workflow_dispatch`.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// The name of its file: `resume.yaml`.
    pub file: String,
    /// The branch or tag whose version of the file is run.
    pub reference: String,
    pub inputs: Map<String, Value>,
}

/// The forge of a repository: as declared, else as its host tells.
pub fn kind(location: &str, declared: Option<ForgeKind>) -> Result<ForgeKind> {
    if Url::parse(location).is_ok_and(|url| url.password().is_some()) {
        let hint = "take it out, and put the token into TOWLINE_TOKEN";
        return Err(Diagnostic::new("the repository's URL holds a password").hint(hint).into());
    }
    let host = Remote::parse(location)?.host;
    declared.or_else(|| ForgeKind::of_host(&host)).ok_or_else(|| {
        Diagnostic::new(format!("`{host}` does not tell which forge it is"))
            .hint("add `--forge github` or `--forge gitea`")
            .into()
    })
}

/// Sends an event to the repository at `location`.
pub fn event(kind: ForgeKind, location: &str, event: &Event, process: &Process) -> Result<()> {
    match kind {
        ForgeKind::GitHub => process.github(location)?.send_event(event),
        _ => Err(Diagnostic::new(format!("{location} takes no events: only GitHub has repository_dispatch"))
            .hint("on Gitea and Forgejo, use `towline resume workflow`")
            .into()),
    }
}

/// Starts a workflow of the repository at `location`.
pub fn workflow(kind: ForgeKind, location: &str, workflow: &Workflow, process: &Process) -> Result<()> {
    match kind {
        ForgeKind::GitHub => process.github(location)?.start_workflow(workflow),
        ForgeKind::Gitea => process.gitea(location)?.start_workflow(workflow),
        _ => Err(Diagnostic::new(format!("{location} has no workflows that can be started"))
            .hint("only GitHub, Gitea and Forgejo have workflow_dispatch")
            .into()),
    }
}

/// Completes a task of Azure Pipelines that waits for its callback.
pub fn task(collection: &str, task: &Task, result: TaskResult, process: &Process) -> Result<()> {
    task::complete(collection, task, result, process.variables, process.settings.clone())
}

/// What the process gives: tokens, time.
pub struct Process<'a> {
    pub variables: &'a Variables,
    pub settings: Settings,
}

impl Process<'_> {
    fn github(&self, location: &str) -> Result<github::GitHub> {
        let remote = Remote::parse(location)?;
        let api = github::api_of(&remote, self.variables)?;
        let credentials = github::credentials(&remote, &api, self.variables, &self.settings)?;
        github::GitHub::new(&remote, api, credentials, self.settings.clone())
    }

    fn gitea(&self, location: &str) -> Result<gitea::Gitea> {
        let remote = Remote::parse(location)?;
        let api = gitea::api_of(&remote, self.variables)?;
        let credentials = gitea::credentials(&remote, self.variables)?;
        gitea::Gitea::new(&remote, api, credentials, self.settings.clone())
    }
}
