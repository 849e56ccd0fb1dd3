//! The JSON Schemas of what commands print.

use serde_json::Value;
use towline::report::output;

/// Panics when `stdout` is the JSON answer of a command and does not fit its schema.
pub fn assert_fits(stdout: &str) {
    let Ok(answer) = serde_json::from_str::<Value>(stdout) else { return };
    let errors = errors(&answer);
    assert!(errors.is_empty(), "not what the schema says:\n{}\n{stdout}", errors.join("\n"));
}

/// What is wrong with an answer; nothing with one to a command line that names no command.
pub fn errors(answer: &Value) -> Vec<String> {
    let Some(schema) = answer["command"].as_str().and_then(output::json_schema) else { return Vec::new() };
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(answer).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
