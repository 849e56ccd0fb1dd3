//! Azure DevOps: the Services, and Azure DevOps Server from 2022 on.
//!
//! Its peculiarities:
//! - It allows one active pull request for two branches, and refuses a second with 409. So opening
//!   can be repeated safely, and whoever is refused adopts the one that is there.
//! - It opens pull requests that have nothing to merge; so the branches are compared before.
//! - A pull request sees a push a moment after the branch has it; so the tip of an active one is
//!   read from the branch.
//! - Completing is asked for and then done in its own time (see `merge`).
//! - `lastMergeCommit` of an active pull request is a merge that was tried, which is on no branch.
//! - Pull requests from forks are in its lists, under the plain name of their branch.
//! - Lists cut descriptions to 400 characters; one by one they are whole, up to 4,000.
//! - A status has a genre and a name; here they are one context, `genre/name`.
//! - What it merges by itself it merges with whatever head there is by then (see `when_ready`).
//! - It tells what an identity may do, and not what the scopes of its token leave of that (see
//!   `access`).

mod access;
mod accounts;
mod api;
mod client;
mod comments;
mod credentials;
pub mod dispatch;
mod location;
mod merge;
mod pull;
mod pulls;
mod readiness;
mod review;
mod statuses;
mod when_ready;

pub use self::client::connect;
pub use self::credentials::credentials;
