//! Encodings, taken off a text one after the other: percent, JSON and shell escapes, HTML,
//! apostrophes, hex, base64.
//!
//! Escapes give one text each, in which all else stands as it is. Hex and base64 have no sign that begins
//! them, so every run of their characters is decoded, from every place at which a byte may begin; most of
//! what comes out is noise. Each byte knows which part of the original it comes from. The cost is linear
//! in the text; texts without the signs of an encoding, and runs that are too short for what is looked for, pay
//! nothing for it.

use std::borrow::Cow;

use super::escapes::{ESCAPES, Read};

/// A part of the original text.
type Span = (u32, u32);

/// A line this long may go on in the next one, as `base64` and PEM files wrap theirs.
const WRAPPED: usize = 16;
/// Shorter texts among decoded bytes are there by chance.
const LEAST_TEXT: usize = 5;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Sought {
    /// How many encodings are taken off at most, or are still to be taken off.
    pub depth: usize,
    /// The length of the shortest text. No encoding makes it shorter.
    pub least: usize,
    /// Whether positions matter.
    pub is_tracked: bool,
}

/// A text below some encodings.
#[derive(Debug)]
pub struct Layer<'t> {
    pub bytes: Cow<'t, [u8]>,
    /// For each byte; none where the layer is the original itself, or nobody wants to know.
    spans: Vec<Span>,
    sought: Sought,
    /// Whether it was decoded from hex or base64: pieces between NULs, and most of them noise.
    pub is_binary: bool,
}

/// Shows `look` the text, and all texts that are in it below encodings.
pub fn peel(text: &str, sought: Sought, look: &mut dyn FnMut(&Layer)) {
    if text.len() >= sought.least {
        let bytes = Cow::Borrowed(text.as_bytes());
        let whole = Layer { bytes, spans: Vec::new(), sought, is_binary: false };
        look(&whole);
        deeper(&whole, look);
    }
}

fn deeper(layer: &Layer, look: &mut dyn FnMut(&Layer)) {
    if layer.sought.depth == 0 {
        return;
    }
    for inner in ESCAPES.into_iter().filter_map(|(sign, read)| without_escapes(layer, sign, read)) {
        look(&inner);
        deeper(&inner, look);
    }
    for inner in hex(layer).into_iter().chain(base64(layer)) {
        look(&inner);
        inner.texts().iter().for_each(|texts| deeper(texts, look));
    }
}

impl Layer<'_> {
    /// Whether nothing was decoded.
    pub fn is_original(&self) -> bool {
        matches!(self.bytes, Cow::Borrowed(_))
    }

    /// The part of the original that these bytes come from.
    pub fn span(&self, start: usize, end: usize) -> (usize, usize) {
        let (from, to) = self.narrow(start, end);
        (from as usize, to as usize)
    }

    fn narrow(&self, start: usize, end: usize) -> Span {
        match (self.spans.get(start), self.spans.get(end - 1)) {
            (Some((from, _)), Some((_, to))) => (*from, *to),
            // The original: what is longer than 4 GiB is no text that is shown to anybody.
            _ => (start as u32, end as u32),
        }
    }

    fn inner(&self, is_binary: bool) -> Layer<'static> {
        let sought = Sought { depth: self.sought.depth.saturating_sub(1), ..self.sought };
        Layer { bytes: Cow::Owned(Vec::new()), spans: Vec::new(), sought, is_binary }
    }

    /// One more byte, from these of `outer`.
    fn push(&mut self, byte: u8, outer: &Layer, start: usize, end: usize) {
        self.bytes.to_mut().push(byte);
        if self.sought.is_tracked {
            self.spans.push(outer.narrow(start, end));
        }
    }

    /// What is text in decoded bytes, to be decoded further; nothing if that is so little that it is chance.
    fn texts(&self) -> Option<Layer<'static>> {
        if self.sought.depth == 0 {
            return None;
        }
        let mut texts = Layer { sought: self.sought, ..self.inner(false) };
        let mut chunk_start = 0;
        for chunk in self.bytes.utf8_chunks() {
            let valid = chunk.valid();
            let mut start = 0;
            for (end, c) in valid.char_indices().chain([(valid.len(), '\0')]) {
                if !c.is_control() || c.is_whitespace() {
                    continue;
                }
                if end - start >= LEAST_TEXT.max(self.sought.least) {
                    let (from, to) = (chunk_start + start, chunk_start + end);
                    (from..to).for_each(|at| texts.push(self.bytes[at], self, at, at + 1));
                    texts.push(0, self, to - 1, to);
                }
                start = end + c.len_utf8();
            }
            chunk_start += valid.len() + chunk.invalid().len();
        }
        (!texts.bytes.is_empty()).then_some(texts)
    }
}

/// The text with escapes replaced that begin with `sign`. Nothing, if there is none.
fn without_escapes(layer: &Layer, sign: u8, read: Read) -> Option<Layer<'static>> {
    let bytes = &*layer.bytes;
    let escape = |at: usize| if bytes[at] == sign { read(&bytes[at + 1..]) } else { None };
    // Most texts have not even the sign, which is found out quickly.
    if !bytes.contains(&sign) || !(0..bytes.len()).any(|at| escape(at).is_some()) {
        return None;
    }
    let (mut inner, mut at) = (layer.inner(layer.is_binary), 0);
    while at < bytes.len() {
        match escape(at) {
            Some((unit, behind)) => {
                let end = at + 1 + behind;
                unit.bytes().iter().for_each(|byte| inner.push(*byte, layer, at, end));
                at = end;
            }
            None => {
                inner.push(bytes[at], layer, at, at + 1);
                at += 1;
            }
        }
    }
    Some(inner)
}

/// Hex, from either digit of each run.
fn hex(layer: &Layer) -> Vec<Layer<'static>> {
    let runs = runs(&layer.bytes, layer.sought.least * 2, |byte| byte.is_ascii_hexdigit());
    if runs.is_empty() {
        return Vec::new();
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
    (0..2).map(|skipped| bits(layer, &runs, skipped, 4, digit)).collect()
}

/// Base64 of either alphabet, from any of four characters of each run. The other signs of its alphabets
/// also separate words (`/`, `-`, `_`), so such words are decoded by themselves, too.
fn base64(layer: &Layer) -> Vec<Layer<'static>> {
    let least = (layer.sought.least * 4).div_ceil(3);
    let runs = runs(&layer.bytes, least, |byte| byte.is_ascii_alphanumeric() || is_sign(byte));
    if runs.is_empty() {
        return Vec::new();
    }
    let mut layers: Vec<_> = (0..4).map(|skipped| bits(layer, &runs, skipped, 6, sextet)).collect();
    let words: Vec<Run> = runs.iter().flat_map(|run| words_of(&layer.bytes, run, least)).collect();
    if !words.is_empty() {
        layers.push(bits(layer, &words, 0, 6, sextet));
    }
    layers
}

fn is_sign(byte: u8) -> bool {
    matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn sextet(byte: u8) -> u32 {
    let sextet = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    sextet.into()
}

/// Where characters of an encoding stand, without what wraps lines.
type Run = Vec<(usize, usize)>;

fn words_of(bytes: &[u8], run: &Run, least: usize) -> Vec<Run> {
    let has_words = |(start, end): &&(usize, usize)| bytes[*start..*end].iter().any(|byte| is_sign(*byte));
    let words = run.iter().filter(has_words).flat_map(|(start, end)| {
        let mut at = *start;
        bytes[*start..*end].split(|byte| is_sign(*byte)).map(move |word| {
            let start = at;
            at += word.len() + 1;
            (start, start + word.len())
        })
    });
    words.filter(|(start, end)| end - start >= least).map(|word| vec![word]).collect()
}

/// The runs of characters that belong to an encoding and are long enough.
fn runs(bytes: &[u8], least: usize, belongs: impl Fn(u8) -> bool) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at + bytes[at..].iter().position(|byte| belongs(*byte)).unwrap_or(bytes.len() - at);
        let end =
            start + bytes[start..].iter().position(|byte| !belongs(*byte)).unwrap_or(bytes.len() - start);
        at = end.max(at + 1);
        let goes_on = |run: &&mut Run| {
            let (from, to) = run[run.len() - 1];
            to - from >= WRAPPED && is_wrap(&bytes[to..start])
        };
        match runs.last_mut().filter(goes_on) {
            Some(run) if end > start => run.push((start, end)),
            // It may go on in the next line.
            _ if end - start >= least.min(WRAPPED) => runs.push(vec![(start, end)]),
            _ => {}
        }
    }
    runs.retain(|run| run.iter().map(|(start, end)| end - start).sum::<usize>() >= least);
    runs
}

/// A line break, and the indentation behind it; or a space, which is what is left of that where YAML folds lines.
fn is_wrap(between: &[u8]) -> bool {
    between == b" "
        || between.len() <= 64
            && between.first().is_some_and(|first| matches!(first, b'\n' | b'\r'))
            && between.iter().all(u8::is_ascii_whitespace)
            && between.iter().filter(|byte| **byte == b'\n').count() == 1
}

/// The bytes that runs of characters stand for, `width` bits each, a NUL behind each run.
fn bits(
    layer: &Layer,
    runs: &[Run],
    skipped: usize,
    width: u32,
    value: impl Fn(u8) -> u32,
) -> Layer<'static> {
    let mut inner = layer.inner(true);
    for run in runs {
        let positions = run.iter().flat_map(|(start, end)| *start..*end).skip(skipped);
        let (mut bits, mut known, mut before) = (0_u32, 0, 0);
        for position in positions {
            bits = bits << width | value(layer.bytes[position]);
            known += width;
            if known >= 8 {
                known -= 8;
                inner.push((bits >> known) as u8, layer, before, position + 1);
                bits &= (1 << known) - 1;
            }
            before = position;
        }
        let (_, end) = run[run.len() - 1];
        inner.push(0, layer, end - 1, end);
    }
    inner
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that is in a text below one encoding.
    fn inner(text: &str) -> Vec<String> {
        let mut seen = Vec::new();
        peel(text, Sought { depth: 1, least: 4, is_tracked: true }, &mut |layer| {
            seen.push(String::from_utf8_lossy(&layer.bytes).into_owned());
        });
        seen
    }

    #[test]
    fn each_encoding_is_taken_off() {
        for (text, expected) in [
            ("a%2fb%", "a/b%"),
            (r#"\u00e4\ud83d\ude00\"\/\n"#, "ä😀\"/\n"),
            (r"\303\244 \x41", "ä A"),
            ("&lt;&#x2f;&#47;&AMP;&no;", "<//&&no;"),
            ("'it''s'", "'it's'"),
            (r"'it'\''s'", "'it's'"),
            ("68656c6c6f", "hello\0"),
            ("aGVsbG8gd29ybGQ=", "hello world\0"),
            ("aGVsbG8gd29ybGQg\n   aGVsbG8gd29ybGQ", "hello world hello world\0"),
            ("aGVsbG8gd29ybGQg aGVsbG8gd29ybGQ", "hello world hello world\0"),
        ] {
            assert!(inner(text).iter().any(|inner| inner == expected), "{text}: {:?}", inner(text));
        }
    }

    #[test]
    fn a_plain_text_is_looked_at_once() {
        assert_eq!(inner("a b: 12"), ["a b: 12"]);
    }

    #[test]
    fn every_byte_knows_where_it_comes_from() {
        let text = "x %c3%a4 c2VjcmV0";
        let mut found = Vec::new();
        peel(text, Sought { depth: 1, least: 4, is_tracked: true }, &mut |layer| {
            for word in ["ä", "secret"] {
                let bytes = layer.bytes.windows(word.len());
                if let Some(at) = bytes.clone().position(|bytes| bytes == word.as_bytes()) {
                    let (start, end) = layer.span(at, at + word.len());
                    found.push(&text[start..end]);
                }
            }
        });
        assert_eq!(found, ["%c3%a4", "c2VjcmV0"]);
    }

    #[test]
    fn texts_below_two_encodings_are_seen() {
        // base64 of `a%2Fb c%2Fd`
        let text = "YSUyRmIgYyUyRmQ=";
        let sought = Sought { depth: 2, least: 4, is_tracked: false };
        let mut seen = false;
        peel(text, sought, &mut |layer| seen |= layer.bytes.windows(7).any(|it| it == b"a/b c/d"));
        assert!(seen);
    }
}
