//! Policies of the fake Azure DevOps's base branches, and what its identities may do.

use serde_json::{Value, json};

use super::{AzureDevOps, State, part, refused};
use crate::fakes::{Reply, Request};

pub const PROJECT: &str = "44444444-aaaa-4aaa-8aaa-000000000001";
pub const REPOSITORY_ID: &str = "55555555-aaaa-4aaa-8aaa-000000000001";
const GIT_REPOSITORIES: &str = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87";

/// A policy that applies to every pull request.
#[derive(Debug, Clone)]
pub struct Policy {
    pub kind: &'static str,
    /// Of the build or the status that it asks for.
    pub name: Option<&'static str>,
    pub blocking: bool,
    pub status: &'static str,
}

impl State {
    /// Whether all required policies are met.
    pub(super) fn may_complete(&self) -> bool {
        let mut required = self.policies.iter().filter(|policy| policy.blocking);
        required.all(|policy| matches!(policy.status, "approved" | "notApplicable"))
    }
}

impl AzureDevOps {
    /// Has these policies from now on, in place of others.
    pub fn policies(&self, policies: &[Policy]) {
        self.state.lock().unwrap().policies = policies.to_vec();
    }

    /// From now on, the token may not read policies.
    pub fn hide_policies(&self) {
        self.state.lock().unwrap().policies_hidden = true;
    }

    /// The permissions of the token's identity on the repository, as bits; none when it may not
    /// even ask for them.
    pub fn permit(&self, rights: Option<i64>) {
        self.state.lock().unwrap().rights = rights;
    }

    pub(super) fn evaluations(&self, state: &State, request: &Request) -> Reply {
        if state.policies_hidden {
            let message = "TF401027: You need the Git 'GenericRead' permission to perform this action.";
            return refused(403, "GitNeedsPermissionException", message);
        }
        let artifact = request.query("artifactId").unwrap_or_default();
        let number = artifact.strip_prefix(&format!("vstfs:///CodeReview/CodeReviewId/{PROJECT}/"));
        let Some(number) = number.and_then(|number| number.parse::<u64>().ok()) else {
            return refused(400, "InvalidArgumentValueException", "The artifact ID is not valid.");
        };
        let known = state.pulls.iter().any(|pull| pull.number == number);
        let policies = state.policies.iter().filter(|policy| known && policy.status != "notApplicable");
        let found = policies.enumerate().map(|(at, policy)| evaluation(at, policy, artifact)).collect();
        part(request, "$top", "$skip", self.page, found)
    }

    pub(super) fn repository(&self) -> Reply {
        Reply::json(200, repository())
    }

    pub(super) fn evaluate_permissions(&self, state: &State, body: &Value) -> Reply {
        let Some(rights) = state.rights else {
            return refused(403, "AccessCheckException", "TF400813: The user is not authorized.");
        };
        let token = format!("repoV2/{PROJECT}/{REPOSITORY_ID}");
        let mut body = body.clone();
        for evaluation in body["evaluations"].as_array_mut().unwrap() {
            let asked = evaluation["permissions"].as_i64().unwrap();
            let known = evaluation["securityNamespaceId"] == GIT_REPOSITORIES && evaluation["token"] == token;
            evaluation["value"] = json!(known && rights & asked == asked);
        }
        Reply::json(200, json!({"evaluations": body["evaluations"]}))
    }
}

pub fn repository() -> Value {
    json!({"id": REPOSITORY_ID, "name": "gitops", "project": {"id": PROJECT, "name": "shop", "state": "wellFormed"}})
}

fn evaluation(at: usize, policy: &Policy, artifact: &str) -> Value {
    let mut settings = json!({"scope": [{"refName": "refs/heads/main", "matchKind": "Exact"}]});
    if let Some(name) = policy.name {
        settings["displayName"] = json!(name);
    }
    json!({
        "artifactId": artifact,
        "evaluationId": format!("66666666-aaaa-4aaa-8aaa-{at:012}"),
        "status": policy.status,
        "configuration": {
            "id": at + 1,
            "revision": 1,
            "isEnabled": true,
            "isBlocking": policy.blocking,
            "type": {"id": format!("77777777-aaaa-4aaa-8aaa-{at:012}"), "displayName": policy.kind},
            "settings": settings,
        },
    })
}
