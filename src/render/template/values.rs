//! Values on their way into minijinja and, behind a token, out of it again.

use std::sync::Arc;

use minijinja::value::{Object, ValueKind};
use minijinja::{Error, ErrorKind, Output, State, Value};
use serde_json::{Map, Number};

use super::errors::{Refusal, refuse};
use super::names::Names;
use super::sentinel::Sentinel;
use super::tokens::Tokens;
use crate::render::texts;

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

/// `images.web`: the reference, which has parts.
#[derive(Debug)]
struct Image {
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

/// What a template sees.
pub fn context(names: &Names) -> Value {
    let images = names.images.iter().map(|image| {
        let parts = from_json(&image.parts);
        (image.name.clone(), Value::from_object(Image { reference: image.reference.clone(), parts }))
    });
    let images = ("images".to_owned(), Value::from_pairs(images));
    let values = names.values.iter().map(|(name, value)| (name.clone(), from_json(value)));
    Value::from_pairs(values.chain([images]))
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
    let (json, text) = match (value.downcast_object_ref::<Json>(), value.downcast_object_ref::<Image>()) {
        (Some(json), _) => (json.json.clone(), Some(json.text.clone())),
        (_, Some(image)) => (image.reference.clone().into(), None),
        _ => (to_json(value)?, None),
    };
    if texts::keys_and_texts(&json).iter().any(|text| sentinel.marks(text)) {
        return Err(refuse(Refusal::FilteredText));
    }
    let token = state.get_or_insert_extension(Tokens::default()).add(sentinel, json, text);
    Ok(out.write_str(&token)?)
}

/// A value of minijinja as JSON has it.
pub fn to_json(value: &Value) -> Result<serde_json::Value, Error> {
    if let Some(json) = value.downcast_object_ref::<Json>() {
        return Ok(json.json.clone());
    }
    if let Some(image) = value.downcast_object_ref::<Image>() {
        return Ok(image.reference.clone().into());
    }
    Ok(match value.kind() {
        ValueKind::None => serde_json::Value::Null,
        ValueKind::Bool => value.is_true().into(),
        ValueKind::Number => to_number(value)?.into(),
        ValueKind::String => value.as_str().unwrap_or_default().into(),
        ValueKind::Seq | ValueKind::Iterable => {
            value.try_iter()?.checked().map(|item| to_json(&item?)).collect::<Result<Vec<_>, Error>>()?.into()
        }
        ValueKind::Map => to_map(value)?.into(),
        kind => return Err(refuse(Refusal::NoValue(kind.to_string()))),
    })
}

fn to_map(value: &Value) -> Result<Map<String, serde_json::Value>, Error> {
    let mut map = Map::new();
    for key in value.try_iter()?.checked() {
        let key = key?;
        let name = match key.as_str() {
            Some(text) => text.to_owned(),
            None => key.to_string(),
        };
        map.insert(name, to_json(&value.get_item(&key)?)?);
    }
    Ok(map)
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
