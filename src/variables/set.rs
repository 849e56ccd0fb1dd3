//! `--set NAME=VALUE`: a dotted name and a text, or a list or map of them in YAML's flow style.

use std::path::Path;

use anyhow::Result;

use super::data::Data;
use super::merge::Tree;
use super::model::Origin;
use crate::vocabulary::Diagnostic;
use crate::yaml::{self, Node};

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
    let mut tree = Tree::from_data(value(name, text)?, &Origin::CommandLine);
    let first = parts.remove(0).to_owned();
    for part in parts.into_iter().rev() {
        tree = Tree::map(vec![(part.to_owned(), tree)], Origin::CommandLine);
    }
    Ok((first, tree))
}

/// Text without a type, as with `helm`. What begins like a list, a map or a quoted text is YAML.
fn value(name: &str, text: &str) -> Result<Data> {
    if !text.trim_start().starts_with(['[', '{', '"', '\'']) {
        return Ok(Data::untyped(text));
    }
    let argument = format!("--set {name}");
    let hint = "put text that begins with a bracket or a quote in quotes of its own";
    match yaml::parse(text, Path::new(&argument)) {
        Ok(nodes) => match <[Node; 1]>::try_from(nodes) {
            Ok([node]) => Ok(Data::of_untyped_node(node)),
            Err(_) => Err(Diagnostic::new(format!("`{argument}`: the value must be one YAML value"))
                .hint(hint)
                .into()),
        },
        Err(error) => match error.downcast::<Diagnostic>() {
            Ok(diagnostic) => Err(diagnostic.hint(hint).into()),
            Err(other) => Err(other),
        },
    }
}
