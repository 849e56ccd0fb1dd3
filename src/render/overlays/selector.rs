//! Which resource an overlay is meant for.

use std::fmt;

use serde_json::Value;

use crate::render::manifest::group_version;
use crate::vocabulary::nearest;

/// Names one resource. What is `None` may be anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// `""` is the core group.
    pub group: Option<String>,
    pub version: Option<String>,
    pub kind: String,
    pub name: String,
    pub namespace: Option<String>,
}

impl Selector {
    pub fn matches(&self, manifest: &Value) -> bool {
        let (group, version) = group_version(text(manifest, "/apiVersion"));
        self.kind == text(manifest, "/kind")
            && self.name == text(manifest, "/metadata/name")
            && self.group.as_deref().is_none_or(|wanted| wanted == group)
            && self.version.as_deref().is_none_or(|wanted| wanted == version)
            && self.namespace.as_deref().is_none_or(|wanted| wanted == text(manifest, "/metadata/namespace"))
    }

    /// A hint: what among `manifests` may have been meant.
    pub fn near(&self, manifests: &[&Value]) -> String {
        let same_name = manifests.iter().find(|manifest| {
            text(manifest, "/kind") == self.kind && text(manifest, "/metadata/name") == self.name
        });
        if let Some(manifest) = same_name {
            let namespace = match text(manifest, "/metadata/namespace") {
                "" => String::new(),
                namespace => format!(" in namespace {namespace}"),
            };
            let api_version = text(manifest, "/apiVersion");
            return format!("there is a {} {} of {api_version}{namespace}", self.kind, self.name);
        }
        let same_kind = manifests.iter().filter(|manifest| text(manifest, "/kind") == self.kind);
        let names: Vec<&str> = same_kind.map(|manifest| text(manifest, "/metadata/name")).collect();
        match (nearest(&self.name, names.iter().copied()), &names[..]) {
            (Some(name), _) => format!("did you mean {} {name}?", self.kind),
            (None, []) => format!("no {} is rendered for this environment", self.kind),
            (None, names) => format!("of kind {} there are: {}", self.kind, names.join(", ")),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => Ok(()),
        }
    }
}

fn text<'v>(manifest: &'v Value, pointer: &str) -> &'v str {
    manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
