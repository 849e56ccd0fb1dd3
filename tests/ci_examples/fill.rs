//! Reading the pipelines, and filling in their expressions.

use std::path::{Path, PathBuf};

use serde_json::Value;

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates-examples/ci")
}

/// The one document of a file.
pub fn read(file: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What expressions stand for.
pub type Table<'a> = &'a [(&'a str, &'a str)];

/// The text with every `${{ … }}` replaced.
pub fn fill(text: &str, table: Table) -> String {
    replace(text, "${{", "}}", table)
}

/// The text with every `$(…)` replaced: not for scripts, where that is the shell's.
pub fn fill_macros(text: &str, table: Table) -> String {
    replace(text, "$(", ")", table)
}

fn replace(text: &str, open: &str, close: &str, table: Table) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let (expression, behind) = after.split_once(close).expect("an expression has an end");
        let known = table.iter().find(|(name, _)| *name == expression.trim());
        let (_, value) = known.unwrap_or_else(|| panic!("no table has `{expression}`"));
        filled += before;
        filled += value;
        rest = behind;
    }
    filled + rest
}

/// The fields of an object as text, filled in: `env` and the like.
pub fn variables(fields: &Value, fill: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let fields = fields.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), fill(&scalar(value)))).collect()
}

/// A scalar as the systems read it: as text.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        other => panic!("no scalar: {other}"),
    }
}

pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no text `{field}` in {value}"))
}

pub fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("no list `{field}` in {value}"))
}
