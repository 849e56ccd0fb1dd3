//! Where a chart's files are.

use std::path::{Path, PathBuf};

use crate::boundary::{Boundary, Unreadable};
use crate::vocabulary::paths;

/// The folder of a chart, and what it must not lead out of.
#[derive(Debug, Clone, Copy)]
pub struct Folder<'a> {
    pub boundary: &'a Boundary,
    /// Relative to the boundary's root.
    pub path: &'a Path,
}

impl Folder<'_> {
    /// A path in it as people would write it.
    pub fn shown(self, inside: &str) -> PathBuf {
        paths::below(self.boundary.root(), &self.path.join(inside))
    }

    pub fn read(self, inside: &str) -> Result<Vec<u8>, Unreadable> {
        self.boundary.read(&self.path.join(inside))
    }
}
