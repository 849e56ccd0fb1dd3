//! Events: what happens while a release is promoted, as plain data, for whoever shows it.

use git2::Oid;

use super::checks::CheckResult;
use super::result::EnvironmentResult;
use crate::release::Release;
use crate::rollout;
use crate::vocabulary::Warning;

/// Something that happened in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub environment: String,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A pull request is open for the release; the message says so for people.
    Proposed {
        number: u64,
        url: String,
        message: String,
        /// Whether this run opened it, or put another release into it.
        is_new: bool,
        /// Whether people are to merge it.
        waits_for_people: bool,
        /// The release that it proposed before.
        replaced: Option<Box<Release>>,
    },
    /// A gate is closed and waited for.
    KeptOut {
        why: String,
    },
    /// A ring is verified, and the next one comes.
    RingEnded {
        reason: String,
    },
    /// Towline merged it.
    Merged {
        commit: Oid,
    },
    Checking {
        check: String,
    },
    Checked(CheckResult),
    /// Said before anything is done.
    Warned(Warning),
    /// Something that happens while what failed is rolled back to `release`.
    Rollback {
        release: Box<Release>,
        what: Box<What>,
    },
    /// Nothing more happens in this environment.
    Ended(Box<EnvironmentResult>),
    /// News of the merge by people, and of the reporters.
    Rollout(rollout::Event),
}
