//! Deployments of the fake GitLab: no text, no mark, and states that only go on.

use serde_json::{Value, json};

use super::{GitLab, State, not_found};
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

#[derive(Debug, Clone)]
pub struct Deployment {
    id: u64,
    sha: String,
    reference: String,
    environment: String,
    status: String,
}

impl GitLab {
    /// Each as GitLab's page of environments shows it, the oldest first.
    pub fn deployments_seen(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.deployments.iter().map(|it| format!("{} {}", it.environment, it.status)).collect()
    }

    pub(super) fn deployments(&self, state: &State, request: &Request) -> Reply {
        let wanted =
            |it: &&Deployment| request.query("environment").is_none_or(|name| name == it.environment);
        let found = state.deployments.iter().filter(wanted).map(|it| self.deployment(it));
        let mut found: Vec<Value> = found.collect();
        if request.query("sort") == Some("desc") {
            found.reverse();
        }
        page(request, "per_page", self.page, found, Value::Array)
    }

    pub(super) fn create_deployment(&self, state: &mut State, body: &Value) -> Reply {
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        if !self.branches.has_commit(&text("sha")) {
            return Reply::refused(400, "The commit does not exist");
        }
        let deployment = Deployment {
            id: state.next_id(),
            sha: text("sha"),
            reference: text("ref"),
            environment: text("environment"),
            status: text("status"),
        };
        state.deployments.push(deployment.clone());
        Reply::json(201, self.deployment(&deployment))
    }

    /// GitLab's state machine: only what was created may run, and nothing becomes what it is.
    pub(super) fn update_deployment(&self, state: &mut State, id: &str, body: &Value) -> Reply {
        let Some(deployment) = state.deployments.iter_mut().find(|it| it.id.to_string() == id) else {
            return not_found("Deployment");
        };
        let asked = body["status"].as_str().unwrap();
        if asked == "running" && deployment.status != "created" || asked == deployment.status {
            return Reply::refused(400, "Cannot transition status");
        }
        deployment.status = asked.to_owned();
        let shown = self.deployment(deployment);
        Reply::json(200, shown)
    }

    fn deployment(&self, deployment: &Deployment) -> Value {
        let Deployment { id, sha, reference, environment, status } = deployment;
        let fields = json!({
            "id": id, "iid": id, "ref": reference, "sha": sha, "status": status, "deployable": null,
            "created_at": self.now(), "environment": {"id": 1, "name": environment},
            "user": self.user("towline-bot"),
        });
        self.spec.example("Deployment", fields)
    }
}
