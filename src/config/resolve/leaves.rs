//! `targetsFrom:`, a configuration folder as targets: each leaf folder with a `values.yaml` is one,
//! and its variables are the `values.yaml` of all folders on the way to it, the leaf's last.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{paths, root};
use crate::config::{SourceKind, VariableSource};
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::At;

const FILE: &str = "values.yaml";

/// A leaf: its folder's path with `-` for `/`, and its files.
pub struct Leaf {
    pub name: At<String>,
    pub variables: Vec<VariableSource>,
}

/// The leaves below `written`, in the order of their paths.
pub fn find(written: &At<String>, environment: &str, file: &Path) -> Result<Vec<Leaf>> {
    let place = written.place(file);
    let path = paths::expand(&written.value, &[("environment", environment)], &place)?;
    let path = PathBuf::from(paths::relative(&path, &place)?);
    let mut search =
        Search { root: root(file), top: &path, written, place: &place, environment, leaves: Vec::new() };
    if !search.root.join(&path).is_dir() {
        let message = format!("there is no folder {}", path.display());
        return Err(Diagnostic::new(message).at(place).into());
    }
    search.folder(&path, &[])?;
    if search.leaves.is_empty() {
        let message = format!("no folder below {} has a {FILE}", path.display());
        return Err(Diagnostic::new(message).at(place).into());
    }
    Ok(search.leaves)
}

struct Search<'a> {
    root: PathBuf,
    top: &'a Path,
    written: &'a At<String>,
    place: &'a Place,
    environment: &'a str,
    leaves: Vec<Leaf>,
}

impl Search<'_> {
    fn folder(&mut self, path: &Path, above: &[VariableSource]) -> Result<()> {
        let mut variables = above.to_vec();
        let own = path.join(FILE);
        let has_own = self.root.join(&own).is_file();
        if has_own {
            variables.push(VariableSource {
                kind: SourceKind::File(own),
                place: self.place.clone(),
                secret: false,
            });
        }
        let before = self.leaves.len();
        for name in self.folders(path)? {
            self.folder(&path.join(name), &variables)?;
        }
        if has_own && self.leaves.len() == before {
            let inside = path.strip_prefix(self.top).unwrap_or(path).to_string_lossy().replace('/', "-");
            let name = if inside.is_empty() { self.environment.to_owned() } else { inside };
            let name = At { value: name, line: self.written.line, column: self.written.column };
            self.leaves.push(Leaf { name, variables });
        }
        Ok(())
    }

    /// The names of the folders in a folder, sorted. Links are not followed, so there is an end.
    fn folders(&self, path: &Path) -> Result<Vec<String>> {
        let context = || format!("{}: cannot list {}", self.place, path.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(path)).with_context(context)? {
            let entry = entry.with_context(context)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().with_context(context)?.is_dir() && !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}
