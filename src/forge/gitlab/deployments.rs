//! Deployments. GitLab's have no text and no place for a mark: Towline's are those of the commit and
//! the environment that no job made. One that has not begun is not shown there, and one that is over
//! does not begin again: it is followed by another.

use anyhow::Result;
use git2::Oid;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::GitLab;
use crate::forge::protocol::{Api, Deployments, goes_on};
use crate::forge::{DeploymentState, NewDeployment};
use crate::http::{self, Kind, segment};

#[derive(Debug, Deserialize)]
struct Deployment {
    id: u64,
    sha: String,
    status: String,
    /// The job that made it.
    deployable: Option<Value>,
}

impl Deployments for GitLab {
    fn write_deployment(&self, commit: Oid, new: &NewDeployment) -> Result<()> {
        let Some(status) = name(new.state) else { return Ok(()) };
        match self.newest_deployment(commit, new)? {
            Some(last) if last.status == status => {}
            Some(last) if goes_on(state(&last.status), new.state) => {
                // What was deployed stays in the history, whatever came later.
                if new.state != DeploymentState::Inactive || last.status == "running" {
                    let path = self.path(&format!("deployments/{}", last.id));
                    self.client().put(&path).body(json!({"status": status})).send()?;
                }
            }
            None if new.state == DeploymentState::Inactive => {}
            _ => self.create_deployment(commit, new, status)?,
        }
        Ok(())
    }
}

impl GitLab {
    /// A page of the newest deployments of the environment is enough: those of a release that is
    /// promoted now are among them.
    fn newest_deployment(&self, commit: Oid, new: &NewDeployment) -> http::Result<Option<Deployment>> {
        let request = self.client().get(&self.path("deployments")).query("environment", &new.environment);
        let request = request.query("order_by", "id").query("sort", "desc");
        let answer = request.query("per_page", self.row().page_size).send()?;
        let found: Vec<Deployment> = answer.json()?;
        let is_own = |it: &Deployment| it.deployable.is_none() && it.sha == commit.to_string();
        Ok(found.into_iter().filter(is_own).max_by_key(|it| it.id))
    }

    fn create_deployment(&self, commit: Oid, new: &NewDeployment, status: &str) -> Result<()> {
        let (reference, is_tag) = self.reference(commit, new)?;
        let fields = json!({
            "environment": new.environment,
            "sha": commit.to_string(),
            "ref": reference,
            "tag": is_tag,
            "status": status,
        });
        self.client().post(&self.path("deployments")).body(fields).send()?;
        Ok(())
    }

    /// The branch or tag that it is of, and whether it is a tag. Where none is known, the commit itself
    /// is named.
    fn reference(&self, commit: Oid, new: &NewDeployment) -> http::Result<(String, bool)> {
        let Some(name) = &new.reference else { return Ok((commit.to_string(), false)) };
        let branch = self.client().get(&self.path(&format!("repository/branches/{}", segment(name)))).send();
        match branch {
            Ok(_) => Ok((name.clone(), false)),
            Err(fault) if fault.kind == Kind::NotFound => Ok((name.clone(), true)),
            Err(fault) => Err(fault),
        }
    }
}

/// None where GitLab has no word.
fn name(state: DeploymentState) -> Option<&'static str> {
    match state {
        DeploymentState::Queued => None,
        DeploymentState::InProgress => Some("running"),
        DeploymentState::Success => Some("success"),
        DeploymentState::Failure => Some("failed"),
        DeploymentState::Inactive => Some("canceled"),
    }
}

fn state(name: &str) -> DeploymentState {
    match name {
        "running" => DeploymentState::InProgress,
        "success" => DeploymentState::Success,
        "failed" => DeploymentState::Failure,
        "canceled" => DeploymentState::Inactive,
        // Created, or blocked until people approve.
        _ => DeploymentState::Queued,
    }
}
