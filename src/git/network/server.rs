//! The server of a remote repository: where it is, and what every way to it needs.

use std::time::Duration;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::credential::{Credential, Login};
use crate::vocabulary::repository_url::RepositoryUrl;

/// Where a repository is, and who asks there.
#[derive(Clone)]
pub struct Server {
    pub url: RepositoryUrl,
    pub credential: Option<Credential>,
    /// Set for git, over the variables of this process.
    pub variables: Vec<(String, String)>,
    pub cache: Cache,
    /// See [`super::Network::stall`].
    pub stall: Duration,
}

impl Server {
    /// Who we are, where a password is of use.
    pub fn login(&self) -> Result<Option<Login>> {
        let credential = self.credential.as_ref().filter(|_| self.url.site().is_some());
        let login = credential.map_or(Ok(None), Credential::now);
        login.with_context(|| format!("there is no token for git to reach {}", self.url.shown()))
    }
}
