//! GitLab: gitlab.com and servers of one's own, from 15.6 on.
//!
//! What is peculiar to it:
//! - Pull requests are merge requests, counted in each project; the project's path may have any
//!   number of groups and is one encoded segment.
//! - It opens merge requests from branches that do not exist or have nothing to merge, so that is
//!   looked at first. Two that are asked for at the same moment may both be opened: the older
//!   stays, the others are closed.
//! - The head of a merge request follows a push after a moment, and so does the answer whether it
//!   can be merged, see [`pulls`].
//! - How merges are made is a setting of the project, see [`merge`]: a merge commit, or nothing
//!   but moving the branch forward.
//! - A status that is pending or running turns into the one that follows it, see [`statuses`].
//! - Lines of a text that begin with a slash are commands to it, see [`quick_actions`].
//! - Lists carry `X-Next-Page`; their links may name the server as it is behind its proxy.

mod access;
mod api;
mod comments;
mod credentials;
mod merge;
mod pulls;
mod quick_actions;
mod readiness;
mod review;
mod statuses;
mod when_ready;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};

use self::api::Project;
pub use self::credentials::{JOB_TOKEN, credentials};
use super::protocol::Api;
use super::row::{Connection, Row};
use super::{Forge, Permission};
use crate::http::{Client, Credentials, Server, segment};

/// See the module.
pub struct GitLab {
    row: &'static Row,
    client: Client,
    /// `projects/GROUP%2FNAME`
    project: String,
    /// Its settings do not change while a command runs.
    settings: OnceLock<Project>,
    /// Whether it asks with a job's token, which GitLab lets do little.
    is_job: bool,
}

pub fn connect(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Box<dyn Forge>> {
    let is_job = credentials.origin().starts_with(JOB_TOKEN);
    let server = Server {
        name: connection.row.name,
        base: credentials::api_of(connection)?,
        headers: vec![("accept", "application/json")],
        credentials: Box::new(credentials),
        between_writes: Duration::ZERO,
    };
    Ok(Box::new(GitLab {
        row: connection.row,
        client: Client::new(server, connection.settings.clone())?,
        project: format!("projects/{}", segment(&connection.remote.path.join("/"))),
        settings: OnceLock::new(),
        is_job,
    }))
}

impl GitLab {
    fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.project)
    }

    fn pull_path(&self, number: u64) -> String {
        self.path(&format!("merge_requests/{number}"))
    }

    fn project(&self) -> Result<&Project> {
        if let Some(project) = self.settings.get() {
            return Ok(project);
        }
        let answer = self.client.get(&self.project).send();
        let project = answer.and_then(|answer| answer.json()).context("cannot read the project")?;
        Ok(self.settings.get_or_init(|| project))
    }
}

impl Api for GitLab {
    fn row(&self) -> &'static Row {
        self.row
    }

    fn client(&self) -> &Client {
        &self.client
    }

    fn read_permissions(&self) -> Result<Vec<Permission>> {
        self.permissions_of_token()
    }

    fn harmless(&self, text: &str) -> String {
        quick_actions::disarm(text)
    }
}
