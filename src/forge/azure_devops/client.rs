//! A repository on Azure DevOps.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Result;
use url::Url;

use super::location::Location;
use crate::forge::Forge;
use crate::forge::protocol::{Api, Site};
use crate::forge::row::Connection;
use crate::http::{Credentials, Request, Server, Settings, segment};

pub struct AzureDevOps {
    site: Site,
    pub(super) location: Location,
    pub(super) credentials: Arc<dyn Credentials>,
    pub(super) settings: Settings,
    /// Whether people know that the policies cannot be read.
    pub(super) told: AtomicBool,
    /// The id of the token's identity, which does not change while a command runs.
    pub(super) identity: OnceLock<Option<String>>,
}

impl AzureDevOps {
    pub(super) fn get(&self, path: &str) -> Request<'_> {
        self.versioned(self.client().get(&self.path(path)))
    }

    pub(super) fn post(&self, path: &str) -> Request<'_> {
        self.versioned(self.client().post(&self.path(path)))
    }

    pub(super) fn versioned<'a>(&self, request: Request<'a>) -> Request<'a> {
        request.query("api-version", self.location.api_version)
    }
}

impl Api for AzureDevOps {
    fn site(&self) -> &Site {
        &self.site
    }

    /// Azure/gitops-connector finds the pull request of a commit by it. `#1` would be a work item.
    fn subject_of_merge(&self, number: u64, title: &str) -> String {
        format!("Merged PR {number}: {title}")
    }
}

impl AzureDevOps {
    pub(super) fn new(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Self> {
        let location = Location::of(connection.remote)?;
        let Location { collection, project, repository, .. } = &location;
        let root = format!("{}/_apis/git/repositories/{}", segment(project), segment(repository));
        let server = server(connection.row.name, collection.clone(), credentials.clone());
        Ok(Self {
            site: Site::new(connection, server, root)?,
            location,
            credentials,
            settings: connection.settings.clone(),
            told: AtomicBool::new(false),
            identity: OnceLock::new(),
        })
    }
}

pub fn connect(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Box<dyn Forge>> {
    Ok(Box::new(AzureDevOps::new(connection, credentials)?))
}

pub fn server(name: &'static str, base: Url, credentials: Arc<dyn Credentials>) -> Server {
    let credentials = Box::new(credentials);
    // Asked so, it refuses a bad token instead of sending us to a page to sign in.
    let headers = vec![("accept", "application/json"), ("x-tfs-fedauthredirect", "Suppress")];
    Server { name, base, headers, credentials, between_writes: Duration::ZERO, moved: |_, _| None }
}
