//! What a kustomization refers to, found by reading it and the ones it builds upon. All of it is
//! copied; a reference that leads out of the pipeline file's folder, or over the network, is
//! refused before the tool runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::kustomization::{self, Kustomization, field, items};
use crate::render::external::scratch::Scratch;
use crate::render::external::step::Folder;
use crate::render::paths;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::{self, Kind, Node};

/// Fields that list other kustomizations, manifests, or things kept like them.
const LISTS: [&str; 9] = [
    "resources",
    "bases",
    "components",
    "crds",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "patchesStrategicMerge",
];
/// Fields that list maps with a `path`.
const PATHS: [&str; 3] = ["patches", "patchesJson6902", "replacements"];
/// Fields that list generators, whose data come from files.
const GENERATORS: [&str; 2] = ["configMapGenerator", "secretGenerator"];

/// Copies the overlay and what it refers to, and gives all kustomizations that take part. Bases may
/// come over the network when `allow_remote` is set.
pub fn copy(overlay: Folder, allow_remote: bool, scratch: &Scratch) -> Result<Vec<Kustomization>> {
    let (copied, seen, found) = (Vec::new(), BTreeSet::new(), Vec::new());
    let mut copying = Copying { overlay, allow_remote, scratch, copied, seen, found };
    copying.copy(overlay.path)?;
    if let Some((path, text)) = overlay.input {
        scratch.write(&overlay.path.join(path), text)?;
    }
    copying.follow(overlay.path)?;
    Ok(copying.found)
}

/// What the kustomization in `folder` refers to, and those it builds upon. References that have
/// placeholders, or lead over the network, are left out.
pub fn referenced(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = open.pop() {
        let Some(name) = kustomization::file_in(&root.join(&folder)) else { continue };
        let file = root.join(&folder).join(name);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        // What is no YAML before placeholders are filled in tells nothing.
        let documents = yaml::parse(&text, &file).unwrap_or_default();
        for node in documents.first().map(references).into_iter().flatten() {
            let Kind::String(text) = &node.kind else { continue };
            let path = paths::join(&folder, text).ok().filter(|path| root.join(path).exists());
            if let Some(path) = path.filter(|path| found.insert(path.clone())) {
                open.push(path);
            }
        }
    }
    Ok(found.into_iter().collect())
}

struct Copying<'a> {
    overlay: Folder<'a>,
    allow_remote: bool,
    scratch: &'a Scratch,
    copied: Vec<PathBuf>,
    seen: BTreeSet<PathBuf>,
    found: Vec<Kustomization>,
}

impl Copying<'_> {
    fn copy(&mut self, path: &Path) -> Result<()> {
        if !self.copied.iter().any(|copied| path.starts_with(copied)) {
            let Folder { root, edit, .. } = self.overlay;
            self.scratch.copy(root, path, root, edit)?;
            self.copied.push(path.to_path_buf());
        }
        Ok(())
    }

    /// Reads the kustomization in `folder`, if there is one, and copies what it refers to.
    fn follow(&mut self, folder: &Path) -> Result<()> {
        let Some(name) = kustomization::file_in(&self.scratch.files().join(folder)) else { return Ok(()) };
        let file = folder.join(name);
        if !self.seen.insert(folder.to_path_buf()) {
            return Ok(());
        }
        let text = fs::read_to_string(self.scratch.files().join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        let Some(node) = yaml::parse(&text, &file)?.into_iter().next() else { return Ok(()) };
        for reference in references(&node) {
            self.reference(folder, &file, reference)?;
        }
        self.found.push(Kustomization { folder: folder.to_path_buf(), file, node });
        Ok(())
    }

    fn reference(&mut self, folder: &Path, file: &Path, node: &Node) -> Result<()> {
        let Kind::String(text) = &node.kind else { return Ok(()) };
        let place = node.place(file);
        let path = paths::join(folder, text);
        let exists = path.as_ref().is_ok_and(|path| {
            self.scratch.files().join(path).exists() || self.overlay.root.join(path).exists()
        });
        if !exists && is_remote(text) {
            return if self.allow_remote { Ok(()) } else { Err(remote(text, place)) };
        }
        let path = path.map_err(|error| Diagnostic::new(error.to_string()).at(place.clone()))?;
        if !exists {
            return Err(Diagnostic::new(format!("{text} does not exist")).at(place).into());
        }
        if !self.scratch.files().join(&path).exists() {
            self.copy(&path)?;
        }
        self.follow(&path)
    }
}

/// The nodes of a kustomization that name files or folders.
fn references(kustomization: &Node) -> Vec<&Node> {
    let lists = LISTS.iter().flat_map(|name| items(kustomization, name)).filter(|node| is_reference(node));
    let paths =
        PATHS.iter().flat_map(|name| items(kustomization, name)).filter_map(|item| field(item, "path"));
    let openapi = field(kustomization, "openapi").and_then(|openapi| field(openapi, "path"));
    let generators = GENERATORS.iter().flat_map(|name| items(kustomization, name));
    let envs =
        generators.flat_map(|generator| items(generator, "envs").iter().chain(field(generator, "env")));
    lists.chain(paths).chain(openapi).chain(envs).collect()
}

/// Patches and transformers may also be written in place: those have lines.
fn is_reference(node: &Node) -> bool {
    matches!(&node.kind, Kind::String(text) if !text.contains('\n'))
}

/// What kustomize would fetch: URLs, `git@host:…`, and `host/…` with or without a version behind.
fn is_remote(reference: &str) -> bool {
    let host = reference.split('/').next().unwrap_or_default();
    reference.contains("://")
        || reference.starts_with("git::")
        || reference.contains("?ref=")
        || reference.contains("?version=")
        || (host.contains('@') && reference.contains(':'))
        || (reference.contains('/') && host.contains('.') && !host.trim_matches('.').is_empty())
}

fn remote(reference: &str, place: Place) -> anyhow::Error {
    let message = format!("{reference} is remote, so the same release could render differently tomorrow");
    let hint = "keep a copy next to the overlay, or set `allowRemote: true` on the step";
    Diagnostic::new(message).at(place).hint(hint).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_references_are_known_by_their_looks() {
        for remote in [
            "https://example.com/a.yaml",
            "github.com/org/repo//base?ref=v1",
            "git@github.com:org/repo",
            "git::ssh://x/y",
        ] {
            assert!(is_remote(remote), "{remote}");
        }
        for local in ["../base", "./a.yaml", "deployment.yaml", "base/a.b.yaml", "../../x"] {
            assert!(!is_remote(local), "{local}");
        }
    }
}
