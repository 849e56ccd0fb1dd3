//! Where each resource's file stands: `<kind>-<name>[_<namespace>].yaml`.
//!
//! A clash adds the API group; a clash after that is an error. A resource's identity is checked
//! here too: what has no kind or name can have no file.

use std::collections::HashMap;

use anyhow::Result;
use serde_json::Value;

use super::manifest::{Document, Resource, ResourceId, group_version};
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml;

/// The longest file name that file systems take.
const MAX_FILE_NAME: usize = 255;

/// Documents with `List`s taken apart.
pub fn flatten(documents: Vec<Document>) -> Vec<Document> {
    let mut flat = Vec::with_capacity(documents.len());
    for document in documents {
        match list_items(&document.value) {
            Some(items) => {
                let items = items.iter().map(|item| Document { value: item.clone(), ..document.clone() });
                flat.extend(flatten(items.collect()));
            }
            None if document.value.is_null() => {}
            None => flat.push(document),
        }
    }
    flat
}

/// The items of a `List`, or of a typed one such as `ConfigMapList`, which has no name.
fn list_items(value: &Value) -> Option<&Vec<Value>> {
    let kind = value.get("kind")?.as_str()?;
    let has_name = value.pointer("/metadata/name").is_some();
    if kind.ends_with("List") && !has_name { value.get("items")?.as_array() } else { None }
}

/// Gives every document its identity and its file, sorted by file name.
pub fn lay_out(documents: Vec<Document>) -> Result<Vec<Resource>> {
    let mut resources = Vec::with_capacity(documents.len());
    let mut seen: HashMap<ResourceId, Place> = HashMap::new();
    for document in documents {
        let id = identify(&document)?;
        // The API version is left out: `v1` and `v2` of a resource are one object.
        let key = ResourceId { api_version: group(&id).to_owned(), ..id.clone() };
        if let Some(first) = seen.insert(key, document.origin.clone()) {
            return Err(Diagnostic::new(format!("{} is defined twice, first in {first}", describe(&id)))
                .at(document.origin)
                .hint("give one of them another name or namespace, or omit one with `{% if %}`")
                .into());
        }
        resources.push(Resource {
            file: file_name(&id, None),
            id,
            manifest: document.value,
            text: String::new(),
            origin: document.origin,
        });
    }
    separate(&mut resources)?;
    resources.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(resources)
}

/// The bytes of the resource's file.
pub fn write(resource: &mut Resource) -> Result<()> {
    resource.text = yaml::write(&resource.manifest)?;
    Ok(())
}

/// Adds the API group to the names of files that would otherwise be one.
fn separate(resources: &mut [Resource]) -> Result<()> {
    let mut count: HashMap<String, usize> = HashMap::new();
    for resource in resources.iter() {
        *count.entry(resource.file.clone()).or_default() += 1;
    }
    for resource in resources.iter_mut().filter(|resource| count[&resource.file] > 1) {
        resource.file = file_name(&resource.id, Some(group(&resource.id)).filter(|group| !group.is_empty()));
    }
    let mut seen: HashMap<&str, &Resource> = HashMap::new();
    for resource in resources.iter() {
        if let Some(first) = seen.insert(&resource.file, resource) {
            let message = format!(
                "{} and {}, from {}, would both be written to {}",
                describe(&resource.id),
                describe(&first.id),
                first.origin,
                resource.file
            );
            return Err(Diagnostic::new(message)
                .at(resource.origin.clone())
                .hint("give one of them another name")
                .into());
        }
    }
    Ok(())
}

fn identify(document: &Document) -> Result<ResourceId> {
    let Value::Object(map) = &document.value else {
        return Err(missing(document, "the document is not a map, so it is not a Kubernetes resource"));
    };
    let text = |value: Option<&Value>| {
        value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let metadata = map.get("metadata");
    let api_version = text(map.get("apiVersion"));
    let kind = text(map.get("kind"));
    let name = text(metadata.and_then(|metadata| metadata.get("name")));
    let (Some(api_version), Some(kind)) = (&api_version, &kind) else {
        let field = if kind.is_none() { "kind" } else { "apiVersion" };
        return Err(missing(
            document,
            &format!("the resource has no `{field}`{}", wrong_type(map.get(field))),
        ));
    };
    let Some(name) = name else {
        return Err(nameless(document, kind, metadata));
    };
    let namespace = text(metadata.and_then(|metadata| metadata.get("namespace")));
    let id = ResourceId { api_version: api_version.clone(), kind: kind.clone(), namespace, name };
    check_names(document, &id)?;
    Ok(id)
}

fn nameless(document: &Document, kind: &str, metadata: Option<&Value>) -> anyhow::Error {
    let field = |name: &str| metadata.and_then(|metadata| metadata.get(name));
    if field("generateName").is_some() {
        return Diagnostic::new(format!("the {kind} has `metadata.generateName`"))
            .at(document.origin.clone())
            .hint("write `metadata.name`: what is in git must have the same name on every apply")
            .into();
    }
    missing(document, &format!("the {kind} has no `metadata.name`{}", wrong_type(field("name"))))
}

fn wrong_type(value: Option<&Value>) -> &'static str {
    match value {
        None | Some(Value::Null) => "",
        Some(Value::String(_)) => " (it is empty)",
        Some(_) => " that is a string",
    }
}

fn missing(document: &Document, message: &str) -> anyhow::Error {
    Diagnostic::new(message)
        .at(document.origin.clone())
        .hint("the name of a file that is only included must start with `_`")
        .into()
}

/// Names become file names, and must not leave the folder or be taken for something else.
fn check_names(document: &Document, id: &ResourceId) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    let parts = [
        ("kind", Some(&id.kind)),
        ("metadata.name", Some(&id.name)),
        ("metadata.namespace", id.namespace.as_ref()),
    ];
    for (field, value) in parts.into_iter().filter_map(|(field, value)| Some((field, value?))) {
        if let Some(bad) = value.chars().find(|&c| !allowed(c)) {
            let message = format!("`{field}` of {} has the character {bad:?}", describe(id));
            let hint = "names have letters, digits, `-`, `.`, `_` and `:`";
            return Err(Diagnostic::new(message).at(document.origin.clone()).hint(hint).into());
        }
    }
    let longest = file_name(id, Some(group(id))).len();
    if longest > MAX_FILE_NAME {
        let message = format!("the name of {} is too long for a file", describe(id));
        return Err(Diagnostic::new(message).at(document.origin.clone()).hint("shorten it").into());
    }
    Ok(())
}

fn file_name(id: &ResourceId, group: Option<&str>) -> String {
    let kind = match group {
        Some(group) => format!("{}.{group}", id.kind),
        None => id.kind.clone(),
    };
    let namespace = id.namespace.as_ref().map(|namespace| format!("_{namespace}")).unwrap_or_default();
    // Not every file system takes colons, which roles of Kubernetes have.
    format!("{kind}-{}{namespace}.yaml", id.name).to_lowercase().replace(':', "-")
}

fn group(id: &ResourceId) -> &str {
    group_version(&id.api_version).0
}

fn describe(id: &ResourceId) -> String {
    match &id.namespace {
        Some(namespace) => format!("{} `{}` in namespace `{namespace}`", id.kind, id.name),
        None => format!("{} `{}`", id.kind, id.name),
    }
}
