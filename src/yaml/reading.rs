//! What a caller chooses about reading.

use std::path::Path;

use crate::vocabulary::{Diagnostic, Place};

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
}

impl Reading<'_> {
    pub fn error(&self, line: usize, column: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(message).at(Place::new(self.file, line, column))
    }
}
