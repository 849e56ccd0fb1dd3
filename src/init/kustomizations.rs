//! Kustomizations, by `kustomization.yaml`. Those that others build upon are no steps of their own.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::candidate::{Candidate, Step};
use super::folder::{Folder, join};
use super::read;
use crate::config::EngineKind;

/// The names that kustomize looks for, in its order.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Fields that list other kustomizations and manifests.
const LISTS: [&str; 3] = ["resources", "bases", "components"];

pub fn is_kustomization(folder: &Folder) -> bool {
    NAMES.iter().any(|name| folder.has(name))
}

/// A step for each kustomization that no other one builds upon.
pub fn candidates(root: &Path, folders: &[&Folder]) -> Vec<Candidate> {
    let found = folders.iter().filter_map(|folder| Some((folder, Kustomization::read(root, folder)?)));
    let found: Vec<_> = found.collect();
    let used: BTreeSet<&String> = found.iter().flat_map(|(_, it)| &it.references).collect();
    let roots = found.iter().filter(|(folder, it)| !it.is_component && !used.contains(&folder.path));
    roots.map(|(folder, _)| Candidate::of(Step::new(&folder.path, EngineKind::Kustomize))).collect()
}

/// The file that a kustomization expects in its folder and that is not there: what another tool
/// writes before, as in `helm template … > manifests.yaml`.
pub fn missing_input(root: &Path, folder: &str) -> Option<String> {
    let name = NAMES.iter().find(|name| root.join(folder).join(name).is_file())?;
    let documents = read::documents(root, &join(folder, name));
    let resources = documents.first()?["resources"].as_array()?;
    let names = resources.iter().filter_map(Value::as_str);
    let mut missing = names.filter(|name| {
        let is_file = name.ends_with(".yaml") || name.ends_with(".yml");
        is_file && !name.contains('/') && !root.join(folder).join(name).exists()
    });
    missing.next().map(str::to_owned)
}

struct Kustomization {
    is_component: bool,
    /// The folders and files that it builds upon.
    references: Vec<String>,
}

impl Kustomization {
    fn read(root: &Path, folder: &Folder) -> Option<Self> {
        let name = NAMES.iter().find(|name| folder.has(name))?;
        let documents = read::documents(root, &folder.file(name));
        let value = documents.first().unwrap_or(&Value::Null);
        let lists = LISTS.iter().filter_map(|list| value[list].as_array()).flatten();
        let references = lists.filter_map(|it| resolved(&folder.path, it.as_str()?)).collect();
        Some(Self { is_component: value["kind"] == "Component", references })
    }
}

/// A relative path, seen from the folder of the pipeline file. `None` when it leads out of it.
fn resolved(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| *part != ".").collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}
