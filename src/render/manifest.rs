//! Manifests, from the document that a template gave to the file in the GitOps repository.

use std::borrow::Cow;

use serde_json::Value;

use crate::variables::Variables;
use crate::vocabulary::Place;

/// One YAML document that a template gave.
#[derive(Debug, Clone)]
pub struct Document {
    pub value: Value,
    /// Its first line, in the template where that can be known.
    pub origin: Place,
}

/// One Kubernetes resource.
#[derive(Debug, Clone)]
pub struct Resource {
    pub id: ResourceId,
    pub manifest: Value,
    /// `kind-name[_namespace].yaml`, inside the target's folder.
    pub file: String,
    /// The file's bytes.
    pub text: String,
    /// The template it came from.
    pub origin: Place,
}

/// What makes two resources the same one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId {
    pub api_version: String,
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
}

/// The resources of one target.
#[derive(Debug, Clone)]
pub struct RenderedTarget {
    pub name: String,
    /// The folder in the GitOps repository.
    pub path: String,
    /// Sorted by file name.
    pub resources: Vec<Resource>,
    pub variables: Variables,
}

/// The files of a target, each with its content.
pub type Contents<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// A file of the GitOps repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub content: Vec<u8>,
}

/// A manifest in an error: Deployment `web`.
pub fn described(manifest: &Value) -> String {
    let text = |pointer| manifest.pointer(pointer).and_then(Value::as_str);
    let kind = text("/kind").unwrap_or("a resource without a kind");
    match text("/metadata/name") {
        Some(name) => format!("{kind} `{name}`"),
        None => kind.to_owned(),
    }
}

/// `apps/v1` is group `apps`, version `v1`; `v1` is of the core group, whose name is empty.
pub fn group_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// A path in the GitOps repository; `folder` may be its root.
pub fn join(folder: &str, file: &str) -> String {
    match folder {
        "" | "." => file.to_owned(),
        folder => format!("{folder}/{file}"),
    }
}
