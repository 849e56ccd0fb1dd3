//! Opening a remote repository.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::cache::Cache;
use super::command::GitCommand;
use super::credential::Credential;
use super::lazy;
use super::remote::Remote;
use super::server::Server;
use super::smart_http::SmartHttp;
use super::smart_http::suits::Choice;
use super::transport::Transport;
use crate::clock::{Clock, SystemClock};
use crate::git::repository::Repository;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::repository_url::RepositoryUrl;

/// What is needed to reach remote repositories.
#[derive(Clone)]
pub struct Network {
    /// Where remote repositories are cached; without one, they cannot be used.
    pub cache: Option<PathBuf>,
    /// For the host of the repository, and no other. Without one, git asks its own helpers.
    pub credential: Option<Credential>,
    /// Set for git, over the variables of this process.
    pub variables: Vec<(String, String)>,
    /// Told, one line each, of what people may want to know and need not do anything about.
    pub notify: Arc<dyn Fn(&str) + Send + Sync>,
    pub clock: Arc<dyn Clock>,
    /// How long nothing may come from the server before it is given up; up to twice that time.
    pub stall: Duration,
    /// What the environment says about how git is spoken.
    pub choice: Choice,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            cache: None,
            credential: None,
            variables: Vec::new(),
            notify: Arc::new(|_| ()),
            clock: Arc::new(SystemClock),
            stall: Duration::from_secs(5 * 60),
            choice: Choice::default(),
        }
    }
}

impl Network {
    /// The cache folder is `TOWLINE_CACHE`, else `towline` in the user's cache folder.
    pub fn from_variables<'v>(variable: impl Fn(&str) -> Option<&'v str>) -> Self {
        let given = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let users = || given("XDG_CACHE_HOME").or_else(|| Some(given("HOME")?.join(".cache")));
        let cache = given("TOWLINE_CACHE").or_else(|| Some(users()?.join("towline")));
        Self { cache, choice: Choice::from_variables(variable), ..Self::default() }
    }
}

impl Repository {
    /// Opens the repository at `location`: a path relative to `root`, a `file://` URL, or the URL
    /// of a remote repository. A remote one is not contacted yet.
    pub fn connect(location: &str, root: &Path, network: &Network) -> Result<Self> {
        let url = RepositoryUrl::parse(location).filter(|_| !root.join(location).exists());
        let Some(url) = url else { return Self::open(location, root) };
        let Some(folder) = &network.cache else {
            return Err(Diagnostic::new(format!("no folder to cache {} in", url.shown()))
                .hint("set TOWLINE_CACHE to a folder, or HOME")
                .into());
        };
        let written = || Some(Credential::new(url.user.as_deref()?, url.password.as_deref()?));
        let credential = network.credential.clone().or_else(written);
        let cache = Cache::open(folder, &url.shown(), &*network.notify)?;
        let server = Arc::new(Server {
            credential,
            variables: network.variables.clone(),
            cache,
            stall: network.stall,
            url,
        });
        let transport: Box<dyn Transport> = match network.choice.is_command(&server)? {
            true => Box::new(GitCommand::new(server.clone())),
            false => Box::new(SmartHttp::new(server.clone())?),
        };
        let remote = Remote {
            server,
            transport: RefCell::new(transport),
            notify: network.notify.clone(),
            clock: network.clock.clone(),
            reach: Cell::default(),
            abilities: Cell::default(),
            depth: Cell::new(lazy::FIRST_DEPTH),
            ahead: Cell::new(1),
            healed: Cell::new(false),
            look: RefCell::default(),
        };
        Self::of_remote(remote)
    }
}
