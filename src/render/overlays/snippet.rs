//! One overlay, read from a YAML document: whom it is for and what it changes.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Map, Value};

use super::selector::{Selector, group_version};
use super::strategic::DIRECTIVE;
use super::{PatchError, json_patch, merge_keys, merge_patch, strategic};
use crate::error::{Diagnostic, Place, nearest};
use crate::yaml::{self, Kind, Node};

/// A patch and its target.
#[derive(Debug, Clone)]
pub struct Snippet {
    pub(super) target: Selector,
    patch: Patch,
    /// The document, for the places of errors.
    node: Node,
    file: PathBuf,
}

#[derive(Debug, Clone)]
enum Patch {
    /// A partial resource.
    Merge { api_version: String, fields: Map<String, Value> },
    /// Operations, and the key of the document that holds them.
    Json { operations: Vec<Value>, key: String },
}

impl Snippet {
    /// Reads a document of `file`.
    pub fn read(node: Node, file: &Path) -> Result<Self> {
        let document = Document { node: &node, file };
        let (target, patch) = match node.to_value() {
            Value::Object(fields) if !fields.contains_key("apiVersion") && fields.contains_key("target") => {
                document.json_patch()?
            }
            Value::Object(fields) => document.partial_resource(fields)?,
            _ => {
                return Err(document
                    .error(&[], "an overlay is a map: a partial resource, or `target` and `patch`")
                    .into());
            }
        };
        Ok(Self { target, patch, node, file: file.to_owned() })
    }

    pub fn place(&self) -> Place {
        self.node.place(&self.file)
    }

    /// Whether the target itself goes, not a part of it.
    pub fn removes_target(&self) -> bool {
        match &self.patch {
            Patch::Merge { fields, .. } => {
                fields.get(DIRECTIVE).is_some_and(|directive| directive == "delete")
            }
            Patch::Json { .. } => false,
        }
    }

    /// Changes `manifest`; an error leaves it as it was.
    pub fn patch(&self, manifest: &mut Value) -> Result<()> {
        let mut patched = manifest.clone();
        let (result, prefix) = match &self.patch {
            Patch::Merge { api_version, fields } => (self.merge(&mut patched, api_version, fields), None),
            Patch::Json { operations, key } => (json_patch::apply(&mut patched, operations), Some(key)),
        };
        match result {
            Ok(()) => {
                *manifest = patched;
                Ok(())
            }
            Err(error) => Err(self.diagnostic(error, prefix).into()),
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

    fn diagnostic(&self, error: PatchError, prefix: Option<&String>) -> Diagnostic {
        let path: Vec<&str> = prefix.into_iter().chain(&error.path).map(String::as_str).collect();
        let document = Document { node: &self.node, file: &self.file };
        let mut diagnostic =
            document.error(&path, format!("{}, in the overlay for {}", error.message, self.target));
        diagnostic.hint = error.hint;
        diagnostic
    }
}

/// A document that is being read.
struct Document<'a> {
    node: &'a Node,
    file: &'a Path,
}

impl Document<'_> {
    fn partial_resource(&self, fields: Map<String, Value>) -> Result<(Selector, Patch)> {
        let api_version = self.required(&["apiVersion"])?;
        let (group, version) = group_version(&api_version);
        let target = Selector {
            group: Some(group.to_owned()),
            version: Some(version.to_owned()),
            kind: self.required(&["kind"])?,
            name: self.required(&["metadata", "name"])?,
            namespace: self.text(&["metadata", "namespace"])?,
        };
        Ok((target, Patch::Merge { api_version, fields }))
    }

    fn json_patch(&self) -> Result<(Selector, Patch)> {
        self.known_keys(self.node, &["target", "patch", "ops"])?;
        if let Some(target) = find(self.node, &["target"]) {
            self.known_keys(target, &["group", "version", "kind", "name", "namespace"])?;
        }
        let target = Selector {
            group: self.text(&["target", "group"])?,
            version: self.text(&["target", "version"])?,
            kind: self.required(&["target", "kind"])?,
            name: self.required(&["target", "name"])?,
            namespace: self.text(&["target", "namespace"])?,
        };
        let key = if find(self.node, &["ops"]).is_some() { "ops" } else { "patch" };
        let operations = self.operations(key)?;
        Ok((target, Patch::Json { operations, key: key.to_owned() }))
    }

    /// A list, or a text that holds one: Kustomize's own files have it as a text.
    fn operations(&self, key: &str) -> Result<Vec<Value>> {
        let node = find(self.node, &[key]).ok_or_else(|| self.error(&[], "this overlay has no `patch`"))?;
        let value = match &node.kind {
            Kind::String(text) => match yaml::parse(text, self.file) {
                Ok(documents) if documents.len() == 1 => documents[0].to_value(),
                _ => Value::Null,
            },
            _ => node.to_value(),
        };
        match value {
            Value::Array(operations) => Ok(operations),
            _ => Err(self
                .error(&[key], format!("`{key}` must be a list of operations"))
                .hint("write `- {op: replace, path: /spec/replicas, value: 3}`")
                .into()),
        }
    }

    fn known_keys(&self, node: &Node, known: &[&str]) -> Result<()> {
        let Kind::Mapping(entries) = &node.kind else { return Ok(()) };
        for (key, _) in entries {
            let name = key.scalar_text();
            if !known.contains(&name.as_str()) {
                let error = Diagnostic::new(format!("unknown key `{name}`")).at(key.place(self.file));
                return Err(match nearest(&name, known.iter().copied()) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint(format!("known here: {}", known.join(", "))),
                }
                .into());
            }
        }
        Ok(())
    }

    fn required(&self, path: &[&str]) -> Result<String> {
        self.text(path)?.filter(|text| !text.is_empty()).ok_or_else(|| {
            let error =
                self.error(&path[..path.len() - 1], format!("this overlay has no `{}`", path.join(".")));
            error
                .hint("an overlay names one resource by apiVersion, kind and metadata.name, or by `target`")
                .into()
        })
    }

    fn text(&self, path: &[&str]) -> Result<Option<String>> {
        match find(self.node, path).map(|node| &node.kind) {
            None | Some(Kind::Null) => Ok(None),
            Some(Kind::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.error(path, format!("`{}` must be a text", path.join("."))).into()),
        }
    }

    /// An error at the node at `path`, or the nearest that is there above it.
    fn error(&self, path: &[&str], message: impl Into<String>) -> Diagnostic {
        let node = (0..=path.len()).rev().find_map(|length| find(self.node, &path[..length]));
        Diagnostic::new(message).at(node.unwrap_or(self.node).place(self.file))
    }
}

fn find<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    let [first, rest @ ..] = path else { return Some(node) };
    let child = match &node.kind {
        Kind::Mapping(entries) => {
            entries.iter().find(|(key, _)| key.scalar_text() == *first).map(|(_, value)| value)
        }
        Kind::Sequence(items) => first.parse::<usize>().ok().and_then(|index| items.get(index)),
        _ => None,
    };
    find(child?, rest)
}
