//! Which resources an overlay is meant for.

use std::fmt;

use globset::GlobMatcher;
use serde_json::Value;

use super::labels::LabelSelector;
use crate::config::PatchTarget;
use crate::render::manifest::group_version;
use crate::vocabulary::{Diagnostic, nearest};
use crate::yaml::Glob;

/// Names resources.
#[derive(Debug, Clone)]
pub struct Selector {
    target: PatchTarget,
    kind: Option<GlobMatcher>,
    name: Option<GlobMatcher>,
    namespace: Option<GlobMatcher>,
    labels: Option<LabelSelector>,
    annotations: Option<LabelSelector>,
}

impl Selector {
    pub fn new(target: PatchTarget) -> Result<Self, Diagnostic> {
        let glob = |text: &Option<String>| {
            let glob = text.clone().map(Glob::try_from).transpose()?;
            Ok::<_, Diagnostic>(glob.map(|Glob(glob)| glob.compile_matcher()))
        };
        let labels = |text: &Option<String>| text.as_deref().map(LabelSelector::parse).transpose();
        Ok(Self {
            kind: glob(&target.kind)?,
            name: glob(&target.name)?,
            namespace: glob(&target.namespace)?,
            labels: labels(&target.label_selector)?,
            annotations: labels(&target.annotation_selector)?,
            target,
        })
    }

    /// Whether it names one resource, so that several are one too many.
    pub fn names_one(&self) -> bool {
        let is_exact =
            |text: &Option<String>| text.as_ref().is_some_and(|text| !text.contains(['*', '?', '[', '{']));
        is_exact(&self.target.kind)
            && is_exact(&self.target.name)
            && self.labels.is_none()
            && self.annotations.is_none()
    }

    /// The name of the resources, where it is no glob.
    pub fn exact_name(&self) -> Option<&str> {
        self.target.name.as_deref().filter(|name| !name.contains(['*', '?', '[', '{', '\\']))
    }

    pub fn matches(&self, manifest: &Value) -> bool {
        let PatchTarget { group, version, kind, name, namespace, .. } = &self.target;
        let (its_group, its_version) = group_version(text(manifest, "/apiVersion"));
        let fits = |wanted: &Option<String>, glob: &Option<GlobMatcher>, pointer: &str| {
            let text = text(manifest, pointer);
            wanted.as_ref().is_none_or(|wanted| wanted == text)
                || glob.as_ref().is_some_and(|glob| glob.is_match(text))
        };
        let has = |wanted: &Option<LabelSelector>, pointer: &str| {
            let labels = manifest.pointer(pointer).and_then(Value::as_object);
            wanted.as_ref().is_none_or(|wanted| wanted.matches(labels))
        };
        group.as_ref().is_none_or(|wanted| wanted == its_group)
            && version.as_ref().is_none_or(|wanted| wanted == its_version)
            && fits(kind, &self.kind, "/kind")
            && fits(name, &self.name, "/metadata/name")
            && fits(namespace, &self.namespace, "/metadata/namespace")
            && has(&self.labels, "/metadata/labels")
            && has(&self.annotations, "/metadata/annotations")
    }

    /// A hint: what among `manifests` may have been meant.
    pub fn near(&self, manifests: &[&Value]) -> String {
        let (wanted_kind, wanted_name) = (self.target.kind.as_deref(), self.target.name.as_deref());
        let is_kind = |manifest: &&&Value| match &self.kind {
            Some(kind) => kind.is_match(text(manifest, "/kind")),
            None => true,
        };
        let same_name = manifests.iter().filter(is_kind).find(|manifest| {
            self.name.as_ref().is_some_and(|name| name.is_match(text(manifest, "/metadata/name")))
        });
        if let Some(manifest) = same_name {
            let namespace = match text(manifest, "/metadata/namespace") {
                "" => String::new(),
                namespace => format!(" in namespace {namespace}"),
            };
            let (api_version, name) = (text(manifest, "/apiVersion"), text(manifest, "/metadata/name"));
            return format!("there is a {} {name} of {api_version}{namespace}", text(manifest, "/kind"));
        }
        let kind = wanted_kind.unwrap_or("resource");
        let same_kind = manifests.iter().filter(is_kind);
        let names: Vec<&str> = same_kind.map(|manifest| text(manifest, "/metadata/name")).collect();
        match (wanted_name.and_then(|name| nearest(name, names.iter().copied())), &names[..]) {
            (Some(name), _) => format!("did you mean {kind} {name}?"),
            (None, []) => format!("no {kind} is rendered for this environment"),
            (None, names) => format!("of kind {kind} there are: {}", names.join(", ")),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PatchTarget { kind, name, namespace, label_selector, annotation_selector, .. } = &self.target;
        let name = name.as_deref().unwrap_or("*");
        write!(f, "{} {name}", kind.as_deref().unwrap_or("*"))?;
        let further = [
            ("in namespace", namespace),
            ("with labels", label_selector),
            ("with annotations", annotation_selector),
        ];
        further.iter().try_for_each(|(what, text)| match text {
            Some(text) => write!(f, " {what} {text}"),
            None => Ok(()),
        })
    }
}

/// The name of a resource.
pub fn name(manifest: &Value) -> &str {
    text(manifest, "/metadata/name")
}

fn text<'v>(manifest: &'v Value, pointer: &str) -> &'v str {
    manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
