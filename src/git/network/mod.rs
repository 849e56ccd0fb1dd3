//! The network: a remote repository, accessed through a cache folder.
//!
//! `git` transfers the data, as a subprocess: it knows the user's credential helpers, SSH, proxies
//! and certificates. libgit2 reads and writes it, in a bare repository in the cache folder that
//! contains only what was needed so far. Branches are not cached: their position is queried every
//! time, and moving one is a push that the server accepts only if the branch is where it was
//! expected ([`push`]).
//!
//! Objects are fetched one by one when [`objects`](super::objects) finds that one is missing, or in
//! bulk when the caller announces what it will read
//! ([`Repository::prefetch`](crate::git::Repository::prefetch)). In a repository of 100,000 files, that
//! is a commit, the files of interest, and the folders above them.
//!
//! Any number of processes can share the cache. One at a time may add to it, under a lock that ends
//! with the process. Objects never change, so readers need no lock. A damaged cache is deleted when
//! nobody else uses it: it contains nothing that the server does not have, except commits that were
//! not pushed yet, which the next run creates again. Damage is checked for when a cache is opened.
//! Damage during use ends the run, and the next run starts with a new cache.
//!
//! - [`connect`]: opening one; [`remote`]: what a run knows of it
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
mod connect;
mod credential;
mod fault;
mod fetch;
mod health;
mod lazy;
mod push;
mod refusal;
pub(super) mod remote;

pub use self::admission::{Admission, RemoteAccess};
pub use self::connect::Network;
pub use self::credential::{Credential, Login};
pub use self::push::rejection;
pub use self::refusal::Refusal;
