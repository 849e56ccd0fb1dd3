//! The GitOps repository as an object database: read and written without a checkout.
//!
//! Every change ends in one compare-and-swap of one reference ([`Repository::update_branch`]);
//! unreachable objects are harmless. A killed process therefore leaves the repository as it was
//! before or after its last reference update. If two processes write at the same time, neither
//! loses the other's changes: one of them learns that the reference moved, and starts again.
//!
//! - [`repository`]: the open repository; [`open`]: finding it, and saying well why it cannot be used
//! - [`objects`]: the one place where objects are read; [`loose`] finds half-written ones
//! - [`read`]: branches, files, and what commits say
//! - [`history`]: who descends from whom
//! - [`merge`]: two commits merged in memory
//! - [`tree`]: a tree with some files changed; [`filters`]: what must not be written that way
//! - [`mod@write`]: commits and references; [`receive`]: references of a repository that has hooks;
//!   [`shared`]: the modes of what is written
//! - [`network`]: a remote repository, seen through a cache folder
//! - [`settings`]: the user of git and what is configured; [`sign`]: signed commits
//! - [`work_tree`]: the checkout of the source, and what in it is not committed
//! - [`trailers`]: what a Towline commit says about itself

mod fault;
mod filters;
mod history;
mod loose;
mod merge;
mod network;
mod objects;
pub(crate) mod oid_text;
mod open;
mod process;
mod read;
mod receive;
mod repository;
mod settings;
mod shared;
mod sign;
pub mod trailers;
mod tree;
mod work_tree;
mod write;

pub use filters::Filtered;
pub use network::{Admission, Credential, Login, Network, RemoteAccess};
pub use repository::Repository;
pub use trailers::Trailers;
pub use tree::Edits;
pub use work_tree::WorkTree;
pub use write::{Backoff, NewCommit, Update};

/// The branch that proposals of an application for an environment come from.
pub fn head_branch(application: &str, environment: &str) -> String {
    format!("towline/{environment}/{application}")
}
