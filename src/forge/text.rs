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

/// At most so many characters of a text.
pub fn shorten(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_by_characters() {
        assert_eq!(shorten("äöü", 3), "äöü");
        assert_eq!(shorten("äöüß", 3), "äö…");
    }
}
