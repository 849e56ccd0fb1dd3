//! GitHub: github.com, GitHub Enterprise Cloud with a domain of its own, GitHub Enterprise Server.
//!
//! What is peculiar to it:
//! - It allows one open pull request for two branches, and refuses a second with 422. So opening
//!   can be repeated safely, and whoever is refused adopts the one that is there.
//! - Whether a pull request can be merged is worked out after it was asked for; until then
//!   `mergeable` is null, here [`None`].
//! - `merge_commit_sha` of an open pull request is a merge that GitHub tried, which is on no branch.
//! - A pull request sees a push a moment after the branch has it.
//! - Commit statuses and check runs are two lists; who reports uses one or the other.
//! - What is not ready it merges by itself when asked to: see [`when_ready`].
//! - It does not fast-forward pull requests; moving the base branch to the head does the same, and
//!   GitHub then sees the pull request as merged.

mod access;
mod api;
mod app;
mod comments;
mod credentials;
mod dispatch;
mod fingerprints;
mod graphql;
mod merge;
mod pulls;
mod readiness;
mod readiness_query;
mod review;
mod statuses;
mod when_ready;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Result;
use url::Url;

pub use self::credentials::credentials;
pub use self::dispatch::{send_event, start_workflow};
use super::protocol::Api;
use super::row::{Connection, Row};
use super::{Forge, Permission};
use crate::http::{Client, Credentials, Server, segment};

/// GitHub asks for writes that stand a second apart.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// See the module.
pub struct GitHub {
    row: &'static Row,
    client: Client,
    owner: String,
    repository_name: String,
    /// `repos/OWNER/NAME`, encoded.
    repository: String,
    /// The path of GraphQL, seen from the API.
    graphql: &'static str,
    /// Whether fingerprints were asked for in vain.
    lacks_fingerprints: AtomicBool,
}

impl GitHub {
    fn new(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Self> {
        let (owner, name) = connection.remote.owner_and_name()?;
        let api = credentials::api_of(connection)?;
        let graphql = graphql::path(&api);
        Ok(Self {
            row: connection.row,
            client: Client::new(server(connection.row, api, credentials), connection.settings.clone())?,
            owner: owner.to_owned(),
            repository_name: name.to_owned(),
            repository: format!("repos/{}/{}", segment(owner), segment(name)),
            graphql,
            lacks_fingerprints: AtomicBool::new(false),
        })
    }
}

impl Api for GitHub {
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
    Ok(Box::new(GitHub::new(connection, credentials)?))
}

fn server(row: &Row, api: Url, credentials: Arc<dyn Credentials>) -> Server {
    let headers = vec![("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];
    Server {
        name: row.name,
        base: api,
        headers,
        credentials: Box::new(credentials),
        between_writes: BETWEEN_WRITES,
    }
}
