//! The character that marks where a value stands in a rendered text.
//!
//! It is a private-use character that no template and no value contains, neither itself nor as the
//! digits of an escape.

use std::collections::BTreeSet;

/// The private-use characters that texts have: themselves, or the digits that an escape writes them with.
#[derive(Debug, Default)]
pub struct Taken(BTreeSet<u32>);

impl Taken {
    pub fn by<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut taken = Self::default();
        texts.into_iter().for_each(|text| taken.add(text));
        taken
    }

    fn add(&mut self, text: &str) {
        for (at, byte) in text.bytes().enumerate() {
            let code = match byte {
                // All of them begin with one of these bytes in UTF-8.
                0xee | 0xef => text[at..].chars().next().map(u32::from),
                b'e' | b'E' | b'f' | b'F' => hexadecimal(text.as_bytes().get(at..at + 4)),
                _ => None,
            };
            self.0.extend(code.filter(|code| (0xe000..=0xf8ff).contains(code)));
        }
    }

    pub fn has(&self, sentinel: Sentinel) -> bool {
        self.0.contains(&u32::from(sentinel.0))
    }
}

fn hexadecimal(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
}

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

    /// The first sentinels that are not taken.
    pub fn candidates(taken: &Taken) -> Vec<Sentinel> {
        let all = ('\u{e000}'..='\u{f8ff}').map(Sentinel);
        all.filter(|sentinel| !taken.has(*sentinel)).take(16).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentinel_is_in_no_text_in_any_way() {
        let first = |text: &str| u32::from(Sentinel::candidates(&Taken::by([text]))[0].mark());
        assert_eq!(first("e: feed, face, E00, \u{fffd}"), 0xe000);
        assert_eq!(first("\u{e000} \\uE001 xe002x"), 0xe003);
    }
}
