//! The sticky comment: the one that Towline keeps on a pull request. It is found again by a hidden
//! line at its end, written when it is not there, and written once.

use super::accounts::Accounts;
use crate::forge::text::unix;
use crate::http::{Kind, Result};

/// The last line of the comment, which no page shows. Whoever quotes the comment writes other
/// characters before it or a text after it.
const MARKER: &str = "<!-- towline:comment -->";
const CUT: &str = "*Truncated: the rest exceeds this forge's limit.*";
/// How often a comment is written whose answer was lost.
const TRIES: u32 = 3;

/// A forge's calls about comments on pull requests.
pub trait Comments: Accounts {
    /// The comments on a pull request, the oldest first.
    fn read_comments(&self, number: u64) -> Result<Vec<Comment>>;

    /// Comments on the pull request. A repeat would be a second comment.
    fn add_comment(&self, number: u64, text: &str) -> Result<()>;

    /// Replaces what the comment at `path` says.
    fn change_comment(&self, path: &str, text: &str) -> Result<()>;
}

/// A comment, and where it is changed.
pub struct Comment {
    pub path: String,
    pub body: String,
    pub author: Option<String>,
}

/// Has the sticky comment say `text`.
pub fn keep(api: &impl Comments, number: u64, text: &str) -> Result<()> {
    let body = mark(&unix(text), api.row().comment_limit);
    let mut turn = 0;
    loop {
        if let Some(kept) = kept(api, number)? {
            if unix(&kept.body) == body {
                return Ok(());
            }
            match api.change_comment(&kept.path, &body) {
                // Only who wrote a comment may change it: another token kept the one before.
                Err(fault) if fault.kind == Kind::Forbidden => {}
                changed => return changed,
            }
        }
        let Err(fault) = api.add_comment(number, &body) else { return Ok(()) };
        // Written twice it would be two comments, so it is looked for first.
        turn += 1;
        if !fault.is_in_doubt() || turn == TRIES {
            return Err(fault);
        }
        api.client().pause(turn);
    }
}

/// The newest comment that is marked and, as far as the token may know, Towline's own.
fn kept(api: &impl Comments, number: u64) -> Result<Option<Comment>> {
    let mut marked = api.read_comments(number)?;
    marked.retain(|comment| is_marked(&comment.body));
    if marked.is_empty() {
        return Ok(None);
    }
    // Not every forge names authors.
    let login = match marked.iter().any(|comment| comment.author.is_some()) {
        true => api.login()?,
        false => None,
    };
    Ok(marked.into_iter().rfind(|comment| login.is_none() || comment.author == login))
}

/// The comment with this text, in at most `most` characters.
fn mark(text: &str, most: usize) -> String {
    let text = text.trim_end();
    let room = most.saturating_sub(MARKER.len() + 2);
    match text.char_indices().nth(room) {
        None => format!("{text}\n\n{MARKER}"),
        Some(_) => {
            // A block of code that is cut open would swallow what follows; its end takes 4 more.
            let room = room.saturating_sub(CUT.len() + 2 + 4);
            let end = text.char_indices().nth(room).map_or(text.len(), |(end, _)| end);
            let text = &text[..end];
            let fences = text.lines().filter(|line| line.trim_start().starts_with("```")).count();
            let fence = if fences % 2 == 1 { "\n```" } else { "" };
            format!("{text}{fence}\n\n{CUT}\n\n{MARKER}")
        }
    }
}

/// Whether a comment with this body is the one.
fn is_marked(body: &str) -> bool {
    body.trim_end().lines().last() == Some(MARKER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_again_and_not_in_a_quote() {
        let comment = mark("Deployed\n", 1000);
        assert_eq!(comment, "Deployed\n\n<!-- towline:comment -->");
        assert!(is_marked(&comment) && is_marked(&comment.replace('\n', "\r\n")));
        assert!(!is_marked("> Deployed\n>\n> <!-- towline:comment -->"));
        assert!(!is_marked(&format!("{comment}\n\nSo it is")));
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        let comment = mark(&format!("```diff\n{}\n```", "é".repeat(200)), 150);
        assert!(comment.chars().count() <= 150);
        insta::assert_snapshot!(comment, @r#"
        ```diff
        ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé
        ```

        *Truncated: the rest exceeds this forge's limit.*

        <!-- towline:comment -->
        "#);
        assert_eq!(mark(&"é".repeat(100), 126), format!("{}\n\n{MARKER}", "é".repeat(100)));
    }
}
