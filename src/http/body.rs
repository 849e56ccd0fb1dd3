//! Bodies of answers: read from the stream as JSON, in time, and no larger than they may be.
//!
//! What a short text stands for in memory may be fifty times as large (`[{"":0},…`), so the values are
//! counted while they are read, and reading ends with the first that is too many.

use std::cell::Cell;
use std::fmt;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read};
use std::time::Instant;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The bytes that an answer may have, by its kind.
pub const ANSWER: u64 = 16 << 20;
pub const PAGE: u64 = 32 << 20;
pub const TOKEN: u64 = 64 << 10;
pub const PROBE: u64 = 4 << 20;
/// A refusal is read as far as that.
pub const REFUSAL: u64 = 256 << 10;
/// The values of any answer: ten times what the longest page of a list has.
const VALUES: usize = 250_000;
/// What a value takes beside its text, about.
const WEIGHT: usize = 256;

/// A body that was read.
pub struct Body {
    pub value: Value,
    /// What it takes in memory, about, in bytes.
    pub weight: usize,
}

/// Why a body is not JSON.
#[derive(Debug)]
pub enum Wrong {
    /// It did not come.
    Cut(Error),
    TooLarge(String),
    NotJson(serde_json::Error),
}

/// A body that has to be there in time. The client below limits each read, and a body may come byte by
/// byte.
pub struct Limited<R> {
    body: R,
    ends: Instant,
    left: u64,
}

impl<R: Read> Limited<R> {
    pub fn new(body: R, ends: Instant, most: u64) -> Self {
        Self { body, ends, left: most }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, part: &mut [u8]) -> std::io::Result<usize> {
        if Instant::now() >= self.ends {
            return Err(ErrorKind::TimedOut.into());
        }
        // One byte more tells whether there is more.
        let most = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(part.len());
        let read = self.body.read(&mut part[..most])?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(ErrorKind::FileTooLarge.into()),
        }
        Ok(read)
    }
}

/// Reads a body to its end. An empty one is null. `most` are the bytes that it may have.
pub fn read(body: impl Read, ends: Instant, most: u64) -> Result<Body, Wrong> {
    let mut body = BufReader::new(Limited::new(body, ends, most));
    let cut = |error: Error| match error.kind() {
        ErrorKind::FileTooLarge => Wrong::TooLarge(format!("it is larger than {} KiB", most >> 10)),
        _ => Wrong::Cut(error),
    };
    if is_empty(&mut body).map_err(cut)? {
        return Ok(Body { value: Value::Null, weight: 0 });
    }
    // The one that is too many is counted, too.
    let left = Cell::new(VALUES + 1);
    let mut reader = serde_json::Deserializer::from_reader(&mut body);
    let value = Counted(&left).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    let value = value.map_err(|error| match error.is_io() {
        true => cut(error.into()),
        false if left.get() == 0 => Wrong::TooLarge(format!("it has more than {VALUES} values")),
        false => Wrong::NotJson(error),
    })?;
    let bytes = usize::try_from(most - body.get_ref().left).unwrap_or(usize::MAX);
    Ok(Body { value, weight: bytes + WEIGHT * (VALUES + 1 - left.get()) })
}

/// Whether there is nothing but white space, which is skipped.
fn is_empty(body: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let part = body.fill_buf()?;
        if part.is_empty() {
            return Ok(true);
        }
        let blank = part.len() - part.trim_ascii_start().len();
        let is_all = blank == part.len();
        body.consume(blank);
        if !is_all {
            return Ok(false);
        }
    }
}

/// A value, and those in it, as long as there are any left.
struct Counted<'a>(&'a Cell<usize>);

impl Counted<'_> {
    fn count<E: serde::de::Error>(&self, value: impl Into<Value>) -> Result<Value, E> {
        match self.0.get() {
            0 | 1 => {
                self.0.set(0);
                Err(E::custom("too many values"))
            }
            left => {
                self.0.set(left - 1);
                Ok(value.into())
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Counted<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.count(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.count(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.count(value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.count(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.count(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.count(value)
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.count(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        self.count(Value::Null)?;
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(Counted(self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        self.count(Value::Null)?;
        let mut fields = Map::new();
        while let Some(name) = from.next_key::<String>()? {
            fields.insert(name, from.next_value_seed(Counted(self.0))?);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn told(body: impl Read) -> String {
        match read(body, soon(), ANSWER) {
            Ok(body) => body.value.to_string(),
            Err(Wrong::TooLarge(why)) => why,
            Err(Wrong::Cut(error)) => error.to_string(),
            Err(Wrong::NotJson(error)) => format!("not JSON: {error}"),
        }
    }

    proptest! {
        #[test]
        fn json_is_read_as_by_everybody(text in r#"[ \n\[\]{}:,"\\a0-9.eu+-]{0,40}|null|true|\{"a":[0-9]{1,30}(\.[0-9]+)?\}"#) {
            let theirs = serde_json::from_str::<Value>(&text).ok();
            let ours = read(text.as_bytes(), soon(), ANSWER).ok().map(|body| body.value);
            let is_blank = text.trim().is_empty();
            prop_assert_eq!(ours, if is_blank { Some(Value::Null) } else { theirs });
        }
    }

    #[test]
    fn an_answer_is_read_to_its_end() {
        assert_eq!(told(&b" \n "[..]), "null");
        assert_eq!(
            told(&br#" {"a": [1, -2, 1.5, "b", null, true]} "#[..]),
            json!({"a": [1, -2, 1.5, "b", null, true]}).to_string()
        );
        assert!(told(&b"[1] 2"[..]).starts_with("not JSON"));
        assert!(told(&b"[1, "[..]).starts_with("not JSON: EOF"));
    }

    #[test]
    fn a_short_text_cannot_take_much_memory() {
        let many = |item: &str| format!("[{}0]", format!("{item},").repeat(VALUES)).into_bytes();
        assert_eq!(told(&*many("0")), "it has more than 250000 values");
        assert_eq!(told(&*many(r#"{"":0}"#)), "it has more than 250000 values");
        let array = |items: usize| format!("[{}0]", "0,".repeat(items - 1)).into_bytes();
        assert!(read(&*array(VALUES - 1), soon(), ANSWER).is_ok());
        assert_eq!(told(&*array(VALUES)), "it has more than 250000 values");
        let endless = std::io::repeat(b' ');
        assert_eq!(told(endless), "it is larger than 16384 KiB");
        let endless = (&b"\""[..]).chain(std::io::repeat(b'a'));
        assert_eq!(told(endless), "it is larger than 16384 KiB");
    }

    #[test]
    fn a_body_that_drips_ends_with_the_time() {
        let over = read(std::io::repeat(b' '), Instant::now(), ANSWER);
        assert!(matches!(over, Err(Wrong::Cut(error)) if error.kind() == ErrorKind::TimedOut));
    }
}
