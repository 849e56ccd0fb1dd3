//! Text in the form in which forges accept and return it.

use std::borrow::Cow;

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

/// The most that a forge takes of a text that it keeps in one piece.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    Characters(usize),
    Bytes(usize),
}

/// The text as far as the forge takes it: what is longer ends with `…`. The same text is cut the same
/// way each time, so that it is known again.
pub fn cut(text: &str, limit: Limit) -> Cow<'_, str> {
    let size = |text: &str| match limit {
        Limit::Characters(_) => text.chars().count(),
        Limit::Bytes(_) => text.len(),
    };
    let (Limit::Characters(most) | Limit::Bytes(most)) = limit;
    if size(text) <= most {
        return Cow::Borrowed(text);
    }
    let room = most.saturating_sub(size("…"));
    let ends = text.char_indices().map(|(end, _)| end).take_while(|end| size(&text[..*end]) <= room);
    let kept = &text[..ends.last().unwrap_or(0)];
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// The web pages of forges write line ends of their own.
pub fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_cut_between_characters_and_known_again() {
        let title = "Déploy ".repeat(50);
        for limit in [Limit::Characters(256), Limit::Bytes(255)] {
            let once = cut(&title, limit);
            assert!(once.ends_with('…'), "{once}");
            assert_eq!(cut(&once, limit), once);
            match limit {
                Limit::Characters(most) => assert!(once.chars().count() <= most),
                Limit::Bytes(most) => assert!(once.len() <= most),
            }
        }
        assert_eq!(cut("é", Limit::Bytes(2)), "é");
        assert_eq!(cut("éé", Limit::Characters(2)), "éé");
    }
}
