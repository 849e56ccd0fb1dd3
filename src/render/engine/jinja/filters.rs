//! Filters that minijinja does not have, or whose meaning differs in YAML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value};

use super::values::{Json, to_json};

pub fn add(environment: &mut Environment) {
    // They escape for HTML, which YAML is not.
    environment.remove_filter("escape");
    environment.remove_filter("e");
    environment.add_filter("raw", raw);
    environment.add_filter("safe", raw);
    environment.add_filter("tojson", tojson);
    environment.add_filter("b64encode", b64encode);
    environment.add_filter("b64decode", b64decode);
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
    decoded.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "b64decode: this is not text in base64"))
}
