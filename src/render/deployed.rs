//! What the GitOps repository has, for those who keep a part of it. Rendering does not read it: who
//! renders does, where a step has `keep`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use walkdir::WalkDir;

use super::manifest::group_version;
use crate::config::{Environment, Pipeline};
use crate::yaml;

/// Manifests that are deployed, or proposed and not merged yet, by the folder of a target. Those that
/// were added first count.
#[derive(Debug, Clone, Default)]
pub struct Deployed(BTreeMap<String, Vec<Value>>);

impl Deployed {
    /// Whether rendering a pipeline asks for it.
    pub fn is_needed(pipeline: &Pipeline) -> bool {
        pipeline.templates.iter().any(|step| !step.keep().is_empty())
    }

    /// Adds a file of a target's folder. What is no manifest is left out.
    pub fn add(&mut self, folder: &str, text: &str) {
        let documents = yaml::parse(text, Path::new("")).unwrap_or_default();
        let manifests = self.0.entry(folder.to_owned()).or_default();
        manifests.extend(documents.iter().map(yaml::Node::to_value));
    }

    /// What an earlier rendering left in `folder`, as [`super::Rendering::write_to`] has written it.
    pub fn on_disk(folder: &Path, environment: &Environment) -> Self {
        let mut found = Self::default();
        for target in &environment.targets {
            let files = WalkDir::new(folder.join(&target.path)).sort_by_file_name().into_iter().flatten();
            for file in files.filter(|file| is_manifest(file.path())) {
                if let Ok(text) = std::fs::read_to_string(file.path()) {
                    found.add(&target.path, &text);
                }
            }
        }
        found
    }

    /// The manifest of the same object in a folder. One that names no namespace may be in `namespace`.
    pub fn find(&self, folder: &str, manifest: &Value, namespace: Option<&str>) -> Option<&Value> {
        let namespace = text(manifest, "/metadata/namespace").or(namespace);
        let is_same = |other: &&Value| {
            let group = |value| group_version(text(value, "/apiVersion").unwrap_or_default()).0;
            let same = |pointer| text(manifest, pointer) == text(other, pointer);
            let is_in = |other: &str| namespace.is_none_or(|namespace| namespace == other);
            group(manifest) == group(other)
                && same("/kind")
                && same("/metadata/name")
                && text(other, "/metadata/namespace").is_none_or(is_in)
        };
        self.0.get(folder)?.iter().find(is_same)
    }
}

/// Whether a file may have manifests.
pub fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known))
}

fn text<'a>(manifest: &'a Value, pointer: &str) -> Option<&'a str> {
    manifest.pointer(pointer)?.as_str()
}
