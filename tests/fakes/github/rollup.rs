//! Statuses and checks of a commit in GraphQL: the newest of each, in pages.

use git2::Oid;
use serde_json::{Value, json};

use super::rules::latest;
use super::{GitHub, READING_TOKEN, State, token};
use crate::fakes::Request;
use crate::fakes::graphql::{Operation, Selection};

impl GitHub {
    /// The commits that are asked for, each under its alias, and what may not be read of them.
    pub(super) fn commits_of(
        &self,
        state: &State,
        operation: &Operation,
        request: &Request,
    ) -> (Value, Vec<Value>) {
        let may_read_checks = token(request) != Some(READING_TOKEN);
        let (mut repository, mut errors) = (json!({}), Vec::new());
        for object in &operation.selection[0].inside {
            let (alias, sha) = (object.key(), operation.argument(object, "oid"));
            let sha = sha.as_str().unwrap();
            let commit = || {
                let contexts = Selection::find(&object.inside, "contexts").unwrap();
                let after = operation.argument(contexts, "after").as_str().map_or(0, cursor);
                let first = operation.argument(contexts, "first").as_u64().unwrap().try_into().unwrap();
                let rollup = rollup(state, Oid::from_str(sha).unwrap(), after, first);
                let rollup = may_read_checks.then_some(rollup);
                json!({"__typename": "Commit", "oid": sha, "statusCheckRollup": rollup})
            };
            repository[alias] = self.branches.has_commit(sha).then(commit).into();
            if !may_read_checks {
                let message = "Resource not accessible by personal access token";
                let path = ["repository", alias, "statusCheckRollup"];
                errors.push(json!({"type": "FORBIDDEN", "path": path, "message": message}));
            }
        }
        (json!({"repository": repository}), errors)
    }
}

fn cursor(text: &str) -> usize {
    text.strip_prefix("after:").and_then(|number| number.parse().ok()).expect("a cursor that was given")
}

/// Statuses and check runs of a commit; null where there are none.
pub fn rollup(state: &State, commit: Oid, after: usize, first: usize) -> Value {
    let statuses = latest(&state.statuses, commit, "context").into_iter().map(|s| status(state, s));
    let runs = latest(&state.check_runs, commit, "name").into_iter().map(|run| check_run(state, run));
    let all: Vec<Value> = statuses.chain(runs).collect();
    if all.is_empty() {
        return Value::Null;
    }
    let nodes: Vec<&Value> = all.iter().skip(after).take(first).collect();
    let end = after + nodes.len();
    let page = json!({"hasNextPage": end < all.len(), "endCursor": format!("after:{end}")});
    let kind = "StatusCheckRollupContextConnection";
    json!({"contexts": {"__typename": kind, "pageInfo": page, "nodes": nodes}})
}

fn status(state: &State, status: &Value) -> Value {
    json!({
        "__typename": "StatusContext",
        "id": format!("SC_{}", status["id"]),
        "context": status["context"],
        "state": upper(&status["state"]),
        "description": status["description"],
        "targetUrl": status["target_url"],
        "createdAt": status["created_at"],
        "isRequired": is_required(state, &status["context"]),
    })
}

fn check_run(state: &State, run: &Value) -> Value {
    json!({
        "__typename": "CheckRun",
        "id": format!("CR_{}", run["id"]),
        "name": run["name"],
        "status": upper(&run["status"]),
        "conclusion": upper(&run["conclusion"]),
        "startedAt": run["started_at"],
        "completedAt": run["completed_at"],
        "title": run["output"]["title"],
        "detailsUrl": run["details_url"],
        "isRequired": is_required(state, &run["name"]),
    })
}

fn upper(value: &Value) -> Option<String> {
    value.as_str().map(str::to_uppercase)
}

fn is_required(state: &State, name: &Value) -> bool {
    state.rules.checks.iter().any(|check| name == check)
}
