//! GitLab: gitlab.com and servers of one's own, from 15.6 on.
//!
//! Its peculiarities:
//! - Pull requests are merge requests, counted in each project; the project's path may have any
//!   number of groups and is one encoded segment.
//! - It opens merge requests from branches that do not exist or have nothing to merge, so that is
//!   looked at first. Two that are asked for at the same moment may both be opened: the older
//!   stays, the others are closed.
//! - The head of a merge request follows a push after a moment, and so does the answer whether it
//!   can be merged, see [`pulls`].
//! - How merges are made is a setting of the project, see [`merge`]: a merge commit, or nothing
//!   but moving the branch forward.
//! - A status that is pending or running turns into the one that follows it, see [`statuses`].
//! - Lines of a text that begin with a slash are commands to it, see [`quick_actions`].
//! - Lists carry `X-Next-Page`; their links may name the server as it is behind its proxy.

mod access;
mod accounts;
mod api;
mod client;
mod comments;
mod credentials;
mod deployments;
mod location;
mod merge;
mod pulls;
mod quick_actions;
mod readiness;
mod review;
mod statuses;
mod when_ready;

pub use self::client::connect;
pub use self::credentials::{JOB_TOKEN, credentials};
