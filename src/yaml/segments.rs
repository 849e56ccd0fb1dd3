//! Texts that are several texts: files that were put one after the other, and lines of JSON.
//!
//! `cat` of files from Windows leaves a byte order mark before a later document, and `kubectl` takes a
//! stream of JSON values for a stream of documents. The parser knows neither, so it gets the parts.

use serde::de::IgnoredAny;

/// A part of a text, and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'t> {
    pub text: &'t str,
    /// In bytes.
    pub offset: usize,
    /// Lines before it.
    pub lines: usize,
    /// Characters before it on its first line.
    pub columns: usize,
}

impl<'t> Segment<'t> {
    fn new(whole: &'t str, start: usize, end: usize) -> Self {
        let before = &whole[..start];
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let columns = before[line..].chars().filter(|c| *c != '\u{feff}').count();
        let lines = before.bytes().filter(|byte| *byte == b'\n').count();
        Self { text: &whole[start..end], offset: start, lines, columns }
    }

    /// A position in the segment, counting from 1, as one in the whole text.
    pub fn position(&self, line: usize, column: usize) -> (usize, usize) {
        let columns = if line == 1 { self.columns } else { 0 };
        (line + self.lines, column + columns)
    }
}

/// The documents of a text, apart where a byte order mark stands between two of them.
pub fn documents(text: &str) -> Vec<Segment<'_>> {
    const MARK: &str = "\u{feff}";
    let mut segments = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices("\n\u{feff}") {
        let (before, after) = (&text[start..at + 1], &text[at + 1 + MARK.len()..]);
        let last = before.lines().next_back().unwrap_or_default();
        if is_separator(last) || is_separator(after) {
            segments.push(Segment::new(text, start, at + 1));
            start = at + 1 + MARK.len();
        }
    }
    segments.push(Segment::new(text, start, text.len()));
    segments
}

fn is_separator(line: &str) -> bool {
    line.starts_with("---") || line.starts_with("...")
}

/// The values of a stream of JSON, if the text is one.
pub fn json_values(text: &str) -> Option<Vec<Segment<'_>>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let (mut segments, mut start) = (Vec::new(), 0);
    while let Some(value) = values.next() {
        value.ok()?;
        let blank = text[start..].len() - text[start..].trim_start().len();
        segments.push(Segment::new(text, start + blank, values.byte_offset()));
        start = values.byte_offset();
    }
    Some(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_know_where_they_begin() {
        let text = "a: 1\n\u{feff}---\nb: 2\n---\n\u{feff}c: 3\n";
        let parts = documents(text);
        let texts: Vec<_> = parts.iter().map(|part| (part.text, part.lines, part.columns)).collect();
        assert_eq!(texts, [("a: 1\n", 0, 0), ("---\nb: 2\n---\n", 1, 0), ("c: 3\n", 4, 0)]);
        let values = json_values("{\"a\": 1}\n {\"b\": 2}").unwrap();
        let texts: Vec<_> = values.iter().map(|part| (part.text, part.lines, part.columns)).collect();
        assert_eq!(texts, [("{\"a\": 1}", 0, 0), ("{\"b\": 2}", 1, 1)]);
        assert_eq!(json_values("{a: 1}"), None);
    }
}
