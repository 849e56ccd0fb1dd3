//! The same finding in several environments, said once.

use indexmap::IndexMap;

use super::document_path::DocumentPath;
use super::finding::Finding;
use crate::vocabulary::{FindingId, Place};

/// A finding, and where it is one.
#[derive(Debug, Clone)]
pub struct Grouped {
    pub finding: Finding,
    /// In the order of the pipeline file; empty for what is about the pipeline file itself.
    pub environments: Vec<String>,
    /// The files in the GitOps repository, one for each environment and target.
    pub files: Vec<String>,
}

impl Grouped {
    pub(super) fn of_pipeline(finding: Finding) -> Self {
        Self { finding, environments: Vec::new(), files: Vec::new() }
    }
}

/// What makes two findings the same. Namespaces and files may differ between environments.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    id: FindingId,
    kind: Option<(String, String)>,
    path: DocumentPath,
    message: String,
    place: Place,
}

/// Findings, each with the environment that it is of.
pub fn group(found: Vec<(&str, Finding)>) -> Vec<Grouped> {
    let mut groups: IndexMap<Key, Grouped> = IndexMap::new();
    for (environment, finding) in found {
        let key = Key {
            id: finding.id,
            kind: finding.resource.as_ref().map(|id| (id.kind.clone(), id.name.clone())),
            path: finding.path.clone(),
            message: finding.message.clone(),
            place: finding.place.clone(),
        };
        let file = finding.file.clone();
        let group = groups.entry(key).or_insert_with(|| Grouped::of_pipeline(finding));
        if !group.environments.iter().any(|it| it == environment) {
            group.environments.push(environment.to_owned());
        }
        group.files.extend(file.filter(|file| !group.files.contains(file)));
    }
    groups.into_values().collect()
}
