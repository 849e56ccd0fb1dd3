//! A kustomization file, read.

use std::path::{Path, PathBuf};

use crate::yaml::{Kind, Node};

/// The names that kustomize looks for, in its order.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization file, read from the copy.
pub struct Kustomization {
    /// Relative to the pipeline file's folder.
    pub folder: PathBuf,
    pub file: PathBuf,
    pub node: Node,
}

/// The name of the kustomization file in a folder, if there is one.
pub fn file_in(folder: &Path) -> Option<&'static str> {
    NAMES.into_iter().find(|name| folder.join(name).is_file())
}

/// The values of a key, if the node is a map and has it. Kustomize takes any case for the same key,
/// and so a map may have it more than once.
pub fn fields<'a>(node: &'a Node, name: &str) -> impl Iterator<Item = &'a Node> {
    let entries = match &node.kind {
        Kind::Mapping(entries) => entries.as_slice(),
        _ => &[],
    };
    let name = folded(name);
    entries.iter().filter(move |(key, _)| folded(&key.scalar_text()) == name).map(|(_, value)| value)
}

/// The first value of a key.
pub fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    fields(node, name).next()
}

/// The items of a key's list; none if it has no list.
pub fn items<'a>(node: &'a Node, name: &str) -> impl Iterator<Item = &'a Node> {
    fields(node, name).flat_map(|node| match &node.kind {
        Kind::Sequence(items) => items.as_slice(),
        _ => &[],
    })
}

/// A key as Go compares it: there are letters that only one of the two changes makes the same.
fn folded(key: &str) -> String {
    key.to_lowercase().to_uppercase()
}
