//! GitHub: github.com, GitHub Enterprise Cloud with a domain of its own, GitHub Enterprise Server.
//!
//! Its peculiarities:
//! - It allows one open pull request for two branches, and refuses a second with 422. So opening
//!   can be repeated safely, and whoever is refused adopts the one that is there.
//! - Whether a pull request can be merged is worked out after it was asked for; until then
//!   `mergeable` is null, here [`None`].
//! - `merge_commit_sha` of an open pull request is a merge that GitHub tried, which is on no branch.
//! - A pull request sees a push a moment after the branch has it.
//! - Commit statuses and check runs are two lists; who reports uses one or the other.
//! - What is not ready it merges by itself when asked to: see [`when_ready`].
//! - It does not fast-forward pull requests; moving the base branch to the head does the same, and
//!   GitHub then sees the pull request as merged.

mod access;
mod accounts;
mod api;
mod app;
mod client;
mod comments;
mod credentials;
mod deployments;
mod dispatch;
mod fingerprints;
mod graphql;
mod location;
mod merge;
mod merge_commits;
mod pulls;
mod readiness;
mod readiness_query;
mod review;
mod statuses;
mod when_ready;

pub use self::client::connect;
pub use self::credentials::credentials;
pub use self::dispatch::{send_event, start_workflow};
