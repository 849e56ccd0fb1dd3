//! Texts on their way out. Nothing is written to stdout, stderr, or a file of a CI system that is not one of
//! these, so nothing can forget the filter.

use std::borrow::Cow;

use anyhow::{Context, Result};
use serde::Serialize;

use super::output;
use crate::secrets;
use crate::vocabulary::text::is_reordering;

/// A text without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean(String);

/// Fields that hold documents, which are printed as they are committed.
const DOCUMENTS: [&str; 2] = ["manifest", "schema"];

impl Clean {
    /// Text for people: no secret, and nothing that makes a terminal show another order than there is.
    pub fn text(text: &str) -> Self {
        Self(in_order(&secrets::redact(text)).into_owned())
    }

    /// A document for programs: the bytes of what is committed. That is checked for secrets when it is rendered.
    pub fn document(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// One line of JSON.
    pub fn json_line(value: &impl Serialize) -> Result<Self> {
        let value = json(value)?;
        let text = serde_json::to_string(&value).context("cannot write a line of JSON")?;
        Ok(Self(escaped(&text) + "\n"))
    }

    /// JSON over several lines, as people can read it too.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        let value = json(value)?;
        let text = serde_json::to_string_pretty(&value).context("cannot write the result as JSON")?;
        Ok(Self(escaped(&text) + "\n"))
    }

    /// The text after a change that adds nothing to it.
    pub fn map(self, change: impl FnOnce(&str) -> String) -> Self {
        Self(change(&self.0))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value as JSON without secrets.
pub fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    let mut value = serde_json::to_value(value).context("cannot write the result as JSON")?;
    secrets::redact_json(&mut value, &secrets::Names { fields: &output::is_field, documents: &DOCUMENTS });
    Ok(value)
}

/// With characters escaped that turn the order of what is read.
fn in_order(text: &str) -> Cow<'_, str> {
    match text.contains(is_reordering) {
        true => text
            .chars()
            .map(|c| if is_reordering(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() })
            .collect(),
        false => Cow::Borrowed(text),
    }
}

/// The same in JSON, which stays the same to whoever reads it.
fn escaped(json: &str) -> String {
    match json.contains(is_reordering) {
        true => json
            .chars()
            .map(|c| if is_reordering(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() })
            .collect(),
        false => json.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::secrets::{Kind, remember};

    #[test]
    fn a_log_reads_as_it_was_written() {
        assert_eq!(Clean::text("safe\u{202e}fdp.exe").as_str(), "safe\\u{202e}fdp.exe");
        let line = Clean::json_line(&json!({"message": "a\u{2066}b"})).unwrap();
        assert_eq!(line.as_str(), "{\"message\":\"a\\u2066b\"}\n");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(line.as_str()).unwrap()["message"],
            "a\u{2066}b"
        );
    }

    #[test]
    fn the_names_of_our_fields_are_no_secrets() {
        remember(Kind::Variable, "word", "outcome");
        let value =
            json!({"outcome": "the outcome is 7", "x outcome": 1, "manifest": {"outcome": "outcome"}});
        let expected =
            json!({"outcome": "the (secret) is 7", "x (secret)": 1, "manifest": {"outcome": "outcome"}});
        assert_eq!(super::json(&value).unwrap(), expected);
    }
}
