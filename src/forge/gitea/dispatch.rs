//! Starting a workflow of Gitea's or Forgejo's Actions by its file.

use anyhow::{Context, Result};
use serde_json::json;

use super::Gitea;
use crate::forge::wake::Workflow;
use crate::http::segment;

impl Gitea {
    /// Who is woken twice looks twice, and that is all.
    pub(in crate::forge) fn start_workflow(&self, workflow: &Workflow) -> Result<()> {
        let path = format!("{}/actions/workflows/{}/dispatches", self.repository, segment(&workflow.file));
        let body = json!({"ref": workflow.reference, "inputs": workflow.inputs});
        let sent = self.client.post(&path).body(body).repeatable().send();
        sent.with_context(|| format!("cannot start {} of {}", workflow.file, self.repository))?;
        Ok(())
    }
}
