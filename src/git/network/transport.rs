//! The little that every way to a server must do. Two do it: [`command`](super::command) runs `git`, which
//! knows SSH, credential helpers and all that can be configured; [`smart_http`](super::smart_http) speaks
//! HTTP itself, over connections that it keeps, which takes a fraction of the round trips.
//!
//! What is done about a failure is decided above, once for both: which weaker filter to ask for, when to
//! ask again, what a refused push means.

use std::sync::Arc;

use anyhow::Result;
use git2::Oid;

use super::fault::Failure;
use super::server::Server;

/// What came of asking the server. Around it, an error is about this machine.
pub type Answer<T> = std::result::Result<T, Failure>;

/// A reference of the server and where it stands.
pub type Standing = (String, Oid);

/// What the server is to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Everything but what is asked for by name.
    Trees,
    Blobs,
}

impl Filter {
    /// As git spells it.
    pub fn spec(self) -> &'static str {
        match self {
            Self::Trees => "tree:0",
            Self::Blobs => "blob:none",
        }
    }
}

/// What is to be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub ids: &'a [Oid],
    /// How many commits of history; all of it without one.
    pub depth: Option<u32>,
    pub filter: Option<Filter>,
    /// Whether `ids` are tips whose folders will be looked at too. Who can bring all of them in this
    /// request, does.
    pub with_folders: bool,
}

/// A reference that is to move, if it still stands where it was expected.
#[derive(Debug, Clone, Copy)]
pub struct Push<'a> {
    pub reference: &'a str,
    pub new: Oid,
    /// `None`: it does not exist.
    pub expected: Option<Oid>,
}

/// What the server said of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    Done,
    /// The reference was not updated.
    Refused {
        reason: String,
        said: String,
    },
    /// The cache lacks objects that would have to be sent.
    Unsent,
}

/// A way to the server.
pub trait Transport: Send {
    /// Where references stand: those of these names, and all below those that end with `/`.
    fn list(&self, names: &[&str]) -> Result<Answer<Vec<Standing>>>;

    /// Brings objects into the cache. The cache is locked.
    fn fetch(&self, wanted: Wanted<'_>) -> Result<Answer<()>>;

    /// Brings all branches, whole, into the cache, from a server that gives out nothing less. The cache
    /// is locked.
    fn fetch_everything(&self) -> Result<Answer<()>>;

    fn push(&self, push: Push<'_>) -> Result<Answer<Pushed>>;

    /// The same way for another thread, to the same server through a cache that it holds itself.
    fn again(&self, server: Arc<Server>) -> Box<dyn Transport>;

    /// Asks whether a push of what stands there already would be taken, without making one.
    fn try_push(&self, push: Push<'_>) -> Result<Answer<()>>;
}
