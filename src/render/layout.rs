//! From documents to resources: what each is, and that none is there twice.
//!
//! What has no kind or name can have no file. [`file_names`] says which file each gets.

use std::collections::HashMap;

use anyhow::Result;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::file_names;
use super::manifest::{Document, Resource, ResourceId, group_version};
use crate::config::Layout;
use crate::kubernetes;
use crate::vocabulary::text::hex;
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId};
use crate::yaml;

/// Kinds of which each one is made only to run: they may let the cluster choose their names.
const RUNS: [(&str, &str); 4] =
    [("batch", "Job"), ("argoproj.io", "Workflow"), ("tekton.dev", "PipelineRun"), ("tekton.dev", "TaskRun")];
/// Groups whose names are path segments: a user's, `system:node`, even one with spaces.
const FREE_NAMES: [&str; 2] = ["rbac.authorization.k8s.io", "authorization.openshift.io"];

/// Documents with `List`s taken apart.
pub fn flatten(documents: Vec<Document>) -> Vec<Document> {
    let mut flat = Vec::with_capacity(documents.len());
    documents.into_iter().for_each(|document| take_apart(document, &mut flat));
    flat
}

fn take_apart(Document { mut value, origin }: Document, flat: &mut Vec<Document>) {
    match take_items(&mut value) {
        Some(items) => {
            let items = items.into_iter().map(|value| Document { value, origin: origin.clone() });
            items.for_each(|item| take_apart(item, flat));
        }
        None if value.is_null() => {}
        None => flat.push(Document { value, origin }),
    }
}

/// The items of a `List`, or of a typed one such as `ConfigMapList`, which has no name. They may leave
/// out the kind that the list is of. `items` is null where a template repeats nothing.
fn take_items(value: &mut Value) -> Option<Vec<Value>> {
    let kind = Value::from(value.get("kind")?.as_str()?.strip_suffix("List")?);
    if value.pointer("/metadata/name").is_some() {
        return None;
    }
    let api_version = value.get("apiVersion").cloned();
    let mut items = match value.get_mut("items")? {
        Value::Null => Vec::new(),
        Value::Array(items) => std::mem::take(items),
        _ => return None,
    };
    for item in items.iter_mut().filter_map(Value::as_object_mut).filter(|_| kind != "") {
        let missing = [("kind", Some(&kind)), ("apiVersion", api_version.as_ref())];
        for (name, value) in missing {
            if let Some(value) = value.filter(|_| item.get(name).is_none_or(Value::is_null)) {
                item.shift_insert(0, name.to_owned(), value.clone());
            }
        }
    }
    Some(items)
}

/// Leaves out documents that repeat an earlier one word for word, as two libraries that bring the same
/// object do.
pub fn without_repetitions(documents: Vec<Document>, warnings: &mut Vec<Warning>) -> Vec<Document> {
    let mut first: HashMap<[&str; 4], usize> = HashMap::with_capacity(documents.len());
    let mut repeats = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let (whole, metadata) = (&document.value, &document.value["metadata"]);
        let key = [&whole["apiVersion"], &whole["kind"], &metadata["namespace"], &metadata["name"]];
        let key = key.map(|value| value.as_str().unwrap_or_default());
        let earlier = *first.entry(key).or_insert(index);
        if earlier != index && documents[earlier].value == document.value {
            repeats.push(index);
            let message = format!(
                "{} `{}` is defined twice, first in {}; both are equal, and one is left out",
                key[1], key[3], documents[earlier].origin
            );
            let diagnostic = Diagnostic::new(message).at(document.origin.clone());
            warnings.push(Warning::new(WarningId::RepeatedResource, diagnostic));
        }
    }
    drop(first);
    if repeats.is_empty() {
        return documents;
    }
    let kept = documents.into_iter().enumerate().filter(|(index, _)| repeats.binary_search(index).is_err());
    kept.map(|(_, document)| document).collect()
}

/// Gives every document its identity and its file, sorted by file.
pub fn lay_out(
    documents: Vec<Document>,
    layout: Layout,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Resource>> {
    let mut resources = Vec::with_capacity(documents.len());
    let mut seen: HashMap<ResourceId, Place> = HashMap::with_capacity(documents.len());
    for document in documents {
        let id = identify(&document)?;
        // The API version is left out: `v1` and `v2` of a resource are one object.
        let mut key = ResourceId { api_version: group(&id).to_owned(), ..id.clone() };
        if id.namespace.is_some() && is_cluster_wide(&id) {
            warnings.push(useless_namespace(&document, &id));
            key.namespace = None;
        }
        if document.value["metadata"].get("name").is_none() {
            warnings.push(generated_name(&document, &id));
        }
        if let Some(first) = seen.insert(key, document.origin.clone()) {
            return Err(Diagnostic::new(format!("{} is defined twice, first in {first}", describe(&id)))
                .at(document.origin)
                .hint("give one of them another name or namespace, or omit one with `{% if %}`")
                .into());
        }
        let Document { value: manifest, origin } = document;
        resources.push(Resource { id, manifest, file: String::new(), text: String::new(), origin });
    }
    file_names::assign(&mut resources, layout);
    Ok(resources)
}

/// The bytes of the resource's file.
pub fn write(resource: &mut Resource) -> Result<()> {
    resource.text = yaml::write(&resource.manifest)?;
    Ok(())
}

fn is_cluster_wide(id: &ResourceId) -> bool {
    kubernetes::kind(&id.api_version, &id.kind).is_some_and(|kind| !kind.is_namespaced)
}

fn useless_namespace(document: &Document, id: &ResourceId) -> Warning {
    let message = format!(
        "{} `{}` has `metadata.namespace`, but a {} belongs to no namespace",
        id.kind, id.name, id.kind
    );
    let diagnostic = Diagnostic::new(message).at(document.origin.clone()).hint("remove `metadata.namespace`");
    Warning::new(WarningId::UselessNamespace, diagnostic)
}

/// Argo CD creates what it takes for a hook; others apply, which takes a name.
fn generated_name(document: &Document, id: &ResourceId) -> Warning {
    let message = format!(
        "{} has `generateName`, which only Argo CD creates, as a hook; Flux and `kubectl apply` refuse it",
        describe(id)
    );
    let diagnostic = Diagnostic::new(message).at(document.origin.clone()).hint(
        "write `metadata.name`, for example with the release: `migrate-{{ release.version }}`, unless Argo CD applies it",
    );
    Warning::new(WarningId::GeneratedName, diagnostic)
}

fn identify(document: &Document) -> Result<ResourceId> {
    let Value::Object(map) = &document.value else {
        return Err(missing(document, "the document is not a map, so it is not a Kubernetes resource"));
    };
    let text = |value: Option<&Value>| {
        value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let metadata = map.get("metadata");
    let field = |name: &str| metadata.and_then(|metadata| metadata.get(name));
    let api_version = text(map.get("apiVersion"));
    let kind = text(map.get("kind"));
    let (Some(api_version), Some(kind)) = (&api_version, &kind) else {
        let field = if kind.is_none() { "kind" } else { "apiVersion" };
        return Err(missing(
            document,
            &format!("the resource has no `{field}`{}", wrong_type(map.get(field))),
        ));
    };
    let name = match (text(field("name")), text(field("generateName"))) {
        (Some(name), _) => name,
        (None, Some(prefix)) => run_name(document, api_version, kind, &prefix)?,
        (None, None) if kind.ends_with("List") && !map.contains_key("items") => {
            let error = Diagnostic::new(format!("the {kind} has no `items`")).at(document.origin.clone());
            return Err(error.hint("write them, or `items: []` if there are none").into());
        }
        (None, None) => {
            let message = format!("the {kind} has no `metadata.name`{}", wrong_type(field("name")));
            return Err(missing(document, &message));
        }
    };
    let namespace = text(field("namespace"));
    let id = ResourceId { api_version: api_version.clone(), kind: kind.clone(), namespace, name };
    check_names(document, &id)?;
    Ok(id)
}

/// The name that stands for one which the cluster will choose: another content is another run.
fn run_name(document: &Document, api_version: &str, kind: &str, prefix: &str) -> Result<String> {
    if !RUNS.contains(&(group_version(api_version).0, kind)) {
        return Err(Diagnostic::new(format!("the {kind} has `metadata.generateName`"))
            .at(document.origin.clone())
            .hint("write `metadata.name`: what is in git must have the same name on every apply")
            .into());
    }
    let hash = hex(&Sha256::digest(document.value.to_string()));
    Ok(format!("{prefix}{}", &hash[..10]))
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
        .hint(
            "a resource has `apiVersion`, `kind` and `metadata.name`; the name of a file that is only included \
             must start with `_`",
        )
        .into()
}

/// A name that Kubernetes does not take is refused here, where its template is known.
fn check_names(document: &Document, id: &ResourceId) -> Result<()> {
    let dns = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    let segment = |c: char| !c.is_control() && !matches!(c, '/' | '%');
    let is_free = FREE_NAMES.contains(&group(id));
    let wrong = |field: &str, bad: char, hint: &str| {
        let message = format!("`{field}` of {} has the character {bad:?}", describe(id));
        Err(Diagnostic::new(message).at(document.origin.clone()).hint(hint).into())
    };
    let hint = "names have letters, digits, `-`, `.`, `_` and `:`";
    let parts = [("kind", Some(&id.kind)), ("metadata.namespace", id.namespace.as_ref())];
    for (field, value) in parts.into_iter().filter_map(|(field, value)| Some((field, value?))) {
        if let Some(bad) = value.chars().find(|&c| !dns(c)) {
            return wrong(field, bad, hint);
        }
    }
    let bad = id.name.chars().find(|&c| if is_free { !segment(c) } else { !dns(c) });
    match bad {
        Some(bad) if is_free => wrong("metadata.name", bad, "names have any characters but `/` and `%`"),
        Some(bad) => wrong("metadata.name", bad, hint),
        None => Ok(()),
    }
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
