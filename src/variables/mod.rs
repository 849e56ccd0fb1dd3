//! Variables: where they come from, which one wins, and how that is told.

use std::path::PathBuf;

use serde_json::Value;

use crate::error::{Diagnostic, Place};

/// Names that templates have for other things.
pub const RESERVED: [&str; 6] = ["application", "team", "environment", "target", "release", "images"];

/// The error for a variable that takes one of the [`RESERVED`] names.
pub fn reserved(name: &str, place: Option<Place>) -> anyhow::Error {
    let message =
        format!("a variable may not be named `{name}`: templates have that name for something else");
    let hint = format!("other such names: {}", RESERVED.join(", "));
    Diagnostic { message, place, hint: Some(hint) }.into()
}

/// What the command line and the process hand in, beside the pipeline file's sources.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// `--set NAME=VALUE`, as typed, in order. They win over everything.
    pub set: Vec<String>,
    /// `--vars FILE`, in order. They win over the pipeline file's sources.
    pub files: Vec<PathBuf>,
    /// The process environment, for `process:` sources.
    pub process: Vec<(String, String)>,
}

/// The variables of one target, merged: maps key by key, anything else replaced.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variables {
    /// A map of all of them, in the order in which the names were first seen.
    pub values: serde_json::Map<String, Value>,
    /// Every leaf, in the order of `values`.
    pub leaves: Vec<Leaf>,
}

/// A value that is not a map (or is an empty one), and its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Dotted: `db.host`.
    pub name: String,
    pub value: Value,
    pub origin: Origin,
    /// What it overrode, the latest first.
    pub overrode: Vec<(Value, Origin)>,
    /// Must not reach a committed file, a log, an error, or `--explain`.
    pub secret: bool,
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file, `values:` in the pipeline file, or `--vars`.
    Place(Place),
    /// A variable of the process environment, by its full name.
    Process(String),
    /// `--set`
    CommandLine,
}

/// TEMPORARY
pub fn resolve(
    environment: &crate::pipeline::Environment,
    target: &crate::pipeline::Target,
    _root: &std::path::Path,
    _inputs: &Inputs,
) -> anyhow::Result<Variables> {
    let mut variables = Variables::default();
    for source in environment.variables.iter().chain(&target.variables) {
        if let crate::pipeline::SourceKind::Values(values, _) = &source.kind {
            for (name, value) in values {
                variables.values.insert(name.clone(), value.clone());
                variables.leaves.push(Leaf { name: name.clone(), value: value.clone(), origin: Origin::CommandLine, overrode: vec![], secret: source.secret });
            }
        }
    }
    Ok(variables)
}
