//! The one comment that Towline keeps on a pull request: found again by a hidden line at its end.

/// The last line of the comment, which no page shows. Whoever quotes the comment writes other
/// characters before it or a text after it.
const MARKER: &str = "<!-- towline:comment -->";
const CUT: &str = "*The rest is longer than this forge takes.*";

/// The comment with this text, in at most `most` characters.
pub fn mark(text: &str, most: usize) -> String {
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
pub fn is_marked(body: &str) -> bool {
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
        ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé
        ```

        *The rest is longer than this forge takes.*

        <!-- towline:comment -->
        "#);
        assert_eq!(mark(&"é".repeat(100), 126), format!("{}\n\n{MARKER}", "é".repeat(100)));
    }
}
