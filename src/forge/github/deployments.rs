//! Deployments: each belongs to a commit and an environment, and has a list of statuses, of which the
//! newest counts. Towline's have the application's name in their payload, by which a later run finds
//! them again. A success makes GitHub end the deployment that was there before.

use anyhow::Result;
use git2::Oid;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::GitHub;
use super::statuses::DESCRIPTION;
use crate::forge::github_style::GithubStyle;
use crate::forge::protocol::{Api, Deployments, goes_on};
use crate::forge::{DeploymentState, NewDeployment};
use crate::http;
use crate::vocabulary::text::shorten;

#[derive(Debug, Deserialize)]
struct Deployment {
    id: u64,
    payload: Value,
}

#[derive(Debug, Deserialize)]
struct Status {
    id: u64,
    state: String,
    #[serde(default)]
    description: String,
}

impl Deployments for GitHub {
    fn write_deployment(&self, commit: Oid, new: &NewDeployment) -> Result<()> {
        let description = shorten(&new.description, DESCRIPTION);
        let id = match self.newest_deployment(commit, new)? {
            None if new.state == DeploymentState::Inactive => return Ok(()),
            None => self.create_deployment(commit, new)?,
            Some(id) => match self.newest_status(id)? {
                Some(last) if last.state == name(new.state) && last.description == description => {
                    return Ok(());
                }
                Some(last) if !goes_on(state(&last.state), new.state) => {
                    self.create_deployment(commit, new)?
                }
                _ => id,
            },
        };
        let mut fields = json!({"state": name(new.state), "description": description});
        if let Some(url) = &new.log_url {
            fields["log_url"] = json!(url);
        }
        let path = self.path(&format!("deployments/{id}/statuses"));
        self.client().post(&path).body(fields).repeatable().send()?;
        Ok(())
    }
}

impl GitHub {
    /// Towline's newest deployment of the application.
    fn newest_deployment(&self, commit: Oid, new: &NewDeployment) -> http::Result<Option<u64>> {
        let request = self.client().get(&self.path("deployments")).query("sha", &commit.to_string());
        let found: Vec<Deployment> = self.all(request.query("environment", &new.environment))?;
        let own = payload(&new.application);
        // One that was sent as text comes back as text.
        let is_own = |payload: &Value| match payload.as_str() {
            Some(text) => serde_json::from_str::<Value>(text).is_ok_and(|payload| payload == own),
            None => *payload == own,
        };
        Ok(found.into_iter().filter(|it| is_own(&it.payload)).map(|it| it.id).max())
    }

    fn newest_status(&self, deployment: u64) -> http::Result<Option<Status>> {
        let request = self.client().get(&self.path(&format!("deployments/{deployment}/statuses")));
        let statuses: Vec<Status> = self.all(request)?;
        Ok(statuses.into_iter().max_by_key(|status| status.id))
    }

    /// Of the commit as it is: nothing is merged into it, and no other status has to be there.
    fn create_deployment(&self, commit: Oid, new: &NewDeployment) -> http::Result<u64> {
        let fields = json!({
            "ref": commit.to_string(),
            "environment": new.environment,
            "auto_merge": false,
            "required_contexts": [],
            "payload": payload(&new.application),
        });
        let answer = self.client().post(&self.path("deployments")).body(fields).send()?;
        Ok(answer.json::<Deployment>()?.id)
    }
}

fn payload(application: &str) -> Value {
    json!({"towline": {"application": application}})
}

fn name(state: DeploymentState) -> &'static str {
    match state {
        DeploymentState::Queued => "queued",
        DeploymentState::InProgress => "in_progress",
        DeploymentState::Success => "success",
        DeploymentState::Failure => "failure",
        DeploymentState::Inactive => "inactive",
    }
}

fn state(name: &str) -> DeploymentState {
    match name {
        "success" => DeploymentState::Success,
        "failure" | "error" => DeploymentState::Failure,
        "inactive" => DeploymentState::Inactive,
        "in_progress" => DeploymentState::InProgress,
        _ => DeploymentState::Queued,
    }
}
