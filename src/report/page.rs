//! Where a text is read: on a terminal of so many columns, or anywhere.

use jiff::Timestamp;

use super::style::Style;

/// Where and when a text is read.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// `None`: lines may be as long as they like.
    pub columns: Option<usize>,
    pub style: Style,
    pub now: Timestamp,
}

impl Page {
    /// Plain text with lines of any length.
    pub fn plain(now: Timestamp) -> Self {
        Self { columns: None, style: Style::plain(), now }
    }
}
