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
mod data;
mod dotenv;
mod encrypted;
pub(crate) mod file;
pub mod git;
pub mod key_vault;
mod merge;
mod model;
mod process;
pub(crate) mod set;
mod source;
mod values;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

pub use data::{Data, Entries, Scalar};
pub use encrypted::refuse_encrypted;
pub use merge::Tree;
pub use model::{Inputs, Leaf, Origin, Variables};
pub use source::{ALL, Expressions, Scope, Source};

use crate::vocabulary::{Diagnostic, Place, RESERVED, Warning, not_supported_yet};
use crate::yaml::{self, At, Later, Wrong, alternatives, written_as};
use file::FileSource;
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

/// A source of variables. A later source wins over an earlier one.
#[derive(Debug, Clone)]
pub struct VariableSource {
    /// `file`, `values`, …
    pub key: String,
    pub place: Place,
    /// Its values must not reach a committed file.
    pub secret: bool,
    source: Arc<dyn Source>,
}

written_as!(VariableSource = At<Entry>);

impl TryFrom<At<Entry>> for VariableSource {
    type Error = Diagnostic;

    fn try_from(At { value: entry, place }: At<Entry>) -> Result<Self, Diagnostic> {
        let wrong = Wrong {
            none: "an entry of `variables` without a source",
            several: "an entry of `variables` has more than one source",
            hint: "start each with its own `-`: their order decides which one wins",
        };
        let secret = entry.secret;
        let (key, source) = yaml::only(entry.chosen(), Entry::KEYS, &wrong)?;
        Ok(Self { key, place, secret, source })
    }
}

impl VariableSource {
    /// A file that another key of the pipeline file led to.
    pub fn file(path: &Path, place: &Place) -> Self {
        let source = Arc::new(FileSource(path.display().to_string()));
        Self { key: "file".to_owned(), place: place.clone(), secret: false, source }
    }

    pub fn read_variables(&self, scope: &Scope) -> Result<Vec<(String, Tree)>> {
        match self.source.is_supported() {
            true => self.source.read_variables(scope, &self.place),
            false => {
                Err(not_supported_yet(format!("variables from `{}`", self.key), Some(self.place.clone())))
            }
        }
    }

    /// What it leaves out, and why.
    pub fn warnings(&self, scope: &Scope) -> Vec<Warning> {
        self.source.warnings(scope, &self.place)
    }

    /// The path of the file that it reads, relative to the pipeline file's folder, as it is written.
    pub fn path(&self) -> Option<&str> {
        self.source.path()
    }

    pub fn is_supported(&self) -> bool {
        self.source.is_supported()
    }
}

/// Reads and merges all variables of one target. Relative paths of the pipeline file start at the
/// scope's root; those of [`Inputs::files`] start in the working directory.
pub fn resolve<'a>(
    sources: impl IntoIterator<Item = &'a VariableSource>,
    scope: &Scope,
) -> Result<Variables> {
    let mut merge = Merge::default();
    for source in sources {
        let entries = source.read_variables(scope)?;
        match scope.expressions.filter(|_| source.source.has_expressions()) {
            None => merge.add(entries, source.secret)?,
            Some(expressions) => {
                for (name, tree) in entries {
                    let tree = tree.evaluated(&|text, place| evaluate(expressions, text, place, &merge))?;
                    merge.add(vec![(name, tree)], source.secret)?;
                }
            }
        }
    }
    for path in &scope.inputs.files {
        merge.add(file::load(path, &scope.inputs.process)?, false)?;
    }
    for argument in &scope.inputs.set {
        merge.add(vec![set::parse(argument)?], false)?;
    }
    Ok(merge.finish())
}

/// The value of a text of the pipeline file, from the variables before it, and whether one of those
/// is secret.
fn evaluate(expressions: &dyn Expressions, text: &str, place: &Place, merge: &Merge) -> Result<(Data, bool)> {
    let Some(names) = expressions.names(text) else { return Ok((Data::text(text), false)) };
    let has_all = merge.get(ALL).is_none();
    // `vars.host` is `host`.
    let below = names.iter().map(|name| match name.strip_prefix(ALL).and_then(|it| it.strip_prefix('.')) {
        Some(below) if has_all => below,
        _ => name,
    });
    let names: Vec<&str> = below.collect();
    let asked: BTreeSet<&str> = match has_all && names.contains(&ALL) {
        true => merge.names().collect(),
        false => names.iter().flat_map(|name| prefixes(name)).collect(),
    };
    let is_known = |name: &&str| prefixes(name).any(|it| merge.get(it).is_some() || RESERVED.contains(&it));
    let secret = asked.iter().filter_map(|name| merge.get(name)).any(Tree::has_secrets);
    // With all variables, the error about an unknown one says which may have been meant.
    let gets_all = !names.iter().all(is_known);
    let is_given = |name: &&str| gets_all || asked.contains(name);
    let mut known = Merge::default();
    for (name, tree) in merge.names().filter(is_given).filter_map(|name| Some((name, merge.get(name)?))) {
        known.add(vec![(name.to_owned(), tree.clone())], false)?;
    }
    Ok((expressions.evaluate(text, place, &known.finish())?, secret))
}

/// `a`, `a.b` and `a.b.c` of `a.b.c`: a name may have dots of its own.
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.').map(|(at, _)| &name[..at]).chain([name])
}
