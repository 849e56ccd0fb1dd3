//! What stands between a pull request and its merge.

use anyhow::Result;

use super::api::Api;
use crate::forge::MergeReadiness;
use crate::http::Fault;

/// A forge's calls about the rules of a branch.
pub trait Readiness: Api {
    /// Whether it is known which commit an approval is of.
    const DATES_APPROVALS: bool = false;

    /// See [`crate::forge::Forge::merge_readiness`].
    fn read_readiness(&self, number: u64) -> Result<MergeReadiness>;
}

/// What is missing where the approvals that would do are of an older commit.
pub fn approval_needed(outdated: &[String]) -> String {
    format!("an approval of this commit (an older one was approved by {})", outdated.join(", "))
}

/// What an open pull request waits for, in one line; else what the refusal said.
pub fn what_is_missing(readiness: MergeReadiness, refusal: &Fault) -> String {
    let what: Vec<String> = readiness.missing.into_iter().chain(readiness.broken).collect();
    if what.is_empty() { refusal.said().to_owned() } else { what.join("; ") }
}
