//! Texts made fit for where they go: one line, a few characters, a code block.

use std::time::Duration;

use jiff::SignedDuration;

/// Text of others as one line, with nothing in it that a terminal would obey, or that turns the order of what
/// is read.
pub fn one_line(text: &str) -> String {
    let parts = text.split(|c: char| c.is_control() || is_reordering(c));
    parts.map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a character changes the order in which those around it are shown, so that a text reads otherwise
/// than it was written.
pub fn is_reordering(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// At most so many characters of a text, the last of them `…` when there are more.
pub fn shorten(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// Lines as a code block of Markdown, with a fence longer than any in the text.
pub fn code_block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_fence(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// One line as a code span of Markdown, for tables too.
pub fn code_span(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let fence = "`".repeat(longest_fence(&text) + 1);
    // A span that begins or ends with a backtick needs a space there, which Markdown takes off.
    let space = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"))
}

/// `1 resource`, `2 resources`
pub fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn longest_fence(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// `a, b and 3 more`: names in a sentence, no more than a person reads.
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 10;
    let list = names.iter().take(SHOWN).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => list,
        more => format!("{list} and {more} more"),
    }
}

/// `1h 30m`
pub fn length(time: Duration) -> String {
    SignedDuration::try_from(time).map_or_else(|_| format!("{time:?}"), |time| format!("{time:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_one_harmless_line() {
        assert_eq!(one_line(" a\n\x1b[31mb\r\n"), "a [31mb");
        assert_eq!(one_line("good \u{202e}dab"), "good dab");
    }

    #[test]
    fn long_texts_are_cut_by_characters() {
        assert_eq!(shorten("äöü", 3), "äöü");
        assert_eq!(shorten("äöüß", 3), "äö…");
    }

    #[test]
    fn code_stays_code() {
        assert_eq!(code_span("web"), "`web`");
        assert_eq!(code_span("a`b``c|d\n</details>"), "```a`b``c\\|d </details>```");
        assert_eq!(code_span("`"), "`` ` ``");
        assert_eq!(code_block("diff", "+a\n+````\n"), "`````diff\n+a\n+````\n`````\n");
    }
}
