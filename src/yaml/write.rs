//! Writing, so that every YAML 1.1 or 1.2 reader reads the value that was written.
//!
//! Text of several lines is a block, as people write it, where that is safe with all readers:
//! they differ about tabs, blank ends and Unicode's own line ends. Any other text that needs it
//! is quoted.

use anyhow::Result;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_saphyr::LitStr;

use super::reading::{MAX_DEPTH, too_deep};
use crate::vocabulary::Diagnostic;

/// Writes one document: two-space indent, keys in their order, a newline at the end. What could not be
/// read again, because it is nested too deeply, is an error.
pub fn write(value: &Value) -> Result<String> {
    if is_deeper(value, MAX_DEPTH) {
        return Err(Diagnostic::new(too_deep()).into());
    }
    // Folding would break long strings over lines, and a diff of one word would show many.
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX, prefer_block_scalars: false };
    Ok(serde_saphyr::to_string_with_options(&Written(value), options)?)
}

/// Writes a value on one line, as JSON that every YAML reader reads: some characters that JSON
/// leaves as they are end a line in YAML, or are not allowed in it.
pub fn write_json(value: &Value) -> String {
    let json = value.to_string();
    json.chars().fold(String::with_capacity(json.len()), |mut text, c| {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => text.push(c),
        }
        text
    })
}

/// Whether lists and maps are nested deeper than that.
fn is_deeper(value: &Value, than: usize) -> bool {
    let deeper = |value: &Value| is_deeper(value, than - 1);
    match value {
        Value::Array(_) | Value::Object(_) if than == 0 => true,
        Value::Array(items) => items.iter().any(deeper),
        Value::Object(entries) => entries.values().any(deeper),
        _ => false,
    }
}

struct Written<'a>(&'a Value);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) if is_block(text) => LitStr(text).serialize(serializer),
            Value::Array(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| sequence.serialize_element(&Written(item)))?;
                sequence.end()
            }
            Value::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, &Written(value)))?;
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Whether a text can be a block of lines that all readers agree on.
fn is_block(text: &str) -> bool {
    let plain = |c: char| c == '\n' || c == '\t' || (c >= ' ' && !is_special(c));
    text.contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        && !text.ends_with("\n\n")
        && text.chars().all(plain)
        && text.split('\n').all(|line| line.is_empty() || !line.trim().is_empty())
}

/// Not printable in YAML, or a line end to some readers only.
fn is_special(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        || c.is_control()
}
