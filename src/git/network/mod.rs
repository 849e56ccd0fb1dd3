//! The network: a remote repository, seen through a cache folder.
//!
//! What travels is left to `git` itself, run as a subprocess: it has the user's credential helpers,
//! SSH, proxies and certificates. What is read and written is left to libgit2, in a bare
//! repository in the cache folder that holds just what was needed so far. Branches are not kept
//! there: where a branch stands is asked anew every time, and moving it is a push that the server
//! takes only when the branch is where it was expected ([`push`]).
//!
//! Objects come one by one, when [`objects`](super::objects) finds that one is missing, or many at
//! once, when the caller says what it is about to read ([`Repository::prefetch`]). A repository of
//! 100,000 files costs a commit, the folders above the files of interest, and these files.
//!
//! Any number of processes share the cache. One at a time may add to it, under a lock that ends
//! with the process; objects never change, so readers need none. A cache that is damaged is thrown
//! away when nobody else uses it: it holds nothing that the server has not, except commits that
//! were not pushed yet, which the next run makes again. Damage is looked for when a cache is opened;
//! what breaks while it is in use ends the run, and the next one begins anew.
//!
//! - [`url`]: what is remote, and what of a URL may be shown
//! - [`credential`]: the token, and how git gets it
//! - [`cache`]: the folder: made, locked, begun anew; [`health`]: whether it is whole
//! - [`remote`]: the repository, and what is known of its server
//! - [`command`]: one run of `git`
//! - [`fetch`], [`push`]: objects and branches
//! - [`fault`]: what went wrong, from what git and the server said; [`refusal`]: why a push is not taken
//! - [`lazy`]: which objects are fetched when
//! - [`admission`]: whether the server lets git in

mod admission;
mod cache;
mod command;
mod credential;
mod fault;
mod fetch;
mod health;
mod lazy;
mod push;
mod refusal;
mod remote;
pub(super) mod url;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

pub use self::admission::{Admission, RemoteAccess};
use self::cache::Cache;
pub use self::credential::{Credential, Login};
pub(super) use self::remote::Remote;
use self::url::RemoteUrl;
use super::Repository;
use crate::vocabulary::Diagnostic;

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
}

impl Default for Network {
    fn default() -> Self {
        Self { cache: None, credential: None, variables: Vec::new(), notify: Arc::new(|_| ()) }
    }
}

impl Network {
    /// The cache folder is `TOWLINE_CACHE`, else `towline` in the user's cache folder.
    pub fn from_variables<'v>(variable: impl Fn(&str) -> Option<&'v str>) -> Self {
        let given = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let users = || given("XDG_CACHE_HOME").or_else(|| Some(given("HOME")?.join(".cache")));
        let cache = given("TOWLINE_CACHE").or_else(|| Some(users()?.join("towline")));
        Self { cache, ..Self::default() }
    }
}

impl Repository {
    /// Opens the repository at `location`: a path relative to `root`, a `file://` URL, or the URL
    /// of a remote repository. A remote one is not contacted yet.
    pub fn connect(location: &str, root: &Path, network: &Network) -> Result<Self> {
        if !url::is_remote(location) || root.join(location).exists() {
            return Self::open(location, root);
        }
        let url = RemoteUrl::parse(location);
        let Some(folder) = &network.cache else {
            return Err(Diagnostic::new(format!("there is no folder to cache {} in", url.shown()))
                .hint("set TOWLINE_CACHE to a folder, or HOME")
                .into());
        };
        let credential = network.credential.clone().or_else(|| url.credential());
        let cache = Cache::open(folder, &url, &*network.notify)?;
        let remote = Remote {
            credential,
            variables: network.variables.clone(),
            notify: network.notify.clone(),
            cache,
            abilities: Cell::default(),
            depth: Cell::new(lazy::FIRST_DEPTH),
            ahead: Cell::new(1),
            healed: Cell::new(false),
            url,
        };
        Self::of_remote(remote)
    }
}
