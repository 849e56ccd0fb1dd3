//! Docker Compose files, which are no manifests.

use super::folder::Folder;
use crate::vocabulary::{Diagnostic, Place};

const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// The path of a Compose file, of the outermost one.
pub fn find(root: &Folder) -> Option<String> {
    let mut folders = root.all();
    folders.sort_by_key(|folder| folder.path.matches('/').count());
    folders.iter().find_map(|folder| {
        let name = NAMES.iter().find(|name| folder.has(name))?;
        Some(folder.file(name))
    })
}

/// The error where there is nothing else.
pub fn refused(path: &str) -> anyhow::Error {
    let hint = format!(
        "make manifests of it with `kompose convert --file {path} --out deploy/`, then run `towline init` again"
    );
    Diagnostic::refused("Docker Compose files are not supported").at(Place::file(path)).hint(hint).into()
}
