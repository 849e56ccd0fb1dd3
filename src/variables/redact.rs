//! Keeping secret values out of what people see.

use serde_json::Value;

use super::Variables;
use crate::vocabulary::HIDDEN;

/// Shorter texts are hidden only where they are all there is: `1` is in every text.
const SHORTEST: usize = 4;

/// Replaces secret values in texts.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    /// The longest first: one may be a part of another.
    texts: Vec<String>,
}

impl Redactor {
    /// Knows the secrets of all of these.
    pub fn new<'a>(variables: impl IntoIterator<Item = &'a Variables>) -> Redactor {
        let mut texts = Vec::new();
        for leaf in variables.into_iter().flat_map(Variables::secrets) {
            collect(&leaf.value, &mut texts);
        }
        texts.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        texts.dedup();
        Redactor { texts }
    }

    /// The text with every secret value hidden.
    pub fn redact(&self, text: &str) -> String {
        if self.texts.iter().any(|secret| secret == text) {
            return HIDDEN.to_owned();
        }
        let long = self.texts.iter().filter(|secret| secret.chars().count() >= SHORTEST);
        long.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), HIDDEN))
    }
}

/// The scalars of a value, as they may stand in a text: as they are, line by line as in a diff,
/// and escaped as in JSON.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => texts.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) => map.values().for_each(|value| collect(value, texts)),
        Value::String(text) if text.trim().is_empty() => {}
        Value::String(text) => {
            texts.push(text.clone());
            texts.extend(
                text.lines().map(str::trim).filter(|line| line.chars().count() >= 8).map(str::to_owned),
            );
            let json = Value::String(text.clone()).to_string();
            texts.push(json[1..json.len() - 1].to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::{Leaf, Origin};

    fn redactor(values: &[Value]) -> Redactor {
        let leaf = |value: &Value| Leaf {
            name: "password".into(),
            value: value.clone(),
            origin: Origin::CommandLine,
            overrode: Vec::new(),
            secret: true,
        };
        Redactor::new([&Variables { leaves: values.iter().map(leaf).collect(), ..Variables::default() }])
    }

    #[test]
    fn secrets_are_hidden_in_any_text() {
        let redactor =
            redactor(&["hunter2".into(), "hunter2-long".into(), 123_456.into(), "a\"quote".into()]);
        assert_eq!(redactor.redact("-p hunter2 x"), "-p (secret) x");
        assert_eq!(redactor.redact("hunter2-long"), "(secret)");
        assert_eq!(redactor.redact("pin=123456"), "pin=(secret)");
        assert_eq!(redactor.redact(r#"{"x": "a\"quote"}"#), r#"{"x": "(secret)"}"#);
    }

    #[test]
    fn short_secrets_are_hidden_when_they_are_the_whole_text() {
        let redactor = redactor(&["abc".into()]);
        assert_eq!(redactor.redact("abc"), "(secret)");
        assert_eq!(redactor.redact("abcdef"), "abcdef");
    }
}
