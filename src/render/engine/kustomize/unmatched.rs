//! Patches, images and replacements of a kustomization that match nothing.
//!
//! Kustomize passes over them in silence, and so a misspelt image name ships yesterday's image.
//! What a selector sees lies between the files and the result, so it counts as matched when either
//! has something for it: a warning here is never wrong, though a rare one may be missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use super::kustomization::{Kustomization, field, items};
use crate::render::external::scratch::Scratch;
use crate::render::manifest::{Document, group_version};
use crate::render::{paths, texts};
use crate::vocabulary::Diagnostic;
use crate::yaml::{self, Node};

/// What a selector can ask of a resource.
#[derive(Default)]
struct Resource {
    group: String,
    version: String,
    kind: String,
    name: String,
    namespace: Option<String>,
}

pub fn warnings(kustomizations: &[Kustomization], built: &[Document], scratch: &Scratch) -> Vec<Diagnostic> {
    let mut resources: Vec<Resource> = built.iter().map(|document| Resource::of(&document.value)).collect();
    for kustomization in kustomizations {
        add_originals(kustomization, scratch, &mut resources);
    }
    let renamed = ["namePrefix", "nameSuffix"];
    let renamed = kustomizations.iter().any(|it| renamed.iter().any(|name| field(&it.node, name).is_some()));
    let patches = kustomizations.iter().flat_map(|it| patches(it, &resources, renamed));
    patches.chain(images(kustomizations, built)).collect()
}

/// The resources as they are before anything is done to them.
fn add_originals(kustomization: &Kustomization, scratch: &Scratch, resources: &mut Vec<Resource>) {
    for item in items(&kustomization.node, "resources") {
        // What leads out of the copy was refused before.
        let Some(path) = paths::join_above(&kustomization.folder, &item.scalar_text(), usize::MAX) else {
            continue;
        };
        resources
            .extend(documents(&scratch.files().join(path)).iter().map(|node| Resource::of(&node.to_value())));
    }
    for (generator, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for item in items(&kustomization.node, generator) {
            let name = field(item, "name").map(Node::scalar_text).unwrap_or_default();
            let version = "v1".to_owned();
            resources.push(Resource { name, version, kind: kind.to_owned(), ..Resource::default() });
        }
    }
}

/// The documents of a file; none of a folder, or of what only kustomize can read.
fn documents(file: &Path) -> Vec<Node> {
    fs::read_to_string(file).ok().and_then(|text| yaml::parse(&text, file).ok()).unwrap_or_default()
}

fn patches(kustomization: &Kustomization, resources: &[Resource], renamed: bool) -> Vec<Diagnostic> {
    let named = |key: &'static str, what: &'static str| {
        items(&kustomization.node, key).filter_map(move |item| Some((what, field(item, "target")?)))
    };
    let replaced =
        items(&kustomization.node, "replacements").flat_map(|replacement| items(replacement, "targets"));
    let replaced = replaced.filter_map(|target| Some(("replacement", field(target, "select")?)));
    let selectors = named("patches", "patch").chain(named("patchesJson6902", "patch")).chain(replaced);
    let unmatched = selectors
        .filter(|(_, selector)| !resources.iter().any(|resource| resource.matches(selector, renamed)));
    unmatched
        .map(|(what, selector)| {
            let message = format!("this {what} targets {}, which does not exist", selector.to_value());
            Diagnostic::new(message).at(selector.place(&kustomization.file))
        })
        .collect()
}

fn images(kustomizations: &[Kustomization], built: &[Document]) -> Vec<Diagnostic> {
    let entries =
        || kustomizations.iter().flat_map(|it| items(&it.node, "images").map(move |item| (it, item)));
    let text = |item: &Node, key: &str| field(item, key).map(Node::scalar_text);
    let unmatched = entries().filter(|(_, item)| {
        let Some(name) = text(item, "name") else { return false };
        let mut names = BTreeSet::from([text(item, "newName").unwrap_or(name)]);
        // An overlay may give another name to what its base has named already.
        for (_, other) in entries() {
            if let (Some(name), Some(new)) = (text(other, "name"), text(other, "newName"))
                && names.contains(&name)
            {
                names.insert(new);
            }
        }
        !built.iter().any(|document| has_image(&document.value, &names))
    });
    unmatched
        .map(|(kustomization, item)| {
            let name = text(item, "name").unwrap_or_default();
            let message = format!("this entry is for the image {name}, which no manifest uses");
            Diagnostic::new(message).at(item.place(&kustomization.file))
        })
        .collect()
}

fn has_image(value: &Value, names: &BTreeSet<String>) -> bool {
    let is_image = |text: &str, name: &String| {
        text.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']))
    };
    texts::texts(value).iter().any(|text| names.iter().any(|name| is_image(text, name)))
}

impl Resource {
    fn of(manifest: &Value) -> Resource {
        let text = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let api_version = text("/apiVersion").unwrap_or_default();
        let (group, version) = group_version(&api_version);
        Resource {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: text("/kind").unwrap_or_default(),
            name: text("/metadata/name").unwrap_or_default(),
            namespace: text("/metadata/namespace"),
        }
    }

    /// Selectors are regular expressions over the whole text. Where names get a prefix or suffix,
    /// the name that the selector sees may stand anywhere in the final one.
    fn matches(&self, selector: &Node, renamed: bool) -> bool {
        let matches = |key: &str, text: &str, anywhere: bool| {
            let Some(pattern) = field(selector, key).map(Node::scalar_text) else { return true };
            let pattern = if anywhere { pattern } else { format!("^(?:{pattern})$") };
            Regex::new(&pattern).map_or(true, |regex| regex.is_match(text))
        };
        matches("group", &self.group, false)
            && matches("version", &self.version, false)
            && matches("kind", &self.kind, false)
            && matches("name", &self.name, renamed)
            && self.namespace.as_ref().is_none_or(|namespace| matches("namespace", namespace, false))
    }
}
