//! Variables: where they come from, which one wins, and how that is told.
//!
//! One file a source; each reads its own format into [`merge::Tree`]s that know where every value
//! was written. [`merge`] lays them over one another. Sources win in this order: the pipeline's,
//! the environment's, the target's, `--vars`, `--set`.

mod dotenv;
mod file;
mod merge;
mod redact;
mod set;

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

pub use redact::Redactor;

use crate::config;
use crate::config::{Environment, SourceKind, Target, VariableSource};
use crate::vocabulary;
use crate::vocabulary::Place;
use merge::{Merge, Tree};

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
    /// What it overrode, the latest first; a secret is [`HIDDEN`] here.
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

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Place(place) => write!(f, "{place}"),
            Origin::Process(name) => write!(f, "${name}"),
            Origin::CommandLine => f.write_str("--set"),
        }
    }
}

impl Variables {
    /// The leaves that must not be seen.
    pub fn secrets(&self) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(|leaf| leaf.secret)
    }
}

/// Reads and merges all variables of one target. `root` is where relative paths of the pipeline
/// file start; those of [`Inputs::files`] start in the working directory.
pub fn resolve(
    environment: &Environment,
    target: &Target,
    root: &Path,
    inputs: &Inputs,
) -> Result<Variables> {
    let mut merge = Merge::default();
    for source in environment.variables.iter().chain(&target.variables) {
        merge.add(read(source, environment, target, root, inputs)?, source.secret)?;
    }
    for path in &inputs.files {
        merge.add(file::read(path, None)?, false)?;
    }
    for argument in &inputs.set {
        merge.add(vec![set::parse(argument)?], false)?;
    }
    Ok(merge.finish())
}

fn read(
    source: &VariableSource,
    environment: &Environment,
    target: &Target,
    root: &Path,
    inputs: &Inputs,
) -> Result<Vec<(String, Tree)>> {
    match &source.kind {
        SourceKind::File(path) => {
            let path = config::expand_path(path, environment, target, &source.place)?;
            file::read(&config::below(root, &path), Some(&source.place))
        }
        SourceKind::Values(node) => Ok(Tree::entries(node, &source.place.file)),
        SourceKind::Process { prefix } => Ok(process(prefix, &inputs.process)),
        SourceKind::Later(kind) => {
            let what = format!("variables from `{kind}`");
            Err(vocabulary::not_supported_yet(what, Some(source.place.clone())))
        }
    }
}

/// The variables of the process whose names begin with the prefix, as text, sorted by name: the
/// process has them in no order that would be the same tomorrow.
fn process(prefix: &str, environment: &[(String, String)]) -> Vec<(String, Tree)> {
    let entry = |(name, value): &(String, String)| {
        let short = name.strip_prefix(prefix).filter(|short| !short.is_empty())?;
        let tree = Tree::leaf(Value::String(value.clone()), Origin::Process(name.clone()));
        Some((short.to_owned(), tree))
    };
    let mut entries: Vec<_> = environment.iter().filter_map(entry).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries
}
