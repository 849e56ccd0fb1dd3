//! Filters that minijinja does not have, or whose meaning differs in YAML.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters};
use regex::{Captures, Regex};
use serde_json::Map;
use sha2::{Digest, Sha256};

use super::errors::{Refusal, refuse};
use super::sentinel::Sentinel;
use super::values::{Indented, Json, from_json, to_json};
use crate::yaml;

pub fn add(environment: &mut Environment) {
    // They escape for HTML, which YAML is not.
    environment.remove_filter("escape");
    environment.remove_filter("e");
    environment.add_filter("raw", raw);
    environment.add_filter("safe", raw);
    for name in ["tojson", "to_json"] {
        add_guarded(environment, name, Value::from_function(to_json_text));
    }
    for name in ["from_yaml", "from_json"] {
        add_guarded(environment, name, Value::from_function(from_yaml));
    }
    add_guarded(environment, "to_yaml", Value::from_function(to_yaml));
    add_guarded(environment, "b64encode", Value::from_function(b64encode));
    add_guarded(environment, "b64decode", Value::from_function(b64decode));
    add_guarded(environment, "sha256", Value::from_function(sha256));
    add_guarded(environment, "bool", Value::from_function(bool));
    add_guarded(environment, "regex_replace", Value::from_function(regex_replace));
    environment.add_filter("indent", indent);
    environment.add_filter("ternary", ternary);
    environment.add_filter("combine", combine);
    for (name, filter) in reading_filters() {
        add_guarded(environment, name, filter);
    }
}

/// Filters of minijinja whose result depends on the characters of a text.
fn reading_filters() -> [(&'static str, Value); 14] {
    [
        ("upper", Value::from_function(filters::upper)),
        ("lower", Value::from_function(filters::lower)),
        ("title", Value::from_function(filters::title)),
        ("capitalize", Value::from_function(filters::capitalize)),
        ("replace", Value::from_function(filters::replace)),
        ("length", Value::from_function(filters::length)),
        ("count", Value::from_function(filters::length)),
        ("split", Value::from_function(filters::split)),
        ("reverse", Value::from_function(filters::reverse)),
        ("first", Value::from_function(filters::first)),
        ("last", Value::from_function(filters::last)),
        ("list", Value::from_function(filters::list)),
        ("format", Value::from_function(filters::format)),
        ("urlencode", Value::from_function(filters::urlencode)),
    ]
}

/// Adds a filter that refuses text in which tokens stand for values: it would see the tokens.
fn add_guarded(environment: &mut Environment, name: &'static str, filter: Value) {
    let guarded = move |state: &mut State, arguments: Rest<Value>| {
        if arguments.iter().any(holds_tokens) {
            return Err(refuse(Refusal::FilteredText));
        }
        filter.call(state, &arguments)
    };
    environment.add_filter(name, guarded);
}

/// Whether a value is text of the template in which tokens stand for values.
pub fn holds_tokens(value: &Value) -> bool {
    value.is_safe() && value.as_str().is_some_and(Sentinel::may_occur_in)
}

/// Text of the template stays that. A value of several lines remembers that it was indented.
fn indent(state: &mut State, arguments: Rest<Value>) -> Result<Value, Error> {
    let indented = Value::from_function(filters::indent).call(state, &arguments)?;
    let text = indented.as_str().unwrap_or_default();
    let is_template = arguments.first().is_some_and(Value::is_safe);
    Ok(match text.contains('\n') {
        _ if is_template => Value::from_safe_string(text.to_owned()),
        true => Value::from_object(Indented(text.to_owned())),
        false => indented,
    })
}

/// The value as template text: the way out for those who want text.
fn raw(value: &Value) -> Value {
    Value::from_safe_string(value.to_string())
}

/// Structure where it is a whole scalar, JSON text inside other text.
fn to_json_text(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    options.assert_all_used()?;
    let json = to_json(value)?;
    let text = match indent {
        Some(_) => serde_json::to_string_pretty(&json),
        None => serde_json::to_string(&json),
    };
    let text = text.map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    Ok(Value::from_object(Json { json, text }))
}

/// Structure where it is a whole scalar, YAML text inside other text.
fn to_yaml(value: &Value) -> Result<Value, Error> {
    let json = to_json(value)?;
    let text =
        yaml::write(&json).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    Ok(Value::from_object(Json { json, text }))
}

/// JSON is read as the YAML that it is.
fn from_yaml(text: &str) -> Result<Value, Error> {
    let invalid = |why: String| Error::new(ErrorKind::InvalidOperation, format!("from_yaml: {why}"));
    let documents = yaml::parse(text, Path::new("the text")).map_err(|error| invalid(error.to_string()))?;
    match documents.as_slice() {
        [] => Ok(Value::from(())),
        [document] => Ok(from_json(&document.to_value())),
        _ => Err(invalid("the text has more than one document".to_owned())),
    }
}

fn b64encode(value: &Value) -> String {
    STANDARD.encode(value.to_string())
}

fn b64decode(text: &str) -> Result<String, Error> {
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "b64decode: this is not base64 text"))
}

/// In hexadecimal digits; of a map or a list, that of its JSON text.
fn sha256(value: &Value) -> Result<String, Error> {
    let text = match to_json(value)? {
        serde_json::Value::String(text) => text,
        json => json.to_string(),
    };
    Ok(Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// As in Ansible, but what is neither is refused: sources without types have only text.
fn bool(value: &Value) -> Result<bool, Error> {
    match value.to_string().to_lowercase().as_str() {
        "true" | "yes" | "y" | "on" | "t" | "1" => Ok(true),
        "false" | "no" | "n" | "off" | "f" | "0" | "" | "none" => Ok(false),
        text => Err(Error::new(ErrorKind::InvalidOperation, format!("`{text}` is neither true nor false"))),
    }
}

fn ternary(condition: &Value, yes: Value, no: Value) -> Value {
    if condition.is_true() { yes } else { no }
}

/// Maps laid over one another, the later ones over the earlier.
fn combine(first: &Value, others: Rest<Value>, options: Kwargs) -> Result<Value, Error> {
    let recursive: Option<bool> = options.get("recursive")?;
    options.assert_all_used()?;
    let mut combined = map(first)?;
    for other in others.iter() {
        lay_over(&mut combined, map(other)?, recursive.unwrap_or(false));
    }
    Ok(from_json(&combined.into()))
}

fn map(value: &Value) -> Result<Map<String, serde_json::Value>, Error> {
    match to_json(value)? {
        serde_json::Value::Object(map) => Ok(map),
        _ => Err(Error::new(ErrorKind::InvalidOperation, "combine: every value must be a map")),
    }
}

fn lay_over(
    lower: &mut Map<String, serde_json::Value>,
    upper: Map<String, serde_json::Value>,
    recursive: bool,
) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(serde_json::Value::Object(lower)), serde_json::Value::Object(upper)) if recursive => {
                lay_over(lower, upper, recursive);
            }
            (_, value) => _ = lower.insert(key, value),
        }
    }
}

/// Groups are written as Python has them: `\\1`.
fn regex_replace(text: &str, pattern: &str, replacement: &str) -> Result<String, Error> {
    let invalid = |error| Error::new(ErrorKind::InvalidOperation, format!("regex_replace: {error}"));
    let pattern = Regex::new(pattern).map_err(invalid)?;
    let replaced = pattern.replace_all(text, |found: &Captures| {
        let mut expanded = String::new();
        let mut characters = replacement.chars();
        while let Some(c) = characters.next() {
            match (c, characters.clone().next()) {
                ('\\', Some(next)) => {
                    characters.next();
                    match next.to_digit(10).and_then(|group| usize::try_from(group).ok()) {
                        Some(group) => expanded.push_str(found.get(group).map_or("", |it| it.as_str())),
                        None => expanded.push(next),
                    }
                }
                _ => expanded.push(c),
            }
        }
        expanded
    });
    Ok(replaced.into_owned())
}
