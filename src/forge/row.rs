//! A row of the registry: what is known of a forge without asking it, and how it
//! is reached.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use url::Url;

use super::remote::Remote;
use super::text::Limit;
use super::token::{self, Token, TokenVariable, Variables};
use super::{Event, Forge, Workflow};
use crate::http::{Credentials, Server, Settings};
use crate::vocabulary::ForgeKind;

/// Opens the forge of a connection.
pub type Connect = fn(&Connection, Arc<dyn Credentials>) -> Result<Box<dyn Forge>>;

pub struct Row {
    pub kind: ForgeKind,
    /// For people: `Azure DevOps`.
    pub name: &'static str,
    /// The hosts whose name tells the forge.
    pub hosts: &'static [Host],
    /// Where a token may stand beside `TOWLINE_TOKEN`, in order of preference.
    pub token_variables: &'static [TokenVariable],
    /// What it calls a pull request, what stands before its number, and what it is when it was
    /// closed without a merge.
    pub pull: &'static str,
    pub mark: char,
    pub closed: &'static str,
    /// The most items of a page that it gives without trouble.
    pub page_size: &'static str,
    /// The longest title of a pull request.
    pub title_limit: Limit,
    /// The longest body of a pull request, in bytes.
    pub body_limit: usize,
    /// The longest comment, in characters.
    pub comment_limit: usize,
    /// Whether it has deployments of its own.
    pub has_deployments: bool,
    /// Its pages about commits.
    pub pages: Option<Pages>,
    /// Who Towline is to the forge, for its API and for git.
    pub credentials: fn(&Connection) -> Result<Arc<dyn Credentials>>,
    pub connect: Connect,
    /// Starts pipelines that wait for an event, where the forge has such events.
    pub send_event: Option<fn(&Connection, &Event) -> Result<()>>,
    /// Starts a workflow, where the forge has workflows that can be started.
    pub start_workflow: Option<fn(&Connection, &Workflow) -> Result<()>>,
}

/// Where its pages about commits stand, behind the page of their repository: `{from}` and `{to}` are commits.
#[derive(Debug, Clone, Copy)]
pub struct Pages {
    pub commit: &'static str,
    pub compare: &'static str,
}

/// How a host tells which forge it is.
pub enum Host {
    /// The host itself, or one below it.
    Domain(&'static str),
    /// How the host's name begins.
    Prefix(&'static str),
}

impl Host {
    fn fits(&self, host: &str) -> bool {
        match self {
            Host::Domain(domain) => {
                host == *domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
            }
            Host::Prefix(prefix) => host.starts_with(prefix),
        }
    }
}

/// What it takes to reach a repository on a forge.
pub struct Connection<'a> {
    pub row: &'static Row,
    pub remote: &'a Remote,
    /// The process environment.
    pub variables: &'a Variables,
    pub settings: &'a Settings,
}

impl Connection<'_> {
    /// Who Towline is to the forge, for its API and for git.
    pub fn credentials(&self) -> Result<Arc<dyn Credentials>> {
        (self.row.credentials)(self)
    }

    pub fn connect(&self, credentials: Arc<dyn Credentials>) -> Result<Box<dyn Forge>> {
        (self.row.connect)(self, credentials)
    }

    /// A server with an API at `base`.
    pub fn server(&self, base: Url, credentials: Arc<dyn Credentials>) -> Server {
        let headers = vec![("accept", "application/json")];
        Server {
            name: self.row.name,
            base,
            headers,
            credentials: Box::new(credentials),
            between_writes: Duration::ZERO,
            moved: |_, _| None,
        }
    }

    /// The token for the repository.
    pub fn token(&self) -> Result<Token> {
        token::find_token(self.row.token_variables, self.remote, self.variables, None)
    }

    /// The server that one of these variables names, if the repository is there: SSH URLs tell
    /// neither port nor scheme.
    pub fn server_named_by(&self, names: &[&str]) -> Option<Url> {
        let servers =
            names.iter().filter_map(|name| token::server_url(token::variable(self.variables, name)?));
        servers.into_iter().find(|server| self.remote.is_at(server))
    }
}

impl Row {
    pub fn is_at(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.hosts.iter().any(|known| known.fits(&host))
    }

    /// A pull request, for people: `merge request !7`.
    pub fn pull_name(&self, number: u64) -> String {
        format!("{} {}{number}", self.pull, self.mark)
    }
}

#[cfg(test)]
pub mod testing {
    use super::*;
    use crate::clock::SystemClock;

    /// What a connection to this place comes to.
    pub fn with_connection<T>(
        kind: ForgeKind,
        location: &str,
        variables: &[(&str, &str)],
        then: impl FnOnce(&Connection) -> T,
    ) -> T {
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (remote, settings) = (Remote::parse(location).unwrap(), Settings::new(Arc::new(SystemClock)));
        then(&crate::forge::connection(kind, &remote, &variables, &settings))
    }
}
