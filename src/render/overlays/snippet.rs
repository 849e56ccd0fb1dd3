//! One overlay, read from a YAML document: whom it is for and what it changes.

use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value};

use super::patch_error::PatchError;
use super::selector::Selector;
use super::strategic::DIRECTIVE;
use super::{json_patch, merge_keys, merge_patch, strategic};
use crate::render::manifest::group_version;
use crate::vocabulary::{Diagnostic, Place, nearest};
use crate::yaml;

/// A patch and its target.
#[derive(Debug, Clone)]
pub struct Snippet {
    pub(super) target: Selector,
    patch: Patch,
    pub(super) origin: Place,
}

#[derive(Debug, Clone)]
enum Patch {
    /// A partial resource.
    Merge {
        api_version: String,
        fields: Map<String, Value>,
    },
    Json(Vec<Value>),
}

impl Snippet {
    /// Reads a document, which begins at `origin`.
    pub fn parse(document: Value, origin: Place) -> Result<Self> {
        match target_and_patch(&document) {
            Ok((target, patch)) => Ok(Self { target, patch, origin }),
            Err(error) => Err(error.at(origin).into()),
        }
    }

    /// Whether the target itself goes, not a part of it.
    pub fn removes_target(&self) -> bool {
        match &self.patch {
            Patch::Merge { fields, .. } => {
                fields.get(DIRECTIVE).is_some_and(|directive| directive == "delete")
            }
            Patch::Json(_) => false,
        }
    }

    /// Changes `manifest`; an error leaves it as it was.
    pub fn patch(&self, manifest: &mut Value) -> Result<()> {
        let mut patched = manifest.clone();
        let result = match &self.patch {
            Patch::Merge { api_version, fields } => self.merge(&mut patched, api_version, fields),
            Patch::Json(operations) => json_patch::apply(&mut patched, operations),
        };
        match result {
            Ok(()) => {
                *manifest = patched;
                Ok(())
            }
            Err(error) => Err(self.diagnostic(error).into()),
        }
    }

    fn merge(
        &self,
        target: &mut Value,
        api_version: &str,
        fields: &Map<String, Value>,
    ) -> Result<(), PatchError> {
        let Value::Object(target) = target else {
            return Err(PatchError::new([]).message("the resource is not a map".to_owned()));
        };
        match merge_keys::schema(api_version, &self.target.kind) {
            Some(schema) => strategic::apply(target, fields, schema),
            None => merge_patch::apply(target, fields),
        }
    }

    fn diagnostic(&self, error: PatchError) -> Diagnostic {
        let at = match (&self.patch, error.path.first().and_then(|index| index.parse::<usize>().ok())) {
            (Patch::Json(_), Some(index)) => format!("operation {}: ", index + 1),
            _ if error.path.is_empty() => String::new(),
            _ => format!("{}: ", error.path.join(".")),
        };
        let message = format!("cannot patch {}: {at}{}", self.target, error.message);
        Diagnostic { hint: error.hint, ..Diagnostic::new(message).at(self.origin.clone()) }
    }
}

type Parsed<T> = std::result::Result<T, Diagnostic>;

fn target_and_patch(document: &Value) -> Parsed<(Selector, Patch)> {
    match document {
        Value::Object(fields) if !fields.contains_key("apiVersion") && fields.contains_key("target") => {
            Ok((json_target(fields)?, Patch::Json(operations(fields)?)))
        }
        Value::Object(fields) => partial_resource(document, fields),
        _ => Err(Diagnostic::new("an overlay is a map: a partial resource, or `target` and `patch`")),
    }
}

fn partial_resource(document: &Value, fields: &Map<String, Value>) -> Parsed<(Selector, Patch)> {
    let api_version = required(document, "apiVersion")?;
    let (group, version) = group_version(&api_version);
    let target = Selector {
        group: Some(group.to_owned()),
        version: Some(version.to_owned()),
        kind: required(document, "kind")?,
        name: required(document, "metadata.name")?,
        namespace: text(document, "metadata.namespace")?,
    };
    Ok((target, Patch::Merge { api_version, fields: fields.clone() }))
}

fn json_target(fields: &Map<String, Value>) -> Parsed<Selector> {
    known_keys(fields, &["target", "patch", "ops"])?;
    let target = &fields["target"];
    if let Value::Object(fields) = target {
        known_keys(fields, &["group", "version", "kind", "name", "namespace"])?;
    }
    Ok(Selector {
        group: text(target, "group")?,
        version: text(target, "version")?,
        kind: required(target, "kind")?,
        name: required(target, "name")?,
        namespace: text(target, "namespace")?,
    })
}

/// A list, or a text that holds one: Kustomize's own files have it as a text.
fn operations(fields: &Map<String, Value>) -> Parsed<Vec<Value>> {
    let value = match fields.get("ops").or_else(|| fields.get("patch")) {
        Some(Value::String(text)) => match yaml::parse(text, Path::new("")) {
            Ok(documents) if documents.len() == 1 => documents[0].to_value(),
            _ => Value::Null,
        },
        Some(value) => value.clone(),
        None => Value::Null,
    };
    match value {
        Value::Array(operations) => Ok(operations),
        _ => Err(Diagnostic::new("this overlay has a `target`, so its `patch` must be a list of operations")
            .hint("write `- {op: replace, path: /spec/replicas, value: 3}`, or a partial resource without `target`")),
    }
}

fn known_keys(fields: &Map<String, Value>, known: &[&str]) -> Parsed<()> {
    let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    let error = Diagnostic::new(format!("unknown key `{name}` in this overlay"));
    Err(match nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("expected one of: {}", known.join(", "))),
    })
}

fn required(map: &Value, path: &str) -> Parsed<String> {
    text(map, path)?.filter(|text| !text.is_empty()).ok_or_else(|| {
        Diagnostic::new(format!("this overlay does not say its target's `{path}`"))
            .hint("an overlay names one resource: by apiVersion, kind and metadata.name, or by `target: {kind, name}`")
    })
}

fn text(map: &Value, path: &str) -> Parsed<Option<String>> {
    match path.split('.').try_fold(map, |map, key| map.get(key)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Diagnostic::new(format!("`{path}` must be text")).hint("put it in quotes")),
    }
}
