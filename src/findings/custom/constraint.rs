//! What a schema says of a single value: its type, its length, its range, its form.

use regex::Regex;
use serde_json::Value;

use crate::findings::described;
use crate::kubernetes::Shape;
use crate::vocabulary::nearest;
use crate::vocabulary::text::shorten;

/// As much of a value as a message shows.
const SHOWN: usize = 40;

/// Where a value is not of the type of its schema: what it is and must be, and what to do.
pub fn wrong_type(value: &Value, schema: &Value) -> Option<(String, Option<&'static str>)> {
    if schema["x-kubernetes-int-or-string"] == true {
        let fits = value.is_string() || is_whole(value);
        return (!fits).then(|| (told(value, described::shape(Shape::IntOrString)), None));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    if types.iter().any(|of| is_of(value, of)) {
        return None;
    }
    let called = |of: &str| shape(of).map(described::shape);
    let takes: Vec<&str> = types.iter().map(|of| called(of).unwrap_or(of)).collect();
    let hint = types.first().and_then(|of| described::remedy(value, shape(of)?));
    Some((told(value, &takes.join(" or ")), hint))
}

fn told(value: &Value, takes: &str) -> String {
    format!("is {}, and its schema takes only {takes} there", described::value(value))
}

fn shape(of: &str) -> Option<Shape> {
    match of {
        "string" => Some(Shape::String),
        "integer" => Some(Shape::Integer),
        "number" => Some(Shape::Number),
        "boolean" => Some(Shape::Boolean),
        "array" => Some(Shape::List),
        "object" => Some(Shape::Map),
        _ => None,
    }
}

fn is_whole(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

fn is_of(value: &Value, of: &str) -> bool {
    match of {
        "string" => value.is_string(),
        "integer" => is_whole(value),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        // A type that nobody knows judges nothing.
        _ => true,
    }
}

/// Where a value of the right type is refused: why, and what to do.
pub fn not_allowed(value: &Value, schema: &Value) -> Option<(String, Option<String>)> {
    if let Some(allowed) = schema["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
        let texts: Vec<String> = allowed.iter().map(text).collect();
        let hint = match nearest(&text(value), texts.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected one of: {}", texts.join(", ")),
        };
        return Some((format!("is `{}`, which its schema does not know there", shown(value)), Some(hint)));
    }
    let why = match value {
        Value::Number(_) => out_of_range(value.as_f64()?, schema),
        Value::String(text) => wrong_text(text, schema),
        Value::Array(items) => wrong_count(items.len(), schema, ("minItems", "maxItems"), "entries"),
        Value::Object(map) => wrong_count(map.len(), schema, ("minProperties", "maxProperties"), "fields"),
        _ => None,
    }?;
    let is_scalar = value.is_number() || value.is_string();
    let what = if is_scalar { format!("is `{}`: {why}", shown(value)) } else { why };
    Some((what, None))
}

fn out_of_range(number: f64, schema: &Value) -> Option<String> {
    // `exclusiveMinimum` is a switch in OpenAPI, and a bound of its own in JSON Schema.
    let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
    let above = schema["exclusiveMinimum"].as_f64().or(least.filter(|_| schema["exclusiveMinimum"] == true));
    let under = schema["exclusiveMaximum"].as_f64().or(most.filter(|_| schema["exclusiveMaximum"] == true));
    if let Some(above) = above.filter(|above| number <= *above) {
        return Some(format!("it must be more than {above}"));
    }
    if let Some(under) = under.filter(|under| number >= *under) {
        return Some(format!("it must be less than {under}"));
    }
    if let Some(least) = least.filter(|least| number < *least) {
        return Some(format!("it must be at least {least}"));
    }
    most.filter(|most| number > *most).map(|most| format!("it must be at most {most}"))
}

fn wrong_text(text: &str, schema: &Value) -> Option<String> {
    let length = text.chars().count();
    if let Some(count) = wrong_count(length, schema, ("minLength", "maxLength"), "characters") {
        return Some(format!("it {count}"));
    }
    let pattern = schema["pattern"].as_str()?;
    // One that this library does not read judges nothing.
    let is_match = Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text));
    is_match.then(|| format!("it does not match `{}`", shorten(pattern, 2 * SHOWN)))
}

fn wrong_count(count: usize, schema: &Value, (least, most): (&str, &str), what: &str) -> Option<String> {
    let count = count as u64;
    if let Some(least) = schema[least].as_u64().filter(|least| count < *least) {
        return Some(format!("has {count} {what}, and its schema asks for at least {least}"));
    }
    let most = schema[most].as_u64().filter(|most| count > *most)?;
    Some(format!("has {count} {what}, and its schema takes at most {most}"))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shown(value: &Value) -> String {
    shorten(&text(value), SHOWN).escape_debug().to_string()
}
