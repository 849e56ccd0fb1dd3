//! Texts as forges take them and give them back.

use anyhow::{Context, Result};
use git2::Oid;

/// The commit that a forge names.
pub fn commit_id(text: &str) -> Result<Oid> {
    Oid::from_str(text).with_context(|| format!("the forge names a commit `{text}`"))
}

/// The web pages of forges write line ends of their own.
pub fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}
