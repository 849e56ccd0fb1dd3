//! The texts in a JSON value, wherever they stand in it.

use serde_json::Value;

/// Every string that is a value.
pub fn texts(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(value, false, &mut found);
    found
}

/// Every string, also those that are keys.
pub fn keys_and_texts(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(value, true, &mut found);
    found
}

fn collect<'v>(value: &'v Value, keys: bool, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys, found)),
        Value::Object(map) => {
            for (key, value) in map {
                found.extend(keys.then_some(key.as_str()));
                collect(value, keys, found);
            }
        }
        _ => {}
    }
}
