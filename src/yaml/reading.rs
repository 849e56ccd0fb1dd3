//! What a caller chooses about reading.

use std::path::Path;

use crate::vocabulary::{Diagnostic, Place};

/// Lists and maps inside each other. CRDs have less than 60.
pub const MAX_DEPTH: usize = 256;

/// What is wrong with a value that has more.
pub fn too_deep() -> String {
    format!("lists and maps are nested more than {MAX_DEPTH} deep")
}

/// What the keys of maps are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Values like others, as `kubectl` has them: `yes` is `true`, and `0x10` is `16`.
    Resolved,
    /// Names, as they are written: a variable may be called `y` or `on`.
    AsWritten,
    /// Whatever they are: in a template, `{{ name }}` is a map with a map as its key.
    Anything,
}

/// What becomes of a key that a map has twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    Refused,
    LastWins,
}

/// How a text is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub file: &'a Path,
    pub keys: Keys,
    pub duplicates: Duplicates,
    /// Whether documents without content count, as `null`.
    pub empty: bool,
}

impl Reading<'_> {
    pub fn error(&self, line: usize, column: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(message).at(Place::new(self.file, line, column))
    }
}
