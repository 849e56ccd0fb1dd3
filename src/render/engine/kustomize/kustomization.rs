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

/// The value of a key, if the node is a map and has it.
pub fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Kind::Mapping(entries) = &node.kind else { return None };
    entries.iter().find(|(key, _)| key.scalar_text() == name).map(|(_, value)| value)
}

/// The items of a key's list; none if it has no list.
pub fn items<'a>(node: &'a Node, name: &str) -> &'a [Node] {
    match field(node, name).map(|node| &node.kind) {
        Some(Kind::Sequence(items)) => items,
        _ => &[],
    }
}
