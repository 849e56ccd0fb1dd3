//! Starting a workflow of Gitea's or Forgejo's Actions by its file.

use anyhow::{Context, Result};
use serde_json::json;

use super::client::Gitea;
use super::credentials::credentials;
use crate::forge::Workflow;
use crate::forge::protocol::Api;
use crate::forge::row::Connection;
use crate::http::segment;

/// A run that is started twice reads the current state twice, and that is all.
pub fn start_workflow(connection: &Connection, workflow: &Workflow) -> Result<()> {
    let gitea = Gitea::new(connection, credentials(connection)?)?;
    let path = format!("{}/actions/workflows/{}/dispatches", gitea.site.root, segment(&workflow.file));
    let body = json!({"ref": workflow.reference, "inputs": workflow.inputs});
    let sent = gitea.client().post(&path).body(body).repeatable().send();
    sent.with_context(|| format!("cannot start {} of {}", workflow.file, gitea.site.root))?;
    Ok(())
}
