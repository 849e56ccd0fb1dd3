//! Starting workflows: by an event of the repository, or one by its file.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::client::GitHub;
use super::credentials::credentials;
use crate::forge::protocol::Api;
use crate::forge::row::Connection;
use crate::forge::{Event, Workflow};
use crate::http::segment;
use crate::vocabulary::Diagnostic;

/// The most fields that GitHub takes in an event, and in the inputs of a workflow.
const PAYLOAD: usize = 10;
const INPUTS: usize = 25;
/// The longest name of an event, in characters.
const NAME: usize = 100;

pub fn send_event(connection: &Connection, event: &Event) -> Result<()> {
    let github = GitHub::new(connection, credentials(connection)?)?;
    if event.name.is_empty() || event.name.chars().count() > NAME {
        let message =
            format!("`{}` is not a valid event name: it must have 1 to {NAME} characters", event.name);
        return Err(Diagnostic::new(message).into());
    }
    at_most(event.payload.len(), PAYLOAD, "an event's payload")?;
    let body = json!({"event_type": event.name, "client_payload": event.payload});
    github
        .dispatch("dispatches", body)
        .with_context(|| format!("cannot send the event `{}` to {}", event.name, github.site.root))
}

pub fn start_workflow(connection: &Connection, workflow: &Workflow) -> Result<()> {
    let github = GitHub::new(connection, credentials(connection)?)?;
    at_most(workflow.inputs.len(), INPUTS, "a workflow's input")?;
    let path = format!("actions/workflows/{}/dispatches", segment(&workflow.file));
    let body = json!({"ref": workflow.reference, "inputs": workflow.inputs});
    github
        .dispatch(&path, body)
        .with_context(|| format!("cannot start {} of {}", workflow.file, github.site.root))
}

impl GitHub {
    /// A run that is started twice reads the current state twice, and that is all.
    fn dispatch(&self, path: &str, body: Value) -> Result<()> {
        self.client().post(&self.path(path)).body(body).repeatable().send()?;
        Ok(())
    }
}

fn at_most(count: usize, most: usize, what: &str) -> Result<()> {
    match count <= most {
        true => Ok(()),
        false => Err(Diagnostic::new(format!("{what} has {count} fields, and GitHub allows {most}")).into()),
    }
}
