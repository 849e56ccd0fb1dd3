//! One overlay, read from a YAML document: whom it is for and what it changes.

use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value};

use super::patch_error::PatchError;
use super::selector::Selector;
use super::strategic::DIRECTIVE;
use super::{json_patch, strategic};
use crate::config::PatchTarget;
use crate::kubernetes;
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
    /// Fields of a resource.
    Merge(Map<String, Value>),
    Json(Vec<Value>),
}

impl Snippet {
    /// Reads a document, which begins at `origin`. It says whom it is for, unless `to` does.
    pub fn parse(document: Value, origin: Place, to: Option<&Selector>) -> Result<Self> {
        let parsed = match to {
            Some(to) => patch_alone(&document).map(|patch| (to.clone(), patch)),
            None => target_and_patch(&document),
        };
        match parsed {
            Ok((target, patch)) => Ok(Self { target, patch, origin }),
            Err(error) => Err(error.at(origin).into()),
        }
    }

    /// Whether the target itself goes, not a part of it.
    pub fn removes_target(&self) -> bool {
        match &self.patch {
            Patch::Merge(fields) => fields.get(DIRECTIVE).is_some_and(|directive| directive == "delete"),
            Patch::Json(_) => false,
        }
    }

    /// Changes `manifest`; an error leaves it as it was.
    pub fn patch(&self, manifest: &mut Value) -> Result<()> {
        let mut patched = manifest.clone();
        let result = match &self.patch {
            Patch::Merge(fields) => merge(&mut patched, fields),
            Patch::Json(operations) => json_patch::apply(&mut patched, operations),
        };
        match result {
            Ok(()) => {
                *manifest = patched;
                Ok(())
            }
            Err(error) => Err(self.diagnostic(manifest, error).into()),
        }
    }

    fn diagnostic(&self, manifest: &Value, error: PatchError) -> Diagnostic {
        let at = match (&self.patch, error.path.first().and_then(|index| index.parse::<usize>().ok())) {
            (Patch::Json(_), Some(index)) => format!("operation {}: ", index + 1),
            _ if error.path.is_empty() => String::new(),
            _ => format!("{}: ", error.path.join(".")),
        };
        let name = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (kind, name) = (name("/kind"), name("/metadata/name"));
        let message = format!("cannot patch {kind} {name}: {at}{}", error.message);
        Diagnostic { hint: error.hint, ..Diagnostic::new(message).at(self.origin.clone()) }
    }
}

fn merge(target: &mut Value, fields: &Map<String, Value>) -> Result<(), PatchError> {
    let text = |key: &str| target.get(key).and_then(Value::as_str).unwrap_or_default();
    let kind = kubernetes::kind(text("apiVersion"), text("kind"));
    let Value::Object(target) = target else {
        return Err(PatchError::new([]).message("the resource is not a map".to_owned()));
    };
    strategic::apply(target, fields, kind.map(kubernetes::Kind::root))
}

type Parsed<T> = std::result::Result<T, Diagnostic>;

fn target_and_patch(document: &Value) -> Parsed<(Selector, Patch)> {
    match document {
        Value::Object(fields) if !fields.contains_key("apiVersion") && fields.contains_key("target") => {
            known_keys(fields, &["target", "patch", "ops"])?;
            Ok((written_target(&fields["target"])?, written_patch(fields)?))
        }
        Value::Object(fields) => partial_resource(document, fields),
        _ => Err(Diagnostic::new("an overlay is a map: a partial resource, or `target` and `patch`").hint(
            "if the patch is for several resources, say which with `to` beside its `path` in `overlays`",
        )),
    }
}

/// A patch whose targets are named elsewhere.
fn patch_alone(document: &Value) -> Parsed<Patch> {
    match document {
        Value::Object(fields) if fields.contains_key("target") && !fields.contains_key("apiVersion") => {
            Err(Diagnostic::new("this overlay has a `target`, and `to` in the pipeline file is for it too")
                .hint("remove one of them"))
        }
        Value::Object(fields) if fields.keys().all(|key| key == "patch" || key == "ops") => {
            written_patch(fields)
        }
        patch => patch_of(patch),
    }
}

fn partial_resource(document: &Value, fields: &Map<String, Value>) -> Parsed<(Selector, Patch)> {
    let api_version = required(document, "apiVersion")?;
    let (group, version) = group_version(&api_version);
    let target = PatchTarget {
        group: Some(group.to_owned()),
        version: Some(version.to_owned()),
        kind: Some(required(document, "kind")?),
        name: Some(required(document, "metadata.name")?),
        namespace: text(document, "metadata.namespace")?,
        ..PatchTarget::default()
    };
    Ok((Selector::new(target)?, Patch::Merge(fields.clone())))
}

fn written_target(target: &Value) -> Parsed<Selector> {
    let target: PatchTarget = serde_json::from_value(target.clone())
        .map_err(|error| Diagnostic::new(format!("the `target` of this overlay is wrong: {error}")))?;
    if target == PatchTarget::default() {
        return Err(
            Diagnostic::new("the `target` of this overlay is empty").hint("write `target: {kind, name}`")
        );
    }
    Selector::new(target)
}

/// A list of operations or a partial resource, or a text that holds one: Kustomize's own files have it as
/// a text.
fn written_patch(fields: &Map<String, Value>) -> Parsed<Patch> {
    match fields.get("patch").or_else(|| fields.get("ops")) {
        Some(Value::String(text)) => match yaml::parse(text, Path::new("")) {
            Ok(documents) if documents.len() == 1 => patch_of(&documents[0].to_value()),
            _ => patch_of(&Value::Null),
        },
        Some(patch) => patch_of(patch),
        None => patch_of(&Value::Null),
    }
}

fn patch_of(patch: &Value) -> Parsed<Patch> {
    match patch {
        Value::Array(operations) => Ok(Patch::Json(operations.clone())),
        Value::Object(fields) if !fields.is_empty() => Ok(Patch::Merge(without_identity(fields))),
        _ => Err(Diagnostic::new("this overlay has no `patch`")
            .hint("write a list such as `- {op: replace, path: /spec/replicas, value: 3}`, or fields of the resource")),
    }
}

/// The fields of a patch, without the names that a resource has and a patch for many only pretends to have.
fn without_identity(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = fields.clone();
    fields.retain(|key, _| key != "apiVersion" && key != "kind");
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        metadata.retain(|key, _| key != "name" && key != "namespace");
    }
    fields
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
        Diagnostic::new(format!("this overlay does not say its target's `{path}`")).hint(
            "an overlay names its resource by apiVersion, kind and metadata.name, or by `target: {kind, name}`; or \
             `to` names several, beside its `path` in `overlays`",
        )
    })
}

fn text(map: &Value, path: &str) -> Parsed<Option<String>> {
    match path.split('.').try_fold(map, |map, key| map.get(key)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => {
            Err(Diagnostic::new(format!("`{path}` must be text")).hint("write it as the resource has it"))
        }
    }
}
