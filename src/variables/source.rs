//! What all sources of variables have in common: how one is declared, and how it is read.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;

use anyhow::{Result, bail};

use super::data::Data;
use super::merge::Tree;
use super::model::{Inputs, Variables};
use crate::vocabulary::{Place, Warning};
use crate::yaml::Later;

/// How a source is read.
pub trait Source: Debug + Send + Sync {
    /// Its variables, in their order. `place` is where the pipeline file names it.
    fn read_variables(&self, scope: &Scope, place: &Place) -> Result<Vec<(String, Tree)>>;

    /// What it leaves out, and why. `place` is where the pipeline file names it.
    fn warnings(&self, _scope: &Scope, _place: &Place) -> Vec<Warning> {
        Vec::new()
    }

    /// The path of the file that it reads, relative to the pipeline file's folder, as it is written.
    fn path(&self) -> Option<&str> {
        None
    }

    /// Whether its texts are a part of the pipeline file, where expressions are evaluated.
    fn has_expressions(&self) -> bool {
        false
    }

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
    /// Evaluates expressions; without it, they are left as they are.
    pub expressions: Option<&'a dyn Expressions>,
}

/// In expressions, a map of all variables: the way to one whose name is no identifier.
pub const ALL: &str = "vars";

/// The expressions in values of the pipeline file.
pub trait Expressions: Debug + Sync {
    /// The names that a text asks for, dotted; `None` if there is no expression in it.
    fn names(&self, text: &str) -> Option<BTreeSet<String>>;

    /// The value of a text that has expressions. `known` are the variables that it asks for.
    fn evaluate(&self, text: &str, place: &Place, known: &Variables) -> Result<Data>;
}

impl<T: Debug + Send + Sync> Source for Later<T> {
    fn read_variables(&self, _: &Scope, _: &Place) -> Result<Vec<(String, Tree)>> {
        bail!("not supported yet: this source of variables")
    }

    fn is_supported(&self) -> bool {
        false
    }
}
