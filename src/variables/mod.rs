//! Variables: where they come from, which one wins, and how that is told.
//!
//! One file a source; each reads its own format into [`merge::Tree`]s that know where every value
//! was written. [`merge`] lays them over one another. Sources win in this order: the pipeline's,
//! the environment's, the target's, `--vars`, `--set`.

mod dotenv;
mod file;
mod merge;
mod model;
mod redact;
mod set;

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

pub use model::{Leaf, Origin, Variables};
pub use redact::Redactor;

use crate::config;
use crate::config::{Environment, SourceKind, Target, VariableSource};
use crate::vocabulary;
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
        merge.add(load_source(source, environment, target, root, inputs)?, source.secret)?;
    }
    for path in &inputs.files {
        merge.add(file::load(path, None)?, false)?;
    }
    for argument in &inputs.set {
        merge.add(vec![set::parse(argument)?], false)?;
    }
    Ok(merge.finish())
}

fn load_source(
    source: &VariableSource,
    environment: &Environment,
    target: &Target,
    root: &Path,
    inputs: &Inputs,
) -> Result<Vec<(String, Tree)>> {
    match &source.kind {
        SourceKind::File(path) => {
            let path = config::expand_path(path, environment, target, &source.place)?;
            file::load(&config::below(root, &path), Some(&source.place))
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
