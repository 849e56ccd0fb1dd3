//! Values of Jsonnet, from JSON's.

use rsjsonnet_lang::program::{Program, Value as Evaluated};
use serde_json::Value;

/// Integers above it have no exact floating-point number, and Jsonnet has no other numbers.
const LARGEST_EXACT: u64 = 1 << 53;

/// A value as Jsonnet's, or the number in it that Jsonnet cannot hold exactly.
pub fn convert<'p>(program: &mut Program<'p>, value: &Value) -> Result<Evaluated<'p>, String> {
    Ok(match value {
        Value::Null => Evaluated::null(),
        Value::Bool(value) => Evaluated::bool(*value),
        Value::String(text) => Evaluated::string(text),
        Value::Number(number) => {
            let integer = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            match number.as_f64() {
                Some(float) if integer.is_none_or(|integer| integer <= LARGEST_EXACT) => {
                    Evaluated::number(float)
                }
                _ => return Err(number.to_string()),
            }
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| convert(program, item)).collect::<Result<Vec<_>, _>>()?;
            program.make_array(&items)
        }
        Value::Object(map) => {
            let fields =
                map.iter().map(|(name, value)| Ok((program.intern_str(name), convert(program, value)?)));
            let fields = fields.collect::<Result<Vec<_>, String>>()?;
            program.make_object(&fields)
        }
    })
}
