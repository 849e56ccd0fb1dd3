//! Patches, images and replacements of a kustomization that match nothing.
//!
//! Kustomize passes over them in silence, and so a misspelt image name ships yesterday's image.
//! What a selector sees lies between the files and the result, so it counts as matched when either
//! has something for it: a warning here is never wrong, though a rare one may be missing.

use std::collections::{HashMap, HashSet};
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
    let is_renamed =
        kustomizations.iter().any(|it| renamed.iter().any(|name| field(&it.node, name).is_some()));
    let resources = Resources::of(resources, is_renamed);
    let patches = kustomizations.iter().flat_map(|it| patches(it, &resources));
    patches.chain(images(kustomizations, built)).collect()
}

/// The resources as they are before anything is done to them.
fn add_originals(kustomization: &Kustomization, scratch: &Scratch, resources: &mut Vec<Resource>) {
    for item in items(&kustomization.node, "resources") {
        // What leads out of the copy was refused before.
        let Some(path) = paths::join_above(&kustomization.folder, &item.scalar_text(), usize::MAX) else {
            continue;
        };
        resources.extend(
            documents(&scratch.files().join(path)).into_iter().map(|node| Resource::of(&node.into_value())),
        );
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

fn patches(kustomization: &Kustomization, resources: &Resources) -> Vec<Diagnostic> {
    let named = |key: &'static str, what: &'static str| {
        items(&kustomization.node, key).filter_map(move |item| Some((what, field(item, "target")?)))
    };
    let replaced =
        items(&kustomization.node, "replacements").flat_map(|replacement| items(replacement, "targets"));
    let replaced = replaced.filter_map(|target| Some(("replacement", field(target, "select")?)));
    let selectors = named("patches", "patch").chain(named("patchesJson6902", "patch")).chain(replaced);
    let unmatched = selectors.filter(|(_, selector)| !resources.have(selector));
    unmatched
        .map(|(what, selector)| {
            let message = format!("this {what} targets {}, which does not exist", selector.to_value());
            Diagnostic::new(message).at(selector.place(&kustomization.file))
        })
        .collect()
}

fn images(kustomizations: &[Kustomization], built: &[Document]) -> Vec<Diagnostic> {
    let entries: Vec<_> =
        kustomizations.iter().flat_map(|it| items(&it.node, "images").map(move |item| (it, item))).collect();
    if entries.is_empty() {
        return Vec::new();
    }
    let text = |item: &Node, key: &str| field(item, key).map(Node::scalar_text);
    let mut renamed: HashMap<String, Vec<String>> = HashMap::new();
    for (_, item) in &entries {
        if let (Some(name), Some(new)) = (text(item, "name"), text(item, "newName")) {
            renamed.entry(name).or_default().push(new);
        }
    }
    let texts: HashSet<&str> = built.iter().flat_map(|it| texts::texts(&it.value)).flat_map(names).collect();
    let unmatched = entries.into_iter().filter_map(|(kustomization, item)| {
        let name = text(item, "name")?;
        // An overlay may give another name to what its base has named already.
        let (mut seen, mut open) = (HashSet::new(), vec![text(item, "newName").unwrap_or(name.clone())]);
        while let Some(name) = open.pop() {
            if texts.contains(name.as_str()) {
                return None;
            }
            let next = renamed.get(&name).filter(|_| seen.insert(name)).into_iter().flatten();
            open.extend(next.cloned());
        }
        let message = format!("this entry is for the image {name}, which no manifest uses");
        Some(Diagnostic::new(message).at(item.place(&kustomization.file)))
    });
    unmatched.collect()
}

/// What the image in a text may be called: all of it, or what stands before a tag or a digest.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices([':', '@']).map(|(at, _)| &text[..at]).chain([text])
}

/// All resources, by what most selectors name.
struct Resources {
    all: Vec<Resource>,
    named: HashMap<String, Vec<usize>>,
    /// Whether names get a prefix or suffix.
    are_renamed: bool,
}

impl Resources {
    fn of(all: Vec<Resource>, are_renamed: bool) -> Self {
        let mut named: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, resource) in all.iter().enumerate() {
            named.entry(resource.name.clone()).or_default().push(index);
        }
        Self { all, named, are_renamed }
    }

    /// Whether a selector is for one of them. Selectors are regular expressions over the whole text. Where
    /// names get a prefix or suffix, the name that the selector sees may stand anywhere in the final one.
    fn have(&self, selector: &Node) -> bool {
        let pattern = |key: &str| field(selector, key).map(Node::scalar_text);
        let regex = |key: &str| {
            let pattern = pattern(key)?;
            let is_part = key == "name" && self.are_renamed;
            Regex::new(&if is_part { pattern } else { format!("^(?:{pattern})$") }).ok()
        };
        let [group, version, kind, name, namespace] =
            ["group", "version", "kind", "name", "namespace"].map(regex);
        let fits =
            |regex: &Option<Regex>, text: &str| regex.as_ref().is_none_or(|regex| regex.is_match(text));
        let matches = |resource: &Resource| {
            fits(&name, &resource.name)
                && fits(&kind, &resource.kind)
                && fits(&group, &resource.group)
                && fits(&version, &resource.version)
                && resource.namespace.as_ref().is_none_or(|text| fits(&namespace, text))
        };
        let plain = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        match pattern("name").filter(|name| plain(name) && !self.are_renamed) {
            Some(name) => self.named.get(&name).into_iter().flatten().any(|index| matches(&self.all[*index])),
            None => self.all.iter().any(matches),
        }
    }
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
}
