//! Trigger: tells a pipeline that waits without an agent that there is something to look at.
//!
//! What waits stands where the application's pipeline is, which need not be the forge of the GitOps
//! repository. So this is no part of [`super::Forge`]: each function takes the URL of what it starts.
//! A trigger carries no truth. The run that it starts reads the current state from git and the forge,
//! so a trigger that is lost costs time and one too many costs a run.

use anyhow::Result;
use url::Url;

use super::azure_devops::dispatch::{self, Task, TaskResult};
use super::remote::Remote;
use super::row::Connection;
use super::token::Variables;
use super::{Event, Workflow, connection, kind_of_host, row_of};
use crate::http::Settings;
use crate::vocabulary::{Diagnostic, ForgeKind};

/// What the process gives: tokens, time.
pub struct Process<'a> {
    pub variables: &'a Variables,
    pub settings: Settings,
}

/// The forge of a repository: as declared, else as its host tells.
pub fn kind(location: &str, declared: Option<ForgeKind>) -> Result<ForgeKind> {
    if Url::parse(location).is_ok_and(|url| url.password().is_some()) {
        let hint = "remove it, and set TOWLINE_TOKEN to the token";
        return Err(Diagnostic::new("the repository's URL contains a password").hint(hint).into());
    }
    let host = Remote::parse(location)?.host;
    declared.or_else(|| kind_of_host(&host)).ok_or_else(|| {
        Diagnostic::new(format!("cannot detect the forge from the host `{host}`"))
            .hint("add `--forge github` or `--forge gitea`")
            .into()
    })
}

/// Sends an event to the repository at `location`.
pub fn event(kind: ForgeKind, location: &str, event: &Event, process: &Process) -> Result<()> {
    let Some(send) = row_of(kind).send_event else {
        let message = format!("{location} does not accept events: only GitHub has repository_dispatch");
        let hint = "on Gitea and Forgejo, use `towline resume workflow`";
        return Err(Diagnostic::new(message).hint(hint).into());
    };
    process.connected(kind, location, |connection| send(connection, event))
}

/// Starts a workflow of the repository at `location`.
pub fn workflow(kind: ForgeKind, location: &str, workflow: &Workflow, process: &Process) -> Result<()> {
    let Some(start) = row_of(kind).start_workflow else {
        return Err(Diagnostic::new(format!("{location} has no workflows that can be started"))
            .hint("only GitHub, Gitea and Forgejo have workflow_dispatch")
            .into());
    };
    process.connected(kind, location, |connection| start(connection, workflow))
}

/// Completes a task of Azure Pipelines that waits for its callback.
pub fn task(collection: &str, task: &Task, result: TaskResult, process: &Process) -> Result<()> {
    let url = dispatch::collection_url(collection)?;
    process.connected(ForgeKind::AzureDevOps, collection, |connection| {
        dispatch::complete(url, task, result, connection)
    })
}

/// The task that waits for a pull request of the repository at `location`, and the collection that
/// it is in.
pub fn waiting_task(location: &str, number: u64, process: &Process) -> Result<(String, Task)> {
    process
        .connected(ForgeKind::AzureDevOps, location, |connection| dispatch::waiting_task(connection, number))
}

impl Process<'_> {
    fn connected<T>(
        &self,
        kind: ForgeKind,
        location: &str,
        then: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let remote = Remote::parse(location)?;
        then(&connection(kind, &remote, self.variables, &self.settings))
    }
}
