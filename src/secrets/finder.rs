//! Finding secrets in a text, however they are encoded there, and hiding them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::HIDDEN;
use super::decode::{Layer, Sought, peel};

/// A shorter text is in every other text by chance. It counts where it is all there is.
const SHORTEST: usize = 4;
/// A shorter one is in noise by chance: what is decoded from hex or base64 has to be text around it.
const LONG: usize = 8;
/// A shorter line of a secret is in other texts by chance, and so is base64 whose case was changed.
const TELLING: usize = 8;
/// Longer values are searched for piece by piece, and only so far.
const PIECE: usize = 1024;
const MOST: usize = 64 * PIECE;
/// A shorter end of a long value is in other texts by chance, so it is searched for with the piece before it.
const END: usize = 32;
/// How many encodings a secret is looked for below; three in texts that are not large.
const DEPTH: usize = 2;
const DEEPER_IN: usize = 1 << 16;

/// Secrets, each known by a number.
#[derive(Debug, Default)]
pub struct Finder {
    search: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
    /// The length of the shortest pattern.
    least: usize,
    /// Those that have to be the whole text.
    short: HashMap<String, usize>,
}

#[derive(Debug)]
struct Pattern {
    secret: usize,
    /// A line of a longer value: to be hidden, but it does not tell the value.
    is_part: bool,
    length: usize,
}

/// Where a secret is in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    pub start: usize,
    pub end: usize,
    pub secret: usize,
    pub is_part: bool,
    /// As it is, not encoded.
    pub is_plain: bool,
}

impl Finder {
    /// Finds these values.
    pub fn new<'s>(secrets: impl IntoIterator<Item = (usize, &'s str)>) -> Self {
        let (mut texts, mut finder) = (BTreeSet::new(), Self::default());
        for (secret, value) in secrets {
            for (text, is_part) in searched(value) {
                texts.insert((text, secret, is_part));
            }
            if is_short(value) {
                finder = finder.and_whole([(secret, value)]);
            }
        }
        finder.patterns = texts
            .iter()
            .map(|(text, secret, is_part)| Pattern { secret: *secret, is_part: *is_part, length: text.len() })
            .collect();
        finder.least = texts.iter().map(|(text, _, _)| text.len()).min().unwrap_or_default();
        if !texts.is_empty() {
            let texts = texts.iter().map(|(text, _, _)| text);
            let search = AhoCorasick::builder().ascii_case_insensitive(true).build(texts);
            // It fails only for more patterns than memory has room for.
            finder.search = Some(search.expect("secrets are few"));
        }
        finder
    }

    /// And these, but only where one is the whole text.
    pub fn and_whole<'s>(mut self, secrets: impl IntoIterator<Item = (usize, &'s str)>) -> Self {
        for (secret, value) in secrets {
            self.short.entry(value.trim().to_owned()).or_insert(secret);
        }
        self
    }

    /// The first of the secrets that the text holds, by number. A short one must be all of it.
    pub fn find(&self, text: &str) -> Option<usize> {
        let short = self.short.get(text.trim()).copied();
        let mut found = short;
        self.look(text, false, &mut |leak| {
            if !leak.is_part {
                found = Some(found.map_or(leak.secret, |first| first.min(leak.secret)));
            }
        });
        found
    }

    /// Where the secrets are, and parts of them; not the short ones.
    pub fn leaks(&self, text: &str) -> Vec<Leak> {
        let mut is_found = false;
        self.look(text, false, &mut |_| is_found = true);
        let mut leaks = Vec::new();
        if is_found {
            self.look(text, true, &mut |leak| leaks.push(leak));
        }
        leaks.sort_unstable();
        leaks.dedup();
        leaks
    }

    /// Whether the text is a secret that is too short to be searched for in others.
    pub fn is_whole(&self, text: &str) -> bool {
        !self.short.is_empty() && self.short.contains_key(text.trim())
    }

    fn look(&self, text: &str, tracked: bool, found: &mut dyn FnMut(Leak)) {
        let Some(search) = &self.search else { return };
        let depth = if text.len() <= DEEPER_IN { DEPTH + 1 } else { DEPTH };
        peel(text, Sought { depth, least: self.least, is_tracked: tracked }, &mut |layer| {
            if search.is_match(&*layer.bytes) {
                self.report(search, layer, found);
            }
        });
    }

    fn report(&self, search: &AhoCorasick, layer: &Layer, found: &mut dyn FnMut(Leak)) {
        for hit in search.find_overlapping_iter(&*layer.bytes) {
            let pattern = &self.patterns[hit.pattern().as_usize()];
            let is_noise = layer.is_binary && pattern.length < LONG;
            if is_noise && !stands_in_text(&layer.bytes, hit.start(), hit.end()) {
                continue;
            }
            let (start, end) = layer.span(hit.start(), hit.end());
            let Pattern { secret, is_part, .. } = *pattern;
            found(Leak { start, end, secret, is_part, is_plain: layer.is_original() });
        }
    }
}

/// The text with these parts hidden. Parts that meet are one.
pub fn hide(text: &str, parts: impl IntoIterator<Item = (usize, usize)>) -> Cow<'_, str> {
    let mut parts: Vec<(usize, usize)> = parts.into_iter().map(|part| widened(text, part)).collect();
    parts.sort_unstable();
    let (mut hidden, mut at) = (String::new(), 0);
    let mut open: Option<(usize, usize)> = None;
    for (start, end) in parts.into_iter().chain([(usize::MAX, usize::MAX)]) {
        match &mut open {
            Some((_, last)) if start <= *last => *last = end.max(*last),
            _ => {
                if let Some((from, to)) = open {
                    hidden += &text[at..from];
                    hidden += HIDDEN;
                    at = to;
                }
                open = Some((start, end));
            }
        }
    }
    if at == 0 && hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(hidden + &text[at..])
}

/// A part that begins and ends between characters, and not in the middle of an escape.
fn widened(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let start = text.floor_char_boundary(start);
    let backslashes = text.as_bytes()[..start].iter().rev().take_while(|byte| **byte == b'\\').count();
    (start - backslashes % 2, text.ceil_char_boundary(end))
}

fn is_short(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty() && (value.chars().count() < SHORTEST || !value.contains(char::is_alphanumeric))
}

/// The texts that a value is searched for by, and whether each is only a part of it.
fn searched(value: &str) -> Vec<(String, bool)> {
    let value = value.trim();
    if value.is_empty() || is_short(value) {
        return Vec::new();
    }
    let mut texts: Vec<(String, bool)> = Vec::new();
    for piece in pieces(value) {
        texts.extend(spellings(piece).into_iter().map(|text| (text, false)));
    }
    // Where variables have one line, a key has its line breaks as `\n`.
    let value = if value.starts_with("-----BEGIN") { &*value.replace("\\n", "\n") } else { value };
    // Indented, or one by one as in a diff.
    let lines =
        value.lines().map(str::trim).filter(|line| line.len() >= TELLING && !line.starts_with("-----"));
    let lines: Vec<&str> = if value.contains('\n') { lines.collect() } else { Vec::new() };
    let longest = lines.iter().map(|line| line.len()).max();
    for line in lines.into_iter().filter(|line| line.contains(char::is_alphanumeric)) {
        let is_part = Some(line.len()) != longest;
        texts.extend(pieces(line).map(|piece| (piece.to_owned(), is_part)));
    }
    texts.retain(|(text, _)| !is_short(text));
    texts
}

/// The value, as it may stand in any text: with the plus signs of a form for its spaces, in another case
/// (that of ASCII makes no difference to the search), and in base64 whose case was changed, which nothing
/// can decode.
fn spellings(value: &str) -> Vec<String> {
    let mut spellings = vec![value.to_owned()];
    if !value.is_ascii() {
        let mut characters = value.chars();
        let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        let upper = value.to_uppercase();
        spellings.extend([value.to_lowercase(), upper.to_lowercase(), upper, first + characters.as_str()]);
    }
    if value.contains(' ') {
        spellings.extend(spellings.clone().iter().map(|spelling| spelling.replace(' ', "+")));
    }
    for alignment in 0..3 {
        spellings.extend(base64_inside(value, alignment).into_iter().filter(|text| text.len() >= TELLING));
    }
    spellings
}

/// The characters that `text` leaves in base64 when `alignment` bytes stand before it: those that
/// its neighbours have no part in.
fn base64_inside(text: &str, alignment: usize) -> [String; 2] {
    let padded = [&[0; 2][..alignment.min(2)], text.as_bytes()].concat();
    let first = (alignment * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    [&STANDARD, &URL_SAFE]
        .map(|engine| engine.encode(&padded).get(first..last).unwrap_or_default().to_owned())
}

fn pieces(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = &value[..value.floor_char_boundary(MOST)];
    std::iter::from_fn(move || {
        let length = if rest.len() < PIECE + END { rest.len() } else { rest.floor_char_boundary(PIECE) };
        let (piece, behind) = rest.split_at(length);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Whether what surrounds a part of decoded bytes is text, or nothing.
fn stands_in_text(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let before = bytes[..start].iter().rev().take_while(|byte| **byte != 0).take(2);
    let behind = bytes[end..].iter().take_while(|byte| **byte != 0).take(2);
    before.chain(behind).all(is_text)
}

#[cfg(test)]
mod tests;
