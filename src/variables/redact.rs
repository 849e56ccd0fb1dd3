//! Keeping secret values out of what people see.

use serde_json::Value;

use super::model::{Leaf, Variables};
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
        let secrets = variables.into_iter().flat_map(Variables::secrets);
        let mut texts: Vec<String> = secrets.flat_map(Leaf::texts).flat_map(forms).collect();
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

/// A text as it may stand in others: as it is, line by line as in a diff, and escaped as in JSON.
fn forms(text: String) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| line.chars().count() >= 8);
    let json = Value::String(text.clone()).to_string();
    let mut forms: Vec<String> = lines.map(str::to_owned).collect();
    forms.extend([json[1..json.len() - 1].to_owned(), text]);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::Origin;

    fn redactor(values: &[Value]) -> Redactor {
        let leaf = |value: &Value| Leaf {
            name: "password".into(),
            value: value.clone().into(),
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
