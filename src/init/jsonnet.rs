//! Jsonnet files: each is a step, with the folders that `jb` and Tanka look for imports in.

use std::path::Path;

use super::candidate::{Candidate, Step};
use super::folder::{Folder, inside, join};
use crate::config::EngineKind;

/// A step for each file.
pub fn candidates(root: &Path, folders: &[&Folder]) -> Vec<Candidate> {
    let files = folders.iter().flat_map(|folder| folder.files.iter().map(|name| (*folder, name)));
    let files = files.filter(|(_, name)| name.ends_with(".jsonnet"));
    files
        .map(|(folder, name)| {
            let step = Step::new(folder.file(name), EngineKind::Jsonnet);
            let jpath = jpath(root, folders, &folder.file(name));
            Candidate::of(if jpath.is_empty() { step } else { step.with("jpath", jpath) })
        })
        .collect()
}

/// `lib` and `vendor` beside the nearest `jsonnetfile.json`, as far as they are there.
fn jpath(root: &Path, folders: &[&Folder], file: &str) -> Vec<String> {
    let projects = folders.iter().filter(|it| it.has("jsonnetfile.json") && inside(&it.path, file).is_some());
    let Some(project) = projects.max_by_key(|it| it.path.len()) else { return Vec::new() };
    let found = ["lib", "vendor"].map(|name| join(&project.path, name));
    found.into_iter().filter(|path| root.join(path).is_dir()).collect()
}
