//! What stands between a pull request and its merge.

use anyhow::Result;

use super::api::Api;
use crate::forge::MergeReadiness;
use crate::http::Fault;

/// A forge's calls about the rules of a branch.
pub trait Readiness: Api {
    /// See [`crate::forge::Forge::merge_readiness`].
    fn read_readiness(&self, number: u64) -> Result<MergeReadiness>;
}

/// What an open pull request waits for, in one line; else what the refusal said.
pub fn what_is_missing(readiness: MergeReadiness, refusal: &Fault) -> String {
    let what: Vec<String> = readiness.missing.into_iter().chain(readiness.broken).collect();
    if what.is_empty() { refusal.said().to_owned() } else { what.join("; ") }
}
