//! Gitea and Forgejo: one API, on servers of one's own and on codeberg.org.
//!
//! What is peculiar to it:
//! - Pull requests cannot be searched by head branch: lists are read page by page.
//! - It refuses a second open pull request for two branches with 409, but two that are asked for at
//!   the same moment may both be opened: the older stays, the others are closed.
//! - It opens pull requests without a commit to merge, so that is looked at first.
//! - `mergeable` is false for a conflict and as long as it is not known, see [`look`].
//! - The head of a merged pull request follows its branch; what was merged is at
//!   `refs/pull/N/head`.
//! - Links to further pages carry the server's configured name, which need not be the one it was
//!   asked by: pages are counted instead.
//! - Labels are added by id.
//! - A merge that is scheduled until its checks succeed is not about a head: see [`when_ready`].

mod access;
mod api;
mod comments;
mod credentials;
mod dispatch;
mod look;
mod merge;
mod pulls;
mod readiness;
mod review;
mod statuses;
mod when_ready;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;

pub use self::credentials::credentials;
pub use self::dispatch::start_workflow;
use super::protocol::Api;
use super::row::{Connection, Row};
use super::{Forge, Permission};
use crate::http::{Client, Credentials, Server, segment};

/// See the module.
pub struct Gitea {
    row: &'static Row,
    client: Client,
    owner: String,
    /// `repos/OWNER/NAME`, encoded.
    repository: String,
    /// Heads and bases that cannot be merged: what is known need not be waited for again.
    conflicts: Mutex<HashSet<(String, String)>>,
}

impl Gitea {
    fn new(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Self> {
        let (_, owner, name) = credentials::split(connection.remote)?;
        let server = Server {
            name: connection.row.name,
            base: credentials::api_of(connection)?,
            headers: vec![("accept", "application/json")],
            credentials: Box::new(credentials),
            between_writes: Duration::ZERO,
        };
        Ok(Self {
            row: connection.row,
            client: Client::new(server, connection.settings.clone())?,
            owner: owner.to_owned(),
            repository: format!("repos/{}/{}", segment(owner), segment(name)),
            conflicts: Mutex::default(),
        })
    }
}

impl Api for Gitea {
    fn row(&self) -> &'static Row {
        self.row
    }

    fn client(&self) -> &Client {
        &self.client
    }

    fn read_permissions(&self) -> Result<Vec<Permission>> {
        self.permissions_of_token()
    }
}

pub fn connect(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Box<dyn Forge>> {
    Ok(Box::new(Gitea::new(connection, credentials)?))
}
