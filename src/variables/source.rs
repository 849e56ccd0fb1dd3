//! What all sources of variables have in common: how one is declared, and how it is read.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};

use super::file::FileSource;
use super::merge::Tree;
use super::{Entry, Inputs};
use crate::vocabulary::{Diagnostic, Place, not_supported_yet};
use crate::yaml::{self, At, Later, Wrong, written_as};

/// How a source is read.
pub trait Source: Debug + Send + Sync {
    /// Its variables, in their order. `place` is where the pipeline file names it.
    fn read(&self, scope: &Scope, place: &Place) -> Result<Vec<(String, Tree)>>;

    /// Whether it can be read yet. Nothing is rendered before a source that cannot.
    fn is_supported(&self) -> bool {
        true
    }
}

/// What variables are read for, and what a source may ask.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub environment: &'a str,
    pub target: &'a str,
    /// Where relative paths of the pipeline file start.
    pub root: &'a Path,
    pub inputs: &'a Inputs,
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

    pub fn read(&self, scope: &Scope) -> Result<Vec<(String, Tree)>> {
        match self.source.is_supported() {
            true => self.source.read(scope, &self.place),
            false => {
                Err(not_supported_yet(format!("variables from `{}`", self.key), Some(self.place.clone())))
            }
        }
    }

    pub fn is_supported(&self) -> bool {
        self.source.is_supported()
    }
}

impl<T: Debug + Send + Sync> Source for Later<T> {
    fn read(&self, _: &Scope, _: &Place) -> Result<Vec<(String, Tree)>> {
        bail!("not supported yet: this source of variables")
    }

    fn is_supported(&self) -> bool {
        false
    }
}
