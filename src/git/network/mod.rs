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
