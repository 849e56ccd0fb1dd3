//! What is in the folder, read once: the names of folders and files, without hidden ones, links, and
//! folders of other people's files.

use std::path::Path;

use anyhow::{Context, Result};
use walkdir::WalkDir;

/// Deeper than this nobody keeps manifests.
const DEPTH: usize = 6;
/// Folders of other people's files, and of files that are not deployed. `docs/init.md` lists them.
const FOREIGN: [&str; 14] = [
    "dist",
    "doc",
    "docs",
    "e2e",
    "examples",
    "hack",
    "node_modules",
    "samples",
    "target",
    "testdata",
    "tests",
    "third_party",
    "vendor",
    "venv",
];

/// A folder. Paths are relative to the folder of the pipeline file, with `/`; that one is `.`.
#[derive(Debug, Default)]
pub struct Folder {
    pub path: String,
    pub folders: Vec<Folder>,
    /// Names.
    pub files: Vec<String>,
    /// The names of folders in which nothing is looked for.
    pub closed: Vec<String>,
}

impl Folder {
    pub fn read(root: &Path) -> Result<Self> {
        Self::below(root, ".".to_owned(), 0)
    }

    fn below(root: &Path, path: String, depth: usize) -> Result<Self> {
        let mut folder = Self { path, ..Self::default() };
        let here = root.join(&folder.path);
        for entry in WalkDir::new(&here).min_depth(1).max_depth(1).sort_by_file_name() {
            let entry = entry.with_context(|| format!("cannot list {}", here.display()))?;
            let kind = entry.file_type();
            match entry.file_name().to_str() {
                Some(name) if name.starts_with('.') => {}
                Some(name) if kind.is_dir() && (depth == DEPTH || FOREIGN.contains(&name)) => {
                    folder.closed.push(name.to_owned());
                }
                Some(name) if kind.is_dir() => {
                    folder.folders.push(Self::below(root, join(&folder.path, name), depth + 1)?);
                }
                Some(name) if kind.is_file() => folder.files.push(name.to_owned()),
                _ => {}
            }
        }
        Ok(folder)
    }

    /// Its own name; empty for the folder of the pipeline file.
    pub fn name(&self) -> &str {
        match self.path.as_str() {
            "." => "",
            path => path.rsplit('/').next().unwrap_or(path),
        }
    }

    pub fn has(&self, file: &str) -> bool {
        self.files.iter().any(|name| name == file)
    }

    /// The path of one of its files.
    pub fn file(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// The folder and all below it.
    pub fn all(&self) -> Vec<&Folder> {
        let mut all = vec![self];
        self.folders.iter().for_each(|folder| all.extend(folder.all()));
        all
    }

    /// The folder and those below it, but nothing below one that `is_closed`.
    pub fn open(&self, is_closed: &dyn Fn(&Folder) -> bool) -> Vec<&Folder> {
        let mut open = vec![self];
        if !is_closed(self) {
            self.folders.iter().for_each(|folder| open.extend(folder.open(is_closed)));
        }
        open
    }
}

/// A path below a folder.
pub fn join(folder: &str, name: &str) -> String {
    match folder {
        "." => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

/// A path below `folder`, seen from there.
pub fn inside<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    match folder {
        "." => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}
