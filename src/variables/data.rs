//! What a variable is: a scalar, a list or a map, with the way its source writes it.
//!
//! YAML and JSON have types: `1.10` is a number there. Inside other text people mean what they wrote,
//! the version `1.10` or the commit `706798e8`, so the spelling is kept beside the value. Files of
//! environment variables, the process and `--set` have no types. A scalar of theirs takes the type of
//! the field that it lands in, and where no type is known, the one that `helm --set` would give it.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::yaml::{Kind, Node};

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Scalar(Scalar),
    List(Vec<Data>),
    Map(Entries),
}

/// The entries of a map, in their order.
pub type Entries = IndexMap<String, Data>;

#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Of a source with types: null, a boolean, a number or text. Beside a boolean or a number stands
    /// how it is written, where that is not how JSON writes it.
    Typed(Value, Option<Box<str>>),
    /// Of a source without types.
    Untyped(String),
}

impl Data {
    pub fn text(text: impl Into<String>) -> Self {
        Self::from(Value::String(text.into()))
    }

    pub fn untyped(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::Untyped(text.into()))
    }

    /// What stands in a document that has types.
    pub fn of_node(node: Node) -> Self {
        Self::read(node, &|node| {
            let spelling = node.unusual_spelling().map(Into::into);
            Scalar::Typed(node.into_value(), spelling)
        })
    }

    /// What stands in a list or a map of a source without types: only quotes make text of a number.
    pub fn of_untyped_node(node: Node) -> Self {
        Self::read(node, &|node| Scalar::Untyped(node.spelling().into_owned()))
    }

    /// `scalar` gets what is neither text nor null.
    fn read(node: Node, scalar: &dyn Fn(Node) -> Scalar) -> Self {
        match node.kind {
            Kind::String(text) => Self::text(text),
            Kind::Sequence(items) => {
                Self::List(items.into_iter().map(|item| Self::read(item, scalar)).collect())
            }
            Kind::Mapping(entries) => {
                let entries = entries.into_iter();
                Self::Map(entries.map(|(key, it)| (key.into_scalar_text(), Self::read(it, scalar))).collect())
            }
            Kind::Null => Self::from(Value::Null),
            Kind::Bool(_) | Kind::Number(_) => Self::Scalar(scalar(node)),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(Scalar::Typed(Value::Null, _)))
    }

    pub fn as_map(&self) -> Option<&Entries> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub fn get(&self, key: &str) -> Option<&Data> {
        self.as_map()?.get(key)
    }

    /// The value where nothing is known of the field that it lands in.
    pub fn to_value(&self) -> Value {
        self.map_scalars(&Scalar::to_value)
    }

    /// The value for digests: another spelling is another value.
    pub fn as_written(&self) -> Value {
        self.map_scalars(&|scalar| match scalar {
            Scalar::Typed(_, Some(spelling)) => Value::String(spelling.to_string()),
            scalar => scalar.to_value(),
        })
    }

    fn map_scalars(&self, value: &dyn Fn(&Scalar) -> Value) -> Value {
        match self {
            Self::Scalar(scalar) => value(scalar),
            Self::List(items) => items.iter().map(|item| item.map_scalars(value)).collect(),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(key, data)| (key.clone(), data.map_scalars(value)));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// Every scalar, in order.
    pub fn scalars(&self) -> Vec<&Scalar> {
        match self {
            Self::Scalar(scalar) => vec![scalar],
            Self::List(items) => items.iter().flat_map(Self::scalars).collect(),
            Self::Map(entries) => entries.values().flat_map(Self::scalars).collect(),
        }
    }

    /// The texts of its scalars, of those that tell something: `true`, in quotes or not, is in every manifest.
    /// A number that is not written as usual has two.
    pub fn telling_texts(&self) -> Vec<String> {
        self.scalars().into_iter().flat_map(Scalar::telling_texts).collect()
    }

    /// Every text in it, also those that are keys.
    pub fn keys_and_texts(&self) -> Vec<&str> {
        match self {
            Self::Scalar(Scalar::Untyped(text) | Scalar::Typed(Value::String(text), _)) => vec![text],
            Self::Scalar(_) => Vec::new(),
            Self::List(items) => items.iter().flat_map(Self::keys_and_texts).collect(),
            Self::Map(entries) => {
                let mut texts = Vec::new();
                for (key, data) in entries {
                    texts.push(key.as_str());
                    texts.extend(data.keys_and_texts());
                }
                texts
            }
        }
    }

    /// The text for people: JSON, with numbers and booleans as they are written.
    pub fn shown(&self) -> String {
        match self {
            Self::Scalar(Scalar::Typed(_, Some(spelling))) => spelling.to_string(),
            data => data.to_value().to_string(),
        }
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        match value {
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(map) => Self::Map(map.into_iter().map(|(key, it)| (key, Self::from(it))).collect()),
            scalar => Self::Scalar(Scalar::Typed(scalar, None)),
        }
    }
}

impl Scalar {
    /// The text that it is inside other text; `None` for null.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Untyped(text) | Self::Typed(Value::String(text), _) => Some(text.into()),
            Self::Typed(Value::Null, _) => None,
            Self::Typed(_, Some(spelling)) => Some(spelling.as_ref().into()),
            Self::Typed(value, None) => Some(value.to_string().into()),
        }
    }

    fn telling_texts(&self) -> Vec<String> {
        let value = self.to_value();
        let is_word = |value: &Value| value.is_boolean() || value.is_null();
        let tells = |text: &Cow<str>| !text.trim().is_empty() && !is_word(&value) && !is_word(&guess(text));
        let number = value.is_number().then(|| value.to_string()).filter(|_| self.is_spelled());
        self.text().filter(tells).map(Cow::into_owned).into_iter().chain(number).collect()
    }

    pub fn to_value(&self) -> Value {
        match self {
            Self::Typed(value, _) => value.clone(),
            Self::Untyped(text) => guess(text),
        }
    }

    /// Whether its text tells something that its value does not.
    pub fn is_spelled(&self) -> bool {
        matches!(self, Self::Typed(_, Some(_)))
    }
}

/// What `helm --set` makes of a text: true, false, null, and whole numbers as they are usually
/// written. Anything else is text.
fn guess(text: &str) -> Value {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => number.into(),
        _ if is("true") => Value::Bool(true),
        _ if is("false") => Value::Bool(false),
        _ if is("null") => Value::Null,
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_without_type_becomes_what_helm_makes_of_it() {
        let texts = ["3", "-3", "0", "true", "False", "null", "08", "1.10", "706798e8", "no", "", "+3", "-0"];
        let values: Vec<Value> = texts.iter().map(|text| Data::untyped(*text).to_value()).collect();
        assert_eq!(
            Value::from(values),
            json!([3, -3, 0, true, false, null, "08", "1.10", "706798e8", "no", "", "+3", "-0"])
        );
        assert_eq!(Data::untyped("9223372036854775808").to_value(), json!("9223372036854775808"));
    }

    #[test]
    fn what_every_manifest_has_tells_nothing() {
        for word in ["true", "False", "null", "", " "] {
            assert_eq!(Data::untyped(word).telling_texts(), [""; 0], "{word}");
            assert_eq!(Data::text(word).telling_texts(), [""; 0], "{word}");
        }
        assert_eq!(Data::from(json!([true, null, "a", 12])).telling_texts(), ["a", "12"]);
        assert_eq!(Data::untyped("08").telling_texts(), ["08"]);
        let data = Data::of_node(crate::yaml::parse("[no, 0755]", Path::new("")).unwrap().remove(0));
        assert_eq!(data.telling_texts(), ["0755", "493"]);
    }

    #[test]
    fn scalars_of_a_document_keep_their_spelling() {
        let text = "[1.10, 0755, 1_000, no, 3, true, 'x', 706798e8, 18446744073709551616]";
        let data = Data::of_node(crate::yaml::parse(text, Path::new("")).unwrap().remove(0));
        let texts: Vec<_> = data.scalars().into_iter().map(|scalar| scalar.text().unwrap()).collect();
        let written = ["1.10", "0755", "1_000", "no", "3", "true", "x", "706798e8", "18446744073709551616"];
        assert_eq!(texts, written);
        let values =
            json!([1.1, 493, 1000, false, 3, true, "x", 70_679_800_000_000.0, 18446744073709551616.0]);
        assert_eq!(data.to_value(), values);
    }
}
