//! Completing a task of Azure Pipelines that runs on no agent and waits for a callback, such as
//! `InvokeRESTAPI@1` with `waitForCompletion: 'true'`.
//!
//! The call is that of Microsoft's page on the task ("Where should a task signal completion when
//! Callback is chosen"), and the one that Azure/gitops-connector makes.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::client::{AzureDevOps, server};
use super::credentials::credentials;
use crate::forge::remote::Remote;
use crate::forge::row::Connection;
use crate::http::{Client, segment};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::repository_url::shown_location;

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

/// Where Azure/gitops-connector looks, too.
const PROPERTY: &str = "callback-task-id";

const WRITES_IT: &str = "the waiting task has to write it, as `InvokeRESTAPI@1` does in \
                         templates-examples/ci/azure-pipelines/environment.yaml";

/// The properties of a pull request, by their names.
#[derive(Debug, Deserialize)]
struct Properties {
    #[serde(default)]
    value: HashMap<String, Property>,
}

#[derive(Debug, Deserialize)]
struct Property {
    #[serde(rename = "$value")]
    value: Value,
}

/// What a waiting task writes about itself: JSON, as text.
#[derive(Debug, Deserialize)]
struct Callback {
    taskid: String,
    jobid: String,
    planurl: String,
    planid: String,
    projectid: String,
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

/// The task that waits for a pull request, as it wrote it into the pull request's properties: the
/// collection that it is in, and its ids.
pub fn waiting_task(connection: &Connection, number: u64) -> Result<(String, Task)> {
    let azure = AzureDevOps::new(connection, credentials(connection)?)?;
    let answer = azure.get(&format!("pullRequests/{number}/properties")).send();
    let answer = answer.with_context(|| format!("cannot read the properties of pull request {number}"))?;
    let Properties { value } = answer.json()?;
    let Some(property) = value.get(PROPERTY) else {
        let message = format!("no task waits for pull request {number}: it has no property `{PROPERTY}`");
        return Err(Diagnostic::new(message).hint(WRITES_IT).into());
    };
    let text = property.value.as_str().unwrap_or_default();
    let Callback { taskid, jobid, planurl, planid, projectid } =
        serde_json::from_str(text).with_context(|| {
            let message = format!("the property `{PROPERTY}` of pull request {number} names no task");
            Diagnostic::new(message).hint(WRITES_IT)
        })?;
    refuse_another_server(&planurl, connection, number)?;
    let task = Task { project: projectid, hub: "build".to_owned(), plan: planid, job: jobid, task: taskid };
    Ok((planurl, task))
}

/// Everybody who may contribute to a pull request may write its properties. They do not decide where
/// the token is sent.
fn refuse_another_server(collection: &str, connection: &Connection, number: u64) -> Result<()> {
    let is_beside = Remote::parse(collection).is_ok_and(|other| other.is_beside(connection.remote));
    if is_beside {
        return Ok(());
    }
    let message = format!(
        "the property `{PROPERTY}` of pull request {number} names a task on another server: {}",
        shown_location(collection)
    );
    let hint = "if that is right, complete it with `towline resume task`";
    Err(Diagnostic::refused(message).hint(hint).into())
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
