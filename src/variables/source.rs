//! What all sources of variables have in common: how one is declared, and how it is read.

use std::fmt::Debug;
use std::path::Path;

use anyhow::{Result, bail};

use super::merge::Tree;
use super::model::Inputs;
use crate::vocabulary::Place;
use crate::yaml::Later;

/// How a source is read.
pub trait Source: Debug + Send + Sync {
    /// Its variables, in their order. `place` is where the pipeline file names it.
    fn read_variables(&self, scope: &Scope, place: &Place) -> Result<Vec<(String, Tree)>>;

    /// The path of the file that it reads, relative to the pipeline file's folder, as it is written.
    fn path(&self) -> Option<&str> {
        None
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
}

impl<T: Debug + Send + Sync> Source for Later<T> {
    fn read_variables(&self, _: &Scope, _: &Place) -> Result<Vec<(String, Tree)>> {
        bail!("not supported yet: this source of variables")
    }

    fn is_supported(&self) -> bool {
        false
    }
}
