//! Text in the form in which forges accept and return it.

use anyhow::{Context, Result};
use git2::Oid;

/// The name of a head branch, by which a fork's is never taken for one's own.
pub fn head_name(branch: &str, is_own: bool) -> String {
    if is_own { branch.to_owned() } else { format!("fork:{branch}") }
}

/// The commit that a forge names.
pub fn commit_id(text: &str) -> Result<Oid> {
    Oid::from_str(text).with_context(|| format!("invalid commit id from the forge: `{text}`"))
}

/// The web pages of forges write line ends of their own.
pub fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}
