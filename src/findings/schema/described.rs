//! How types and values are called in messages.

use serde_json::Value;

use crate::kubernetes::Shape;

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
    match (found, expected) {
        (Value::Number(_) | Value::Bool(_), Shape::String) => Some("put it in quotes"),
        (Value::String(_), Shape::Integer | Shape::Number | Shape::Boolean) => {
            Some("remove the quotes around it; a variable that is text needs a filter: `{{ port | int }}`")
        }
        (Value::Object(_) | Value::String(_), Shape::List) => Some("put `- ` before each of its entries"),
        (Value::Array(_), Shape::Map | Shape::Object(_)) => Some("remove the `- ` before its entries"),
        _ => None,
    }
}
