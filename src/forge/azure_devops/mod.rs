//! Azure DevOps: the Services, and Azure DevOps Server from 2022 on.
//!
//! What is peculiar to it:
//! - It allows one active pull request for two branches, and refuses a second with 409. So opening
//!   can be repeated safely, and whoever is refused adopts the one that is there.
//! - It opens pull requests that have nothing to merge; so the branches are compared before.
//! - A pull request sees a push a moment after the branch has it; so the tip of an active one is
//!   read from the branch.
//! - Completing is asked for and then done in its own time (see `merge`).
//! - `lastMergeCommit` of an active pull request is a merge that was tried, which is on no branch.
//! - Pull requests from forks are in its lists, under the plain name of their branch.
//! - Lists cut descriptions to 400 characters; one by one they are whole, up to 4,000.
//! - A status has a genre and a name; here they are one context, `genre/name`.
//! - What it merges by itself it merges with whatever head there is by then (see `when_ready`).
//! - It tells what an identity may do, and not what the scopes of its token leave of that (see
//!   `access`).

mod access;
mod api;
mod comments;
mod credentials;
pub mod dispatch;
pub(super) mod entra;
mod location;
mod merge;
mod pull;
mod pulls;
mod readiness;
mod review;
mod statuses;
mod when_ready;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Result;
use url::Url;

pub use self::credentials::credentials;
use self::location::Location;
use super::protocol::Api;
use super::row::{Connection, Row};
use super::{Forge, Permission};
use crate::http::{Client, Credentials, Request, Server, Settings, segment};

/// See the module.
pub struct AzureDevOps {
    row: &'static Row,
    client: Client,
    location: Location,
    credentials: Arc<dyn Credentials>,
    settings: Settings,
    /// Whether people know that the policies cannot be read.
    told: AtomicBool,
}

pub fn connect(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Box<dyn Forge>> {
    let Connection { row, remote, settings, .. } = *connection;
    let location = Location::of(remote)?;
    let server = server(row.name, location.collection.clone(), credentials.clone());
    Ok(Box::new(AzureDevOps {
        row,
        client: Client::new(server, settings.clone())?,
        location,
        credentials,
        settings: settings.clone(),
        told: AtomicBool::new(false),
    }))
}

impl AzureDevOps {
    /// A path below the repository's.
    fn path(&self, rest: &str) -> String {
        let Location { project, repository, .. } = &self.location;
        format!("{}/_apis/git/repositories/{}/{rest}", segment(project), segment(repository))
    }

    fn get(&self, path: &str) -> Request<'_> {
        self.versioned(self.client.get(&self.path(path)))
    }

    fn post(&self, path: &str) -> Request<'_> {
        self.versioned(self.client.post(&self.path(path)))
    }

    fn versioned<'a>(&self, request: Request<'a>) -> Request<'a> {
        request.query("api-version", self.location.api_version)
    }
}

impl Api for AzureDevOps {
    fn row(&self) -> &'static Row {
        self.row
    }

    fn client(&self) -> &Client {
        &self.client
    }

    fn read_permissions(&self) -> Result<Vec<Permission>> {
        self.permissions_of_token()
    }

    /// Azure/gitops-connector finds the pull request of a commit by it. `#1` would be a work item.
    fn subject_of_merge(&self, number: u64, title: &str) -> String {
        format!("Merged PR {number}: {title}")
    }
}

fn server(name: &'static str, base: Url, credentials: Arc<dyn Credentials>) -> Server {
    let credentials = Box::new(credentials);
    // Asked so, it refuses a bad token instead of sending us to a page to sign in.
    let headers = vec![("accept", "application/json"), ("x-tfs-fedauthredirect", "Suppress")];
    Server { name, base, headers, credentials, between_writes: Duration::ZERO }
}
