//! The character that marks where a value stands in a rendered text.
//!
//! It is a private-use character that no template and no value contains, neither itself nor as the
//! digits of an escape.

/// A character that marks tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentinel(char);

impl Sentinel {
    /// The character itself.
    pub fn mark(self) -> char {
        self.0
    }

    /// Whether there is any character that could be a sentinel.
    pub fn may_occur_in(text: &str) -> bool {
        text.contains(|c| ('\u{e000}'..='\u{f8ff}').contains(&c))
    }

    /// The first sentinels that none of `texts` contains.
    pub fn candidates<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Vec<Sentinel> {
        let free = |sentinel: &Sentinel| texts.clone().all(|text| !sentinel.occurs_in(text));
        ('\u{e000}'..='\u{f8ff}').map(Sentinel).filter(free).take(16).collect()
    }

    /// Whether the character is there, or the digits that an escape would write it with.
    pub fn occurs_in(self, text: &str) -> bool {
        let code = u32::from(self.0);
        let digits = [12, 8, 4, 0].map(|shift| b"0123456789abcdef"[(code >> shift) as usize & 0xf]);
        self.marks(text) || text.as_bytes().windows(4).any(|window| window.eq_ignore_ascii_case(&digits))
    }

    /// Whether the character itself is there.
    pub fn marks(self, text: &str) -> bool {
        text.contains(self.0)
    }

    /// `text` for people: with `…` for every token.
    pub fn shown(self, text: &str) -> String {
        let parts = text.split(self.0).enumerate();
        parts.map(|(index, part)| if index % 2 == 0 { part } else { "…" }).collect()
    }
}
