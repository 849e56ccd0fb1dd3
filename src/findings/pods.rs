//! The pods that a resource makes: what several rules look at.

use serde_json::Value;

use super::document_path::DocumentPath;
use crate::render::{Resource, group_version};

/// The lists of a pod's containers.
pub const CONTAINERS: [&str; 2] = ["initContainers", "containers"];

/// A pod, or the template of one.
pub struct Pod<'a> {
    pub resource: &'a Resource,
    pub metadata: &'a Value,
    pub spec: &'a Value,
    /// Where `spec` stands.
    pub path: DocumentPath,
}

/// A container, and where it stands.
pub struct Container<'a> {
    pub value: &'a Value,
    pub path: DocumentPath,
    /// Whether it is one of `initContainers`.
    pub is_init: bool,
}

impl<'a> Pod<'a> {
    /// The pod that a resource is or makes.
    pub fn of(resource: &'a Resource) -> Option<Self> {
        let (group, _) = group_version(&resource.id.api_version);
        let above = match (group, resource.id.kind.as_str()) {
            ("", "Pod") => "",
            ("", "PodTemplate") => "template",
            ("batch", "CronJob") => "spec.jobTemplate.spec.template",
            ("", "ReplicationController")
            | ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
            | ("batch", "Job")
            | ("argoproj.io", "Rollout") => "spec.template",
            _ => return None,
        };
        let keys = || above.split('.').filter(|key| !key.is_empty());
        let template = keys().try_fold(&resource.manifest, |value, key| value.get(key))?;
        let path = keys().fold(DocumentPath::default(), DocumentPath::key).key("spec");
        Some(Self { resource, metadata: &template["metadata"], spec: template.get("spec")?, path })
    }

    pub fn all(resources: &'a [Resource]) -> Vec<Self> {
        resources.iter().filter_map(Self::of).collect()
    }

    pub fn containers(&self) -> impl Iterator<Item = Container<'a>> {
        CONTAINERS.into_iter().flat_map(|list| {
            let path = self.path.clone().key(list);
            let items = self.spec[list].as_array().into_iter().flatten().enumerate();
            items.map(move |(index, value)| Container {
                value,
                path: path.clone().item(index),
                is_init: list == "initContainers",
            })
        })
    }

    /// Whether it goes on until it is stopped, as those of jobs do not.
    pub fn goes_on(&self) -> bool {
        matches!(
            self.resource.id.kind.as_str(),
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Rollout"
        )
    }
}

impl<'a> Container<'a> {
    pub fn name(&self) -> &'a str {
        self.value["name"].as_str().unwrap_or_default()
    }
}

/// Whether two resources can be in the same namespace. Which one that is of a resource that names none, its
/// operator decides.
pub fn may_share_namespace(a: &Resource, b: &Resource) -> bool {
    let namespaces = a.id.namespace.as_ref().zip(b.id.namespace.as_ref());
    namespaces.is_none_or(|(a, b)| a == b)
}

/// A list of a map, each element with its place; empty where there is none.
pub fn items<'a>(
    value: &'a Value,
    key: &'a str,
    path: &DocumentPath,
) -> impl Iterator<Item = (&'a Value, DocumentPath)> {
    let path = path.clone().key(key);
    let items = value[key].as_array().into_iter().flatten().enumerate();
    items.map(move |(index, item)| (item, path.clone().item(index)))
}
