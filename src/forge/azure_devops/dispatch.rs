//! Completing a task of Azure Pipelines that runs on no agent and waits for a callback, such as
//! `InvokeRESTAPI@1` with `waitForCompletion: 'true'`.
//!
//! The call is that of Microsoft's page on the task ("Where should a task signal completion when
//! Callback is chosen"), and the one that Azure/gitops-connector makes.

use anyhow::{Context, Result};
use serde_json::json;
use url::Url;

use super::client::server;
use super::credentials::credentials;
use crate::forge::row::Connection;
use crate::http::{Client, segment};
use crate::vocabulary::Diagnostic;

/// The version that Microsoft documents for this call, on servers too.
const VERSION: &str = "2.0-preview.1";

/// Which task, as its own pipeline's variables name it.
#[derive(Debug, Clone)]
pub struct Task {
    /// `System.TeamProjectId`
    pub project: String,
    /// `System.HostType`: `build` for a pipeline, `release` for a classic one, `gates`.
    pub hub: String,
    /// `System.PlanId`
    pub plan: String,
    /// `System.JobId`
    pub job: String,
    /// `System.TaskInstanceId`
    pub task: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskResult {
    Succeeded,
    Failed,
}

impl TaskResult {
    pub fn name(self) -> &'static str {
        match self {
            TaskResult::Succeeded => "succeeded",
            TaskResult::Failed => "failed",
        }
    }
}

/// Where the task is: `System.CollectionUri`.
pub fn collection_url(collection: &str) -> Result<Url> {
    let url = Url::parse(collection).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    url.ok_or_else(|| {
        Diagnostic::new(format!("`{collection}` is not the URL of an organization or collection"))
            .hint("pass the value of $(System.CollectionUri)")
            .into()
    })
}

/// Not repeatable: the plan may be over after the first.
pub fn complete(collection: Url, task: &Task, result: TaskResult, connection: &Connection) -> Result<()> {
    let server = server(connection.row.name, collection, credentials(connection)?);
    let client = Client::new(server, connection.settings.clone())?;
    let Task { project, hub, plan, job, task } = task;
    let [project, hub, plan] = [project, hub, plan].map(|name| segment(name));
    let path = format!("{project}/_apis/distributedtask/hubs/{hub}/plans/{plan}/events");
    let body = json!({"name": "TaskCompleted", "taskId": task, "jobId": job, "result": result.name()});
    let sent = client.post(&path).query("api-version", VERSION).body(body).send();
    sent.with_context(|| format!("cannot complete task {task} of plan {plan}"))?;
    Ok(())
}
