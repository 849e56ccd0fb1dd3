//! How types and values are called in messages.

use serde_json::Value;

use crate::kubernetes::Shape;

const REMOVE_QUOTES: &str =
    "remove the quotes around it; a variable that is text needs a filter: `{{ port | int }}`";

/// `text`, `a list`: what a field takes.
pub fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::String => "text",
        Shape::Integer => "a whole number",
        Shape::Number => "a number",
        Shape::Boolean => "true or false",
        Shape::Quantity => "a quantity",
        Shape::IntOrString => "a whole number or text",
        Shape::List => "a list",
        Shape::Map | Shape::Object(_) => "a map",
        Shape::Any => "anything",
    }
}

/// What a value is.
pub fn value(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// What makes a value one of the type, where a sign does.
pub fn remedy(found: &Value, expected: Shape) -> Option<&'static str> {
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    match (found, expected) {
        (Value::Number(_) | Value::Bool(_), Shape::String) => Some("put it in quotes"),
        (Value::String(text), Shape::Integer | Shape::Number) if is_number(text) => Some(REMOVE_QUOTES),
        (Value::String(text), Shape::Boolean) if text == "true" || text == "false" => Some(REMOVE_QUOTES),
        (Value::Object(_), Shape::List) => Some("put `- ` before each of its entries"),
        (Value::Array(_), Shape::Map | Shape::Object(_)) => Some("remove the `- ` before its entries"),
        _ => None,
    }
}
