//! Pipelines that wait: the application's repository `acme/greeting` on GitHub and on Forgejo, and
//! a task of Azure Pipelines in the collection `acme`. Each writes down how it was woken.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Reply, Request, Server, Service, Spec};

pub const TOKEN: &str = "wake";
/// `:wake` in base64.
const BASIC: &str = "Basic Ondha2U=";
pub const PROJECT: &str = "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c";
pub const PLAN: &str = "3e1a2bc4-5d6f-4a7b-8c9d-0e1f2a3b4c5d";
pub const JOB: &str = "12f1170f-54f2-53f3-20dd-22fc7dff55f9";
pub const TASK: &str = "9d1cbb6b-3a7f-4d54-8b43-5f1b0b5f6a11";

const PROPERTIES: &str = "/acme/shop/_apis/git/repositories/gitops/pullRequests/42/properties";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    GitHub,
    Forgejo,
    AzurePipelines,
}

pub struct Waiting {
    kind: Kind,
    /// What the waiting task wrote into pull request 42.
    property: Mutex<Option<String>>,
    woken: Mutex<Vec<Value>>,
}

impl Waiting {
    pub fn start(kind: Kind) -> (Arc<Self>, Server) {
        let waiting = Arc::new(Self { kind, property: Mutex::default(), woken: Mutex::default() });
        let spec = match kind {
            Kind::GitHub => Spec::load("github-dispatch", ""),
            Kind::Forgejo => Spec::load("forgejo-dispatch", "/api/v1"),
            Kind::AzurePipelines => Spec::load("azure-devops-task", ""),
        };
        let server = Server::start(waiting.clone(), Some(spec));
        (waiting, server)
    }

    /// A task writes into pull request 42 of the repository `gitops` what it waits with.
    pub fn register(&self, callback: &str) {
        *self.property.lock().unwrap() = Some(callback.to_owned());
    }

    fn properties(&self) -> Reply {
        let property = self.property.lock().unwrap().clone();
        let entry =
            property.map(|text| json!({"callback-task-id": {"$type": "System.String", "$value": text}}));
        Reply::json(200, json!({"count": entry.iter().len(), "value": entry.unwrap_or(json!({}))}))
    }

    /// The bodies of what it was woken with.
    pub fn woken(&self) -> Vec<Value> {
        self.woken.lock().unwrap().clone()
    }

    fn wake(&self, status: u16, body: &Value) -> Reply {
        self.woken.lock().unwrap().push(body.clone());
        Reply::json(status, Value::Null)
    }

    fn complete(&self, request: &Request) -> Reply {
        let body = &request.body;
        if body["jobId"] != JOB || body["taskId"] != TASK {
            return Reply::refused(404, "The job or the task was not found.");
        }
        if !self.woken().is_empty() {
            return Reply::refused(400, "VS800075: the plan is completed already.");
        }
        self.wake(200, body)
    }
}

impl Service for Waiting {
    fn answer(&self, request: &Request) -> Reply {
        let expected = match self.kind {
            Kind::GitHub => format!("Bearer {TOKEN}"),
            Kind::Forgejo => format!("token {TOKEN}"),
            Kind::AzurePipelines => BASIC.to_owned(),
        };
        if request.header("authorization") != Some(&expected) {
            return Reply::refused(401, "Bad credentials");
        }
        let plan = format!("/acme/{PROJECT}/_apis/distributedtask/hubs/build/plans/{PLAN}/events");
        match (self.kind, request.path.as_str()) {
            (Kind::GitHub, "/repos/acme/greeting/dispatches") => self.wake(204, &request.body),
            (Kind::GitHub, "/repos/acme/greeting/actions/workflows/resume.yaml/dispatches")
            | (Kind::Forgejo, "/api/v1/repos/acme/greeting/actions/workflows/resume.yaml/dispatches") => {
                self.wake(204, &request.body)
            }
            (Kind::AzurePipelines, path) if path == plan => self.complete(request),
            (Kind::AzurePipelines, PROPERTIES) => self.properties(),
            _ => Reply::refused(404, "Not Found"),
        }
    }
}
