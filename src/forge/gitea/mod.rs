//! Gitea and Forgejo: one API, on servers of one's own and on codeberg.org.
//!
//! Its peculiarities:
//! - Pull requests cannot be searched by head branch: lists are read page by page.
//! - It refuses a second open pull request for two branches with 409, but two that are asked for at
//!   the same moment may both be opened: the older stays, the others are closed.
//! - It opens pull requests without a commit to merge, so that is looked at first.
//! - `mergeable` is false for a conflict and as long as it is not known, see [`look`].
//! - The head of a merged pull request follows its branch; what was merged is at
//!   `refs/pull/N/head`.
//! - Links to further pages carry the server's configured name, which need not be the one it was
//!   asked by: pages are counted instead.
//! - Labels are added by id.
//! - A merge that is scheduled until its checks succeed is not about a head: see [`when_ready`].

mod access;
mod accounts;
mod api;
mod client;
mod comments;
mod credentials;
mod dispatch;
mod location;
mod look;
mod merge;
mod pulls;
mod readiness;
mod refusal;
mod review;
mod statuses;
mod usable;
mod when_ready;

pub use self::client::connect;
pub use self::credentials::credentials;
pub use self::dispatch::start_workflow;
