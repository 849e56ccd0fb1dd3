//! Access: opening the GitOps repository of an environment and its forge together, because one
//! token serves both.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use secrecy::ExposeSecret;

use super::remote::Remote;
use super::token::{self, Source};
use super::{Forge, azure_devops, connect, github, local};
use crate::clock::Clock;
use crate::git::{Credential, Network, Repository};
use crate::http::Settings;
use crate::pipeline::{ForgeKind, Gitops};

/// What it takes, from the front door.
#[derive(Clone)]
pub struct Access {
    /// The process environment: tokens, proxies, the cache folder.
    pub variables: Vec<(String, String)>,
    pub clock: Arc<dyn Clock>,
    /// Told of long waits and of what is missing, one line each.
    pub notify: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Access {
    /// A relative path starts at `root`.
    pub fn open(&self, gitops: &Gitops, root: &Path) -> Result<(Repository, Box<dyn Forge>)> {
        if gitops.forge == ForgeKind::Local {
            let repository = Repository::open(&gitops.repository, root)?;
            let forge = local(&repository, self.clock.clone());
            return Ok((repository, forge));
        }
        let settings = Settings { notify: self.notify.clone(), ..Settings::new(self.clock.clone()) };
        let forge = connect(gitops.forge, &gitops.repository, &self.variables, settings.clone())?;
        let credential = self.for_git(gitops, &settings)?;
        let network = Network::from_variables(|name| token::variable(&self.variables, name));
        let repository =
            Repository::connect(&gitops.repository, root, &network.with_credential(Some(credential)))?;
        Ok((repository, forge))
    }

    /// The token as git wants it: with the name of a user, which most forges do not look at.
    fn for_git(&self, gitops: &Gitops, settings: &Settings) -> Result<Credential> {
        let remote = Remote::parse(&gitops.repository)?;
        if gitops.forge == ForgeKind::GitHub {
            let api = github::api_of(&remote, &self.variables)?;
            let credentials = github::credentials(&remote, &api, &self.variables, settings)?;
            let authorization = credentials.authorization()?.context("git needs a token to push")?;
            return Ok(Credential::new("x-access-token", authorization.token().expose_secret()));
        }
        if gitops.forge == ForgeKind::AzureDevOps {
            let credentials = azure_devops::credentials(&remote, &self.variables, settings)?;
            let authorization = credentials.authorization()?.context("git needs a token to push")?;
            return Ok(Credential::new("oauth2", authorization.token().expose_secret()));
        }
        let token = token::find(gitops.forge, &remote, &self.variables)?;
        let user = match &token.source {
            Source::CredentialHelper { user } if !user.is_empty() => user,
            Source::Variable("CI_JOB_TOKEN") => "gitlab-ci-token",
            _ => "oauth2",
        };
        Ok(Credential::new(user, token.secret.expose_secret()))
    }
}
