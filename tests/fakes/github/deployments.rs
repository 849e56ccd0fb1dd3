//! Deployments of the fake GitHub. A success ends the deployments to the same environment before it.

use serde_json::{Value, json};

use super::{GitHub, REPOSITORY, State, invalid_field};
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

#[derive(Debug)]
pub struct Deployment {
    id: u64,
    sha: String,
    environment: String,
    payload: Value,
    /// The oldest first.
    statuses: Vec<Value>,
}

impl Deployment {
    fn state(&self) -> &str {
        self.statuses.last().map_or("pending", |status| status["state"].as_str().unwrap())
    }
}

impl GitHub {
    /// Each as the page of a commit shows it, the oldest first.
    pub fn statuses_seen(&self) -> Vec<String> {
        let text = |status: &Value, name: &str| status[name].as_str().unwrap_or_default().to_owned();
        let state = self.state.lock().unwrap();
        let seen = state.statuses.iter().map(|(_, status)| {
            let [context, state, description, url] =
                ["context", "state", "description", "target_url"].map(|name| text(status, name));
            format!("{context} {state}: {description} {url}")
        });
        seen.collect()
    }

    /// Each as GitHub's page of environments shows it, the oldest first.
    pub fn deployments_seen(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let seen = state.deployments.iter().map(|it| {
            let text = it.statuses.last().map_or("", |status| status["description"].as_str().unwrap());
            format!("{} {}: {text}", it.environment, it.state())
        });
        seen.collect()
    }

    pub(super) fn deployments(&self, state: &State, request: &Request) -> Reply {
        let asked = |name: &str, value: &str| request.query(name).is_none_or(|wanted| wanted == value);
        let found = state.deployments.iter().rev();
        let found = found.filter(|it| asked("sha", &it.sha) && asked("environment", &it.environment));
        let found = found.map(|it| self.deployment(it)).collect();
        page(request, "per_page", self.page, found, Value::Array)
    }

    /// The statuses that a commit must have are all that it has, unless the request names them.
    pub(super) fn create_deployment(&self, state: &mut State, body: &Value) -> Reply {
        let sha = body["ref"].as_str().unwrap();
        if !self.branches.has_commit(sha) {
            return invalid_field(json!({"resource": "Deployment", "code": "invalid", "field": "ref"}));
        }
        if body["auto_merge"] != false || body["required_contexts"] != json!([]) {
            return Reply::refused(409, "Conflict: Commit status checks failed.");
        }
        let deployment = Deployment {
            id: state.next_id(),
            sha: sha.to_owned(),
            environment: body["environment"].as_str().unwrap_or("production").to_owned(),
            payload: body["payload"].clone(),
            statuses: Vec::new(),
        };
        let reply = Reply::json(201, self.deployment(&deployment));
        state.deployments.push(deployment);
        reply
    }

    pub(super) fn deployment_statuses(&self, state: &State, id: &str, request: &Request) -> Reply {
        let Some(found) = state.deployments.iter().find(|it| it.id.to_string() == id) else {
            return Reply::refused(404, "Not Found");
        };
        let statuses = found.statuses.iter().rev().cloned().collect();
        page(request, "per_page", self.page, statuses, Value::Array)
    }

    pub(super) fn add_deployment_status(&self, state: &mut State, id: &str, body: &Value) -> Reply {
        let Some(at) = state.deployments.iter().position(|it| it.id.to_string() == id) else {
            return Reply::refused(404, "Not Found");
        };
        if body["state"] == "success" {
            let environment = state.deployments[at].environment.clone();
            for before in 0..at {
                let is_replaced = state.deployments[before].environment == environment;
                if is_replaced && state.deployments[before].state() == "success" {
                    let status = self.deployment_status(state, &json!({"state": "inactive"}));
                    state.deployments[before].statuses.push(status);
                }
            }
        }
        let status = self.deployment_status(state, body);
        state.deployments[at].statuses.push(status.clone());
        Reply::json(201, status)
    }

    fn deployment(&self, deployment: &Deployment) -> Value {
        let Deployment { id, sha, environment, payload, .. } = deployment;
        let mut shown = self.spec.example(
            "deployment",
            json!({
                "id": id, "sha": sha, "ref": sha, "task": "deploy", "environment": environment,
                "creator": self.user("ann"), "created_at": self.now(), "updated_at": self.now(),
                "url": format!("https://api.github.com{REPOSITORY}/deployments/{id}"),
            }),
        );
        shown["payload"] = payload.clone();
        shown
    }

    fn deployment_status(&self, state: &mut State, body: &Value) -> Value {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let fields = json!({
            "id": state.next_id(), "state": body["state"], "description": text("description"),
            "log_url": body["log_url"].as_str().unwrap_or("https://github.com"),
            "creator": self.user("ann"), "created_at": self.now(), "updated_at": self.now(),
        });
        self.spec.example("deployment-status", fields)
    }
}
