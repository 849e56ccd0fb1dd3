//! The network: a remote repository, accessed through a cache folder.
//!
//! Over HTTP, data is transferred in this process, over connections that are kept ([`smart_http`]). Over SSH,
//! and where something is configured that only git obeys, the `git` command does it ([`command`]). Both are a
//! [`transport`], and nothing above knows which one is at work. libgit2 reads and writes the data, in a bare
//! repository in the cache folder that contains only what was needed so far. Branches are not cached: their
//! position is queried every time, or once for a [`look`], and moving one is a push that the server accepts only
//! if the branch is where it was expected ([`push`]).
//!
//! Objects are fetched one by one when [`objects`](super::objects) finds that one is missing, or in
//! bulk when the caller announces what it will read
//! ([`Repository::prefetch`](crate::git::Repository::prefetch)). In a repository of 100,000 files, that
//! is a commit, the files of interest, and the folders: those above them, or all where that takes one request
//! instead of one a level.
//!
//! Any number of processes can share the cache. One at a time may add to it, under a lock that ends
//! with the process. Objects never change, so readers need no lock. A damaged cache is deleted when
//! nobody else uses it: it contains nothing that the server does not have, except commits that were
//! not pushed yet, which the next run creates again. Damage is checked for when a cache is opened.
//! Damage during use ends the run, and the next run starts with a new cache.
//!
//! - [`connect`]: opening one
//! - [`credential`]: the token, and how git gets it
//! - [`cache`]: the folder: made, locked, begun anew; [`health`]: whether it is whole
//! - [`server`]: where it is, and who asks; [`remote`]: what is known of it
//! - [`transport`]: what a way to the server must do; [`command`]: by `git`; [`smart_http`]: in this process
//! - [`patience`]: asking, and asking again
//! - [`fetch`], [`push`]: objects and branches; [`look`]: branches that are needed together
//! - [`fault`]: what went wrong, from what git and the server said; [`refusal`]: why a push is not taken
//! - [`lazy`]: which objects are fetched when
//! - [`admission`]: whether the server lets git in

mod admission;
mod cache;
mod command;
mod connect;
mod credential;
mod fault;
mod fetch;
mod health;
mod lazy;
mod look;
mod patience;
mod push;
mod refusal;
pub(super) mod remote;
mod server;
mod smart_http;
mod transport;

pub use self::admission::{Admission, RemoteAccess};
pub use self::command::rejection;
pub use self::connect::Network;
pub use self::credential::{Credential, Login};
pub use self::look::Looking;
pub use self::refusal::Refusal;
pub use self::smart_http::suits::Choice;
