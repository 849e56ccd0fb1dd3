//! Values on their way into minijinja and, behind a token, out of it again.
//!
//! minijinja knows text, numbers and booleans, and nothing of how they are written or whether their
//! source has types. Two things tell it where a value comes out:
//!
//! - Text of a source without types is recognised by where it stands in memory: as long as an
//!   expression only passes it on, it is the same allocation, and what a filter or an operator makes
//!   is another one.
//! - A number or a boolean with a spelling of its own is a plain one in expressions. A template that
//!   may meet such a value is rendered a second time, with [`Written`] in its place, which can be
//!   printed and be a condition, and nothing else. Where both ways give the same text, the second
//!   one tells how the values are written.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use minijinja::value::{Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, Output, State, Value};
use serde_json::Number;

use super::errors::{Refusal, refuse};
use super::names::{Names, is_no};
use super::sentinel::Sentinel;
use super::tokens::Tokens;
use crate::variables::{ALL, Data, Entries, Scalar};

/// The name of the texts without type in a context. No template can say it.
const UNTYPED: &str = "";

/// The result of `| tojson`.
#[derive(Debug)]
pub struct Json {
    pub json: serde_json::Value,
    pub text: String,
}

impl Object for Json {
    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// The result of `| indent` on a value of several lines.
#[derive(Debug)]
pub struct Indented(pub String);

impl Object for Indented {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// `images.web`: the reference, which has parts.
#[derive(Debug)]
pub struct Image {
    reference: String,
    parts: Value,
}

impl Object for Image {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.parts.get_item(key).ok().filter(|value| !value.is_undefined())
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reference)
    }
}

/// A scalar that is not what it looks like: a number or a boolean with its spelling, or a text that
/// means false to people and is true as a condition.
#[derive(Debug)]
struct Written {
    scalar: Scalar,
    name: String,
    /// The names of texts that were conditions.
    conditions: Conditions,
}

type Conditions = Arc<Mutex<Vec<String>>>;

impl Object for Written {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        match &self.scalar {
            Scalar::Typed(value, _) => from_json(value).is_true(),
            Scalar::Untyped(_) => {
                self.conditions.lock().unwrap_or_else(PoisonError::into_inner).push(self.name.clone());
                true
            }
        }
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.scalar.text().unwrap_or_default())
    }
}

/// Where the texts without type stand in memory.
#[derive(Debug, Default)]
struct Untyped(HashSet<usize>);

impl Object for Untyped {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// What a template sees.
#[derive(Debug)]
pub struct Context {
    pub value: Value,
    conditions: Conditions,
}

impl Context {
    /// Numbers and booleans are plain ones.
    pub fn new(names: &Names) -> Self {
        Builder::default().build(names)
    }

    /// Numbers and booleans know how they are written.
    pub fn as_written(names: &Names) -> Self {
        Builder { as_written: true, ..Builder::default() }.build(names)
    }

    /// The name of a text that was a condition since the last time, and means false.
    pub fn doubtful_condition(&self) -> Option<String> {
        let mut conditions = self.conditions.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *conditions).into_iter().next()
    }

    /// What a value is that came out of an expression.
    pub fn data(&self, value: &Value) -> Result<Data, Error> {
        to_data(value, &self.value.get_attr(UNTYPED).unwrap_or_default())
    }
}

#[derive(Debug, Default)]
struct Builder {
    as_written: bool,
    untyped: Untyped,
    conditions: Conditions,
}

impl Builder {
    fn build(mut self, names: &Names) -> Context {
        let images = names.images.iter().map(|image| {
            let parts = self.map(&image.parts, "");
            (image.name.clone(), Value::from_object(Image { reference: image.reference.clone(), parts }))
        });
        let images = Value::from_pairs(images.collect::<Vec<_>>());
        let dotted = names.values.keys().any(|name| name.contains('.'));
        let values = if dotted { self.map(&nested(names), "") } else { self.map(&names.values, "") };
        let mut entries: IndexMap<Value, Value> = IndexMap::new();
        if !names.values.contains_key(ALL) {
            entries.insert(ALL.into(), if dotted { self.map(&names.values, "") } else { values.clone() });
        }
        let pairs = values.try_iter().into_iter().flatten();
        entries.extend(pairs.map(|name| (name.clone(), values.get_item(&name).unwrap_or_default())));
        entries.insert("images".into(), images);
        entries.insert(UNTYPED.into(), Value::from_object(self.untyped));
        Context { value: Value::from_pairs(entries), conditions: self.conditions }
    }

    fn map(&mut self, entries: &Entries, prefix: &str) -> Value {
        let pairs =
            entries.iter().map(|(key, data)| (key.clone(), self.value(data, &format!("{prefix}{key}"))));
        Value::from_pairs(pairs.collect::<Vec<_>>())
    }

    fn value(&mut self, data: &Data, name: &str) -> Value {
        match data {
            Data::Scalar(scalar) => self.scalar(scalar, name),
            Data::List(items) => items.iter().map(|item| self.value(item, name)).collect::<Vec<_>>().into(),
            Data::Map(entries) => self.map(entries, &format!("{name}.")),
        }
    }

    fn scalar(&mut self, scalar: &Scalar, name: &str) -> Value {
        match scalar {
            Scalar::Untyped(text) if !(self.as_written && is_no(text)) => {
                let text: Arc<str> = text.as_str().into();
                self.untyped.0.insert(text.as_ptr() as usize);
                text.into()
            }
            Scalar::Typed(value, spelling) if spelling.is_none() || !self.as_written => from_json(value),
            scalar => {
                let (scalar, name) = (scalar.clone(), name.to_owned());
                Value::from_object(Written { scalar, name, conditions: self.conditions.clone() })
            }
        }
    }
}

/// The names with those that have dots also where the dots lead, if nothing stands in the way.
fn nested(names: &Names) -> Entries {
    let mut entries = names.values.clone();
    for (name, data) in names.values.iter().filter(|(name, _)| names.is_reachable(name)) {
        let mut parts: Vec<&str> = name.split('.').collect();
        let Some(last) = parts.pop() else { continue };
        let mut map = Some(&mut entries);
        for part in parts {
            let below =
                map.map(|map| map.entry(part.to_owned()).or_insert_with(|| Data::Map(Entries::new())));
            map = below.and_then(|data| match data {
                Data::Map(entries) => Some(entries),
                _ => None,
            });
        }
        map.and_then(|map| map.insert(last.to_owned(), data.clone()));
    }
    entries
}

pub fn from_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(value) => Value::from(*value),
        serde_json::Value::Number(number) => from_number(number),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::from(items.iter().map(from_json).collect::<Vec<_>>()),
        serde_json::Value::Object(map) => {
            Value::from_pairs(map.iter().map(|(key, value)| (key.as_str(), from_json(value))))
        }
    }
}

fn from_number(number: &Number) -> Value {
    if let Some(integer) = number.as_i64() {
        Value::from(integer)
    } else if let Some(integer) = number.as_u64() {
        Value::from(integer)
    } else {
        Value::from(number.as_f64().unwrap_or_default())
    }
}

/// The formatter: safe strings are template text, any other value becomes a token.
pub fn write_token(
    sentinel: Sentinel,
    out: &mut Output,
    state: &mut State,
    value: &Value,
) -> Result<(), Error> {
    if value.is_undefined() {
        // `{{ x if y }}` without an else.
        return Ok(());
    }
    if value.is_safe() {
        return Ok(out.write_str(value.as_str().unwrap_or_default())?);
    }
    if value.is_none() {
        return Err(refuse(Refusal::Null));
    }
    let untyped = state.lookup(UNTYPED).unwrap_or_default();
    let text = value.downcast_object_ref::<Json>().map(|json| json.text.clone());
    let data = to_data(value, &untyped)?;
    if data.keys_and_texts().iter().any(|text| sentinel.marks(text)) {
        return Err(refuse(Refusal::FilteredText));
    }
    let tokens = state.get_or_insert_extension(Tokens::default());
    let token = match value.downcast_object_ref::<Indented>() {
        Some(Indented(text)) => tokens.add_indented(sentinel, text),
        None => tokens.add(sentinel, data, text),
    };
    Ok(out.write_str(&token)?)
}

/// A value of minijinja as JSON has it.
pub fn to_json(value: &Value) -> Result<serde_json::Value, Error> {
    Ok(to_data(value, &Value::UNDEFINED)?.to_value())
}

fn to_data(value: &Value, untyped: &Value) -> Result<Data, Error> {
    if let Some(json) = value.downcast_object_ref::<Json>() {
        return Ok(json.json.clone().into());
    }
    if let Some(Indented(text)) = value.downcast_object_ref() {
        return Ok(Data::text(text));
    }
    if let Some(image) = value.downcast_object_ref::<Image>() {
        return Ok(Data::text(&image.reference));
    }
    if let Some(written) = value.downcast_object_ref::<Written>() {
        return Ok(Data::Scalar(written.scalar.clone()));
    }
    let is_untyped = |text: &str| {
        untyped.downcast_object_ref::<Untyped>().is_some_and(|it| it.0.contains(&(text.as_ptr() as usize)))
    };
    Ok(match value.kind() {
        ValueKind::None => Data::from(serde_json::Value::Null),
        ValueKind::Bool => Data::from(serde_json::Value::Bool(value.is_true())),
        ValueKind::Number => Data::from(serde_json::Value::Number(to_number(value)?)),
        ValueKind::String => match value.as_str().unwrap_or_default() {
            text if is_untyped(text) => Data::untyped(text),
            text => Data::text(text),
        },
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter()?.checked().map(|item| to_data(&item?, untyped));
            Data::List(items.collect::<Result<_, Error>>()?)
        }
        ValueKind::Map => to_map(value, untyped)?,
        kind => return Err(refuse(Refusal::NoValue(kind.to_string()))),
    })
}

fn to_map(value: &Value, untyped: &Value) -> Result<Data, Error> {
    let mut map = Entries::new();
    for key in value.try_iter()?.checked() {
        let key = key?;
        let name = match key.as_str() {
            Some(text) => text.to_owned(),
            None => key.to_string(),
        };
        map.insert(name, to_data(&value.get_item(&key)?, untyped)?);
    }
    Ok(Data::Map(map))
}

fn to_number(value: &Value) -> Result<Number, Error> {
    if value.is_integer() {
        if let Some(integer) = value.as_i64() {
            return Ok(integer.into());
        }
        if let Ok(integer) = u64::try_from(value.clone()) {
            return Ok(integer.into());
        }
    }
    let number = f64::try_from(value.clone())?;
    let text =
        || Error::new(ErrorKind::InvalidOperation, format!("{number} is not a number that Kubernetes has"));
    Number::from_f64(number).ok_or_else(text)
}
