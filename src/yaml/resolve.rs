//! What a scalar means, as `kubectl` has it.
//!
//! YAML 1.2's core schema, and what the Go library of `kubectl` and helm takes beyond it: the words
//! of YAML 1.1 for true and false, `0755` as octal, `_` between digits. Words count in the three
//! spellings `true`, `True`, `TRUE` only. Timestamps are text.

use std::borrow::Cow;

use base64::Engine;
use serde_json::Number;

use super::node::Kind;

const NO_JSON: &str = "not a number that JSON and Kubernetes have";

/// What a scalar without quotes and without a tag means.
pub fn plain(text: &str) -> Result<Kind, &'static str> {
    Ok(match text.as_bytes().first() {
        None | Some(b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => {
            word(text).unwrap_or_else(|| Kind::String(text.to_owned()))
        }
        Some(b'.' | b'+' | b'-' | b'0'..=b'9') => match number(text) {
            _ if is_no_number(text) => return Err(NO_JSON),
            Some(number) => Kind::Number(number),
            None => Kind::String(text.to_owned()),
        },
        Some(_) => Kind::String(text.to_owned()),
    })
}

/// What a scalar means whose tag, behind `tag:yaml.org,2002:`, is `tag`. Quotes do not matter.
pub fn tagged(text: &str, tag: &str) -> Result<Kind, String> {
    let resolved = plain(text)?;
    match (tag, resolved) {
        ("str", _) => Ok(Kind::String(text.to_owned())),
        ("binary", _) => binary(text).map(Kind::String),
        ("null", kind @ Kind::Null) | ("bool", kind @ Kind::Bool(_)) => Ok(kind),
        ("int", Kind::Number(number)) if !number.is_f64() => Ok(Kind::Number(number)),
        ("float", Kind::Number(number)) => {
            let float = number.as_f64().and_then(Number::from_f64);
            float.map(Kind::Number).ok_or_else(|| NO_JSON.to_owned())
        }
        ("timestamp", Kind::String(text)) if is_date(&text) => Ok(Kind::String(text)),
        ("null" | "bool" | "int" | "float" | "timestamp", _) => {
            Err(format!("`{}` does not fit its tag `!!{tag}`", text.escape_debug()))
        }
        _ => Err(format!("the tag `!!{tag}` is not supported for text")),
    }
}

/// Whether a scalar that begins a date could be one. Which of them are, calendars tell.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', 't', ' ', '\t']).next().unwrap_or_default();
    let parts: Vec<_> = day.split('-').map(|part| (part.len(), part.parse::<u16>().is_ok())).collect();
    matches!(parts[..], [(4, true), (1..=2, true), (1..=2, true)])
}

fn binary(text: &str) -> Result<String, String> {
    let text: String = text.split_ascii_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(text);
    let bytes = bytes.map_err(|_| "the value with the tag `!!binary` is not base64")?;
    String::from_utf8(bytes).map_err(|_| "the value with the tag `!!binary` is not UTF-8 text".to_owned())
}

fn word(text: &str) -> Option<Kind> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Kind::Null),
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Some(Kind::Bool(true))
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Some(Kind::Bool(false))
        }
        _ => None,
    }
}

fn is_no_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn number(text: &str) -> Option<Number> {
    // Go's own syntax holds for what begins with a dot: `_` stands between two digits.
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let is_between = |at: usize| at > 0 && is_digit(at - 1) && is_digit(at + 1);
    if text.starts_with('.') && !text.match_indices('_').all(|(at, _)| is_between(at)) {
        return None;
    }
    let digits = match text.contains('_') {
        true => Cow::Owned(text.replace('_', "")),
        false => Cow::Borrowed(text),
    };
    integer(&digits).or_else(|| float(&digits)).or_else(|| signed_binary(&digits))
}

/// `0b-1`, which Go's library takes beside `-0b1`.
fn signed_binary(text: &str) -> Option<Number> {
    i64::from_str_radix(text.strip_prefix("0b")?, 2).ok().map(Number::from)
}

/// As Go's `strconv.ParseInt` with base 0 reads it, or `ParseUint` when it has no sign.
fn integer(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &unsigned[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &unsigned[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    // A second sign would pass for a part of the digits.
    if !digits.bytes().all(|digit| digit.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match text.as_bytes().first() {
        Some(b'-') => i64::try_from(-i128::from(magnitude)).ok().map(Number::from),
        Some(b'+') => i64::try_from(magnitude).ok().map(Number::from),
        _ => Some(magnitude.into()),
    }
}

/// A decimal number; one that is too large for a float is none.
fn float(text: &str) -> Option<Number> {
    let is_decimal = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if !text.bytes().all(is_decimal) {
        return None;
    }
    text.parse().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn words_count_in_three_spellings() {
        for text in ["true", "True", "TRUE", "yes", "On"] {
            assert_eq!(plain(text), Ok(Kind::Bool(true)), "{text}");
        }
        for text in ["tRUE", "oN", "nULL", "FALSe", "yEs", "nULl"] {
            assert_eq!(plain(text), Ok(Kind::String(text.into())), "{text}");
        }
    }

    #[test]
    fn numbers_are_what_go_reads() {
        let read = |text: &str| match plain(text) {
            Ok(Kind::Number(number)) => Value::Number(number),
            Ok(Kind::String(text)) => Value::String(text),
            other => panic!("{text}: {other:?}"),
        };
        let numbers = [
            ("0755", json!(493)),
            ("1__0", json!(10)),
            ("-0x1f", json!(-31)),
            ("0O17", json!(15)),
            ("0b11", json!(3)),
            ("08", json!(8.0)),
            (".5", json!(0.5)),
            (".5_0", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("18446744073709551616", json!(18446744073709551616.0)),
        ];
        for (text, number) in numbers {
            assert_eq!(read(text), number, "{text}");
        }
        for text in ["1e400", "1:30", "2020-01-01", "0x", "0x+5", "--1", ".", ".5__0", "._5", "1.2.3", "_1"] {
            assert_eq!(read(text), json!(text));
        }
    }
}
