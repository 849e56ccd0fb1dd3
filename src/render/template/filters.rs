//! Filters that minijinja does not have, or whose meaning differs in YAML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters};

use super::errors::{Refusal, refuse};
use super::sentinel::Sentinel;
use super::values::{Json, to_json};

pub fn add(environment: &mut Environment) {
    // They escape for HTML, which YAML is not.
    environment.remove_filter("escape");
    environment.remove_filter("e");
    environment.add_filter("raw", raw);
    environment.add_filter("safe", raw);
    environment.add_filter("tojson", tojson);
    add_guarded(environment, "b64encode", Value::from_function(b64encode));
    add_guarded(environment, "b64decode", Value::from_function(b64decode));
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
        let holds_tokens =
            |value: &Value| value.is_safe() && value.as_str().is_some_and(Sentinel::may_occur_in);
        if arguments.iter().any(holds_tokens) {
            return Err(refuse(Refusal::FilteredText));
        }
        filter.call(state, &arguments)
    };
    environment.add_filter(name, guarded);
}

/// The value as template text: the way out for those who want text.
fn raw(value: &Value) -> Value {
    Value::from_safe_string(value.to_string())
}

/// Structure where it is a whole scalar, JSON text inside other text.
fn tojson(value: &Value, options: Kwargs) -> Result<Value, Error> {
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

fn b64encode(value: &Value) -> String {
    STANDARD.encode(value.to_string())
}

fn b64decode(text: &str) -> Result<String, Error> {
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "b64decode: this is not base64 text"))
}
