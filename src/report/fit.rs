//! Text that fits so many columns of a terminal: cut with a mark, or wrapped.
//!
//! Widths are those of a terminal, where a character takes no, one or two columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The start of a text; where it does not fit, the last character is `…`.
pub fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let (start, _) = split_at(text, most.saturating_sub(1));
    format!("{}…", start.trim_end())
}

/// The end of a text; where it does not fit, the first character is `…`.
pub fn cut_start(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let fits = |c: &char| {
        let needed = c.width().unwrap_or(0);
        let fits = needed <= left;
        left = left.saturating_sub(needed);
        fits
    };
    let mut end: Vec<char> = text.chars().rev().take_while(fits).collect();
    end.push('…');
    end.iter().rev().collect()
}

/// A text, with spaces behind it to fill the columns.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Lines of so many columns at most, broken between words. A word that is longer than a line, such as
/// an address, is broken where the line ends.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line from the start");
        let gap = usize::from(!line.is_empty());
        if width(line) + gap + width(word) <= columns {
            line.push_str(&" ".repeat(gap));
            line.push_str(word);
            continue;
        }
        let mut rest = word;
        while width(rest) > columns {
            let (start, end) = split_at(rest, columns);
            lines.push(start.to_owned());
            rest = end;
        }
        lines.push(rest.to_owned());
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// As many characters as fit, and the rest.
fn split_at(text: &str, columns: usize) -> (&str, &str) {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, c)| {
        taken += c.width().unwrap_or(0);
        taken > columns
    });
    text.split_at(end.map_or(text.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_has_a_mark() {
        assert_eq!([cut("abc", 3), cut("abcd", 3), cut("ab cd", 4)], ["abc", "ab…", "ab…"]);
        assert_eq!([cut_start("abc", 3), cut_start("abcd", 3)], ["abc", "…cd"]);
        assert_eq!([cut("日本語", 4), cut_start("日本語", 4)], ["日…", "…語"]);
    }

    #[test]
    fn lines_break_between_words_and_inside_long_ones() {
        assert_eq!(wrap("health check failed", 12), ["health check", "failed"]);
        assert_eq!(
            wrap("see https://flux.example.com now", 10),
            ["see", "https://fl", "ux.example", ".com now"]
        );
        assert!(wrap("", 10).is_empty());
    }
}
