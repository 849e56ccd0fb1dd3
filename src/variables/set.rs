//! `--set NAME=VALUE`: a dotted name and one YAML value.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::merge::Tree;
use super::model::Origin;
use crate::vocabulary::Diagnostic;
use crate::yaml;

/// One argument as a source with one entry.
pub fn parse(argument: &str) -> Result<(String, Tree)> {
    let refused = |message: String| {
        Diagnostic::new(message).hint("write `--set NAME=VALUE`, as in `--set db.host=localhost`")
    };
    let Some((name, text)) = argument.split_once('=') else {
        return Err(refused(format!("`--set {argument}` has no `=`")).into());
    };
    let mut parts: Vec<&str> = name.split('.').map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(refused(format!("`--set {argument}` has no name before the `=`")).into());
    }
    let mut tree = Tree::from_value(value(name, text)?, &Origin::CommandLine);
    let first = parts.remove(0).to_owned();
    for part in parts.into_iter().rev() {
        tree = Tree::map(vec![(part.to_owned(), tree)], Origin::CommandLine);
    }
    Ok((first, tree))
}

/// Nothing behind the `=` is the empty text, as with `helm`.
fn value(name: &str, text: &str) -> Result<Value> {
    match text.trim() {
        "" => return Ok(Value::String(String::new())),
        // Reading YAML passes over a document that is null.
        "null" | "~" => return Ok(Value::Null),
        _ => {}
    }
    let argument = format!("--set {name}");
    match yaml::parse(text, Path::new(&argument))?.as_slice() {
        [node] => Ok(node.to_value()),
        _ => {
            let message = format!("`{argument}`: the value must be one YAML value");
            Err(Diagnostic::new(message).hint("put text with special characters in quotes").into())
        }
    }
}
