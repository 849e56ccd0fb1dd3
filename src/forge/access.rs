//! Access: opens the GitOps repository of an environment together with its forge, because both use
//! the same token.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use secrecy::ExposeSecret;

use super::look::Looked;
use super::remote::{Purpose, Remote};
use super::{Forge, local, token};
use crate::clock::Clock;
use crate::git::{Credential, Login, Network, Repository};
use crate::http::{Credentials, Settings, Tally};
use crate::vocabulary::ForgeKind;

/// What it takes, from the front door.
#[derive(Clone)]
pub struct Access {
    /// The process environment: tokens, proxies, the cache folder.
    pub variables: Vec<(String, String)>,
    pub clock: Arc<dyn Clock>,
    /// Told of long waits and of what is missing, one line each.
    pub notify: Arc<dyn Fn(&str) + Send + Sync>,
    /// What all forges that it opened were asked, when they are closed again.
    pub tally: Tally,
}

impl Access {
    /// The repository at a URL or path, and its forge. A relative path starts at `root`.
    pub fn open(&self, kind: ForgeKind, location: &str, root: &Path) -> Result<(Repository, Box<dyn Forge>)> {
        if kind == ForgeKind::Local {
            let repository = Repository::open(location, root)?;
            let forge = Box::new(Looked::new(local(&repository, self.clock.clone())));
            return Ok((repository, forge));
        }
        let (remote, settings) = (Remote::parse(location)?, self.settings());
        let connection = super::connection(kind, &remote, &self.variables, &settings);
        let credentials = connection.credentials()?;
        let network = Network {
            credential: Some(for_git(credentials.clone())),
            notify: self.notify.clone(),
            clock: self.clock.clone(),
            ..Network::from_variables(|name| token::variable(&self.variables, name))
        };
        let forge = Box::new(Looked::new(connection.connect(credentials)?));
        Ok((Repository::connect(location, root, &network)?, forge))
    }

    /// The forge of the application's own repository at a URL or path. `gitops` are the places of the
    /// GitOps repositories, whose token is sent there only on the same server.
    pub fn open_source(
        &self,
        kind: ForgeKind,
        location: &str,
        root: &Path,
        gitops: &[&str],
    ) -> Result<Box<dyn Forge>> {
        let looked = |forge| Box::new(Looked::new(forge)) as Box<dyn Forge>;
        if kind == ForgeKind::Local {
            return Ok(looked(local(&Repository::open(location, root)?, self.clock.clone())));
        }
        let mut remote = Remote::parse(location)?;
        let mut others = gitops.iter().filter_map(|location| Remote::parse(location).ok());
        let beside_gitops = others.any(|gitops| remote.is_beside(&gitops));
        remote.purpose = Purpose::Source { beside_gitops };
        let settings = self.settings();
        let connection = super::connection(kind, &remote, &self.variables, &settings);
        Ok(looked(connection.connect(connection.credentials()?)?))
    }

    /// How a client of a forge's API is set up.
    pub fn settings(&self) -> Settings {
        Settings {
            notify: self.notify.clone(),
            tally: self.tally.clone(),
            ..Settings::new(self.clock.clone())
        }
    }
}

/// The same token as git wants it.
fn for_git(credentials: Arc<dyn Credentials>) -> Credential {
    Credential::renewed(move || {
        let authorization = credentials.authorization()?;
        Ok(authorization.map(|authorization| {
            let (user, token) = authorization.for_git();
            Login::new(user, token.expose_secret())
        }))
    })
}
