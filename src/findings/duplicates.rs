//! What is there twice and may be there once: one object under two API groups, and names in lists.

use std::collections::HashMap;

use serde_json::Value;

use super::document_path::DocumentPath;
use super::finding::{Finding, named};
use super::pods::{self, Pod};
use super::scene::Scene;
use crate::kubernetes;
use crate::render::Resource;
use crate::vocabulary::FindingId;

pub fn check(scene: &Scene, found: &mut Vec<Finding>) {
    twins(scene, found);
    for resource in &scene.target.resources {
        if let Some(pod) = Pod::of(resource) {
            in_pod(&pod, found);
        }
        if resource.id.kind == "Service" {
            let path = DocumentPath::of_keys("spec");
            in_list(resource, &resource.manifest["spec"], &path, "ports", "name", found);
        }
    }
}

/// One object that two API groups have, as Ingress was in `extensions` and is in `networking.k8s.io`. Two of
/// one group are no rendering at all.
fn twins(scene: &Scene, found: &mut Vec<Finding>) {
    let mut seen: HashMap<(&str, Option<&str>, &str), &Resource> = HashMap::new();
    for resource in &scene.target.resources {
        let id = &resource.id;
        if kubernetes::kind(&id.api_version, &id.kind).is_none() || id.kind == "Event" {
            continue;
        }
        let key = (id.kind.as_str(), id.namespace.as_deref(), id.name.as_str());
        let Some(first) = seen.insert(key, resource) else { continue };
        let (named, first) = (named(id), &first.id.api_version);
        let message =
            format!("{named} is there twice, as `{first}` and as `{}`, which are one object", id.api_version);
        let finding = Finding::new(FindingId::DuplicateResource, resource, message);
        found.push(finding.hint("remove one of them, or give it another name"));
    }
}

fn in_pod(pod: &Pod, found: &mut Vec<Finding>) {
    let mut names: Vec<&str> = Vec::new();
    for container in pod.containers().filter(|it| !it.name().is_empty()) {
        if names.contains(&container.name()) {
            let message =
                format!("two containers of {} are called `{}`", named(&pod.resource.id), container.name());
            let finding = Finding::new(FindingId::DuplicateName, pod.resource, message);
            found.push(finding.at(container.path.clone().key("name")));
        }
        names.push(container.name());
        in_list(pod.resource, container.value, &container.path, "volumeMounts", "mountPath", found);
    }
    in_list(pod.resource, pod.spec, &pod.path, "volumes", "name", found);
}

/// Elements of a list that have the same text in a field.
fn in_list(
    resource: &Resource,
    value: &Value,
    path: &DocumentPath,
    list: &str,
    field: &str,
    found: &mut Vec<Finding>,
) {
    let mut seen: Vec<&str> = Vec::new();
    for (item, path) in pods::items(value, list, path) {
        let Some(text) = item[field].as_str() else { continue };
        if seen.contains(&text) {
            let message = format!("`{list}` of {} has `{field}: {text}` twice", named(&resource.id));
            found.push(Finding::new(FindingId::DuplicateName, resource, message).at(path.key(field)));
        }
        seen.push(text);
    }
}
