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
//! - [`merged_tree`]: what a merge of two commits gives
//! - [`tree`]: a tree with some files changed; [`filters`]: what must not be written that way
//! - [`mod@write`]: commits and branches; [`mod@reference`]: moving a reference; [`receive`]: the same in a
//!   repository that has hooks; [`shared`]: the modes of what is written
//! - [`network`]: a remote repository, seen through a cache folder
//! - [`settings`]: the user of git and what is configured; [`sign`]: signed commits
//! - [`work_tree`]: the checkout of the source, and what in it is not committed
//! - [`backoff`]: trying again what another process is in the way of
//! - [`trailers`]: what a Towline commit says about itself

mod backoff;
mod fault;
mod filters;
mod history;
mod loose;
mod merged_tree;
mod network;
mod objects;
pub(crate) mod oid_text;
mod open;
mod process;
mod read;
mod receive;
mod reference;
mod repository;
mod settings;
mod shared;
mod sign;
pub mod trailers;
mod tree;
mod work_tree;
mod write;

pub use backoff::Backoff;
pub use filters::Filtered;
pub use merged_tree::MergedTree;
pub use network::{Admission, Choice, Credential, Login, Looking, Network, RemoteAccess};
pub use repository::Repository;
pub use trailers::{Marker, Replaced, Trailers, add_overrides, overrides_in};
pub use tree::Edits;
pub use work_tree::WorkTree;
pub use write::{NewCommit, Update};

/// The base branch that the name of a head branch leaves out.
const USUAL_BASE: &str = "main";

/// The branch that proposals of an application for an environment come from. Each base branch has
/// one of its own, so that release lines do not meet: `towline/dev/greeting@release/1.0`.
pub fn head_branch(application: &str, environment: &str, base: &str) -> String {
    let head = format!("towline/{environment}/{application}");
    if base == USUAL_BASE { head } else { format!("{head}@{base}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_base_branch_has_a_head_branch() {
        assert_eq!(head_branch("greeting", "dev", "main"), "towline/dev/greeting");
        assert_eq!(head_branch("greeting", "dev", "release/1.0"), "towline/dev/greeting@release/1.0");
        let name = format!("refs/heads/{}", head_branch("greeting", "dev", "@/a"));
        assert!(git2::Reference::is_valid_name(&name));
    }
}
