//! Variables: their sources, which one wins, and how that is shown.
//!
//! One file a source, with its section of the pipeline file; each reads its own format into
//! [`merge::Tree`]s that know where every value was written. [`merge`] lays them over one another.
//! Sources win in this order: the pipeline's, the environment's, the target's, `--vars`, `--set`.
//!
//! To add a source, write its file, with an implementation of [`Source`], and put its key into the
//! table below.

pub mod app_configuration;
pub mod azure_dev_ops;
mod dotenv;
mod file;
pub mod git;
pub mod key_vault;
mod merge;
mod model;
mod process;
mod redact;
mod set;
mod source;
mod values;

use std::path::PathBuf;

use anyhow::Result;

pub use merge::Tree;
pub use model::{Leaf, Origin, Variables};
pub use redact::Redactor;
pub use source::{Scope, Source, VariableSource};

use crate::yaml::{Later, alternatives};
use merge::Merge;

alternatives! {
    /// A source of variables: exactly one of the keys, and `secret` if wanted
    #[schemars(rename = "VariableSource")]
    Entry: dyn Source {
        /// A YAML, JSON or `.env` file, relative to this file; may use `{{ environment }}` and
        /// `{{ target }}`
        file: file::FileSource,
        /// Variables, written here
        values: values::InlineSource,
        /// Variables of the process environment
        process: process::ProcessSource,
        /// A file of a git repository
        git: Later<git::GitSource>,
        /// A variable group of Azure DevOps
        azure_dev_ops: Later<azure_dev_ops::AzureDevOpsSource>,
        /// Secrets of an Azure Key Vault; always `secret`
        key_vault: Later<key_vault::KeyVaultSource>,
        /// Settings of Azure App Configuration
        app_configuration: Later<app_configuration::AppConfigurationSource>,
    }
    beside {
        /// These values must not reach a committed file, a log or a pull request
        #[serde(default)]
        secret: bool,
    }
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

/// Reads and merges all variables of one target. Relative paths of the pipeline file start at the
/// scope's root; those of [`Inputs::files`] start in the working directory.
pub fn resolve<'a>(
    sources: impl IntoIterator<Item = &'a VariableSource>,
    scope: &Scope,
) -> Result<Variables> {
    let mut merge = Merge::default();
    for source in sources {
        merge.add(source.read(scope)?, source.secret)?;
    }
    for path in &scope.inputs.files {
        merge.add(file::load(path, None)?, false)?;
    }
    for argument in &scope.inputs.set {
        merge.add(vec![set::parse(argument)?], false)?;
    }
    Ok(merge.finish())
}
