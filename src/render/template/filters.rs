//! Filters that minijinja does not have, or whose meaning differs in YAML.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Kwargs, Rest, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters};
use regex::{Captures, Regex};
use serde_json::Map;
use sha2::{Digest, Sha256};

use super::errors::{Refusal, refuse};
use super::sentinel::Sentinel;
use super::values::{Indented, Json, from_json, to_json};
use crate::yaml;

/// A filter, and whether its result depends on the characters of a text.
type Filter = (&'static str, Value, bool);

pub fn add(environment: &mut Environment) {
    // They escape for HTML, which YAML is not.
    environment.remove_filter("escape");
    environment.remove_filter("e");
    for (name, filter, reads) in builtin_filters().into_iter().chain(own_filters()) {
        add_guarded(environment, name, filter, reads);
    }
}

/// Those of minijinja, but for `default`, which is for what is undefined.
fn builtin_filters() -> Vec<Filter> {
    macro_rules! filters {
        ($($name:ident $reads:literal,)*) => {
            vec![$((stringify!($name), Value::from_function(filters::$name), $reads)),*]
        };
    }
    let mut all = filters! {
        abs false, attr false, batch false, chain false, dictsort false, float false, groupby false, int false,
        items false, join false, lines true, map false, max false, min false, pprint true, reject false,
        rejectattr false, round false, select false, selectattr false, slice false, sort false, string false,
        sum false, trim false, unique false, zip false, upper true, lower true, title true, capitalize true,
        replace true, length true, split true, reverse true, first true, last true, list true, format true,
        urlencode true,
    };
    all.push(("count", Value::from_function(filters::length), true));
    all
}

/// Filters that minijinja does not have, or whose meaning differs in YAML.
fn own_filters() -> [Filter; 15] {
    [
        ("raw", Value::from_function(raw), false),
        ("safe", Value::from_function(raw), false),
        ("indent", Value::from_function(indent), false),
        ("tojson", Value::from_function(to_json_text), true),
        ("to_json", Value::from_function(to_json_text), true),
        ("to_yaml", Value::from_function(to_yaml), true),
        ("from_json", Value::from_function(from_yaml), true),
        ("from_yaml", Value::from_function(from_yaml), true),
        ("b64encode", Value::from_function(b64encode), true),
        ("b64decode", Value::from_function(b64decode), true),
        ("sha256", Value::from_function(sha256), true),
        ("bool", Value::from_function(bool), true),
        ("regex_replace", Value::from_function(regex_replace), true),
        ("ternary", Value::from_function(ternary), false),
        ("combine", Value::from_function(combine), false),
    ]
}

/// Filters that make text of a value: of null they would make `None`.
const TEXT: [&str; 12] = [
    "b64encode",
    "capitalize",
    "format",
    "indent",
    "join",
    "lower",
    "raw",
    "replace",
    "safe",
    "string",
    "title",
    "upper",
];

/// Adds a filter that refuses what it would pass over: a value that is undefined, null where it makes
/// text, and, if it reads text, the tokens that stand for values in a text.
fn add_guarded(environment: &mut Environment, name: &'static str, filter: Value, reads: bool) {
    let names_it = ["capitalize", "lower", "replace", "title", "trim", "upper"].contains(&name);
    let guarded = move |state: &mut State, arguments: Rest<ValueOrKwargs>| {
        let arguments = arguments.into_values();
        let items = |value: &Value| match value.kind() {
            ValueKind::Seq => value.try_iter().into_iter().flatten().collect(),
            _ => Vec::new(),
        };
        let items: Vec<Value> = arguments.iter().flat_map(items).collect();
        // In the errors of these filters, minijinja names what is undefined.
        let checked = arguments.iter().skip(usize::from(names_it)).chain(&items);
        if checked.into_iter().any(Value::is_undefined) {
            return Err(ErrorKind::UndefinedError.into());
        }
        let is_null = |value: &Value| value.is_none();
        if TEXT.contains(&name)
            && (arguments.iter().any(is_null) || name == "join" && items.iter().any(is_null))
        {
            return Err(refuse(Refusal::Null));
        }
        if reads && arguments.iter().any(holds_tokens) {
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
fn indent(state: &mut State, arguments: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let arguments = arguments.into_values();
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
