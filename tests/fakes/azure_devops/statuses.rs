//! Commit statuses of the fake Azure DevOps.

use serde_json::{Value, json};

use super::identities::{SELF, display_name};
use super::{AzureDevOps, State, part, refused};
use crate::fakes::{Reply, Request};

impl AzureDevOps {
    /// The oldest first: nothing says in which order they come.
    pub(super) fn statuses(&self, state: &State, sha: &str, request: &Request) -> Reply {
        if !self.branches.has_commit(sha) {
            return no_commit(sha);
        }
        assert_eq!(request.query("latestOnly"), Some("false"), "the fake knows no other");
        let found = state.statuses.iter().filter(|(known, _)| known == sha);
        part(request, "top", "skip", self.page, found.map(|(_, status)| status.clone()).collect())
    }

    pub(super) fn set_status(&self, state: &mut State, sha: &str, body: &Value) -> Reply {
        if !self.branches.has_commit(sha) {
            return no_commit(sha);
        }
        if body["context"]["name"].as_str().is_none_or(str::is_empty) {
            return refused(
                400,
                "ArgumentNullException",
                "Value cannot be null. Parameter name: context.name",
            );
        }
        let mut status = body.clone();
        status["id"] = json!(state.next_id());
        status["creationDate"] = json!(self.now());
        status["updatedDate"] = json!(self.now());
        let author = state.author.as_deref().unwrap_or(SELF);
        status["createdBy"] = json!({"id": author, "displayName": display_name(SELF), "uniqueName": author});
        state.statuses.push((sha.to_owned(), status.clone()));
        Reply::json(200, status)
    }
}

fn no_commit(sha: &str) -> Reply {
    let message = format!("TF401175: The version descriptor <Commit: {sha}> could not be resolved");
    refused(404, "GitUnresolvableToCommitException", &message)
}
