//! New names for resources, and for what refers to them.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::metadata::{DEFAULT_NAMESPACE, identity};
use super::{content_hash, references};
use crate::render::manifest::Document;
use crate::render::scope::Scopes;
use crate::vocabulary::{Diagnostic, Warning, WarningId};

/// Kinds whose names mean something else than a name.
const FIXED: [&str; 3] = ["Namespace", "CustomResourceDefinition", "APIService"];
const CONFIG: [&str; 2] = ["ConfigMap", "Secret"];
/// The annotation that says `"false"` on a resource that keeps its name.
const KEEPS_NAME: &str = "towline.dev/rename";

fn may_be_renamed(manifest: &Value) -> bool {
    let (kind, _, name) = identity(manifest);
    !FIXED.contains(&kind) && !name.is_empty() && manifest["metadata"]["annotations"][KEEPS_NAME] != "false"
}

/// Resources that get other names, by kind and old name.
#[derive(Default)]
struct Renamed(HashMap<(String, String), Vec<NewName>>);

#[derive(Debug, Clone)]
struct NewName {
    /// Of the resource. `None`: it belongs to the whole cluster.
    namespace: Option<String>,
    name: String,
}

impl Renamed {
    /// The resources of which `new_name` gives a name.
    fn of(documents: &[Document], new_name: impl Fn(&Value) -> Option<String>) -> Self {
        let manifests = || documents.iter().map(|document| &document.value);
        let scopes = Scopes::of(manifests());
        let mut all = Self::default();
        for manifest in manifests().filter(|it| may_be_renamed(it)) {
            let Some(new) = new_name(manifest) else { continue };
            let (kind, namespace, name) = identity(manifest);
            let namespace = namespace.unwrap_or(DEFAULT_NAMESPACE).to_owned();
            let namespace = scopes.is_namespaced(manifest).then_some(namespace);
            let same = all.0.entry((kind.to_owned(), name.to_owned())).or_default();
            same.push(NewName { namespace, name: new });
        }
        all
    }

    /// The new name of what is meant by a reference from a namespace. A resource of the whole cluster is
    /// meant from anywhere.
    fn new_name(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<&str> {
        let same = self.0.get(&(kind.to_owned(), name.to_owned()))?;
        let namespace = namespace.unwrap_or(DEFAULT_NAMESPACE);
        let is_meant = |new: &&NewName| new.namespace.as_ref().is_none_or(|its| its == namespace);
        same.iter().find(is_meant).map(|new| new.name.as_str())
    }

    /// Renames the resources and everything that refers to them.
    fn apply(&self, documents: &mut [Document]) {
        for document in documents {
            let (kind, namespace, name) = identity(&document.value);
            let new = self.new_name(kind, namespace, name).map(str::to_owned);
            let namespace = namespace.map(str::to_owned);
            references::visit(&mut document.value, &mut |reference| {
                let from = reference.namespace.or(namespace.as_deref());
                if let Some(new) = self.new_name(reference.kind, from, reference.name) {
                    new.clone_into(reference.name);
                }
            });
            if let Some(new) = new {
                document.value["metadata"]["name"] = new.into();
            }
        }
    }
}

/// Puts a prefix and a suffix around every name.
pub fn all(documents: &mut [Document], prefix: &str, suffix: &str, warnings: &mut Vec<Warning>) {
    let renamed = Renamed::of(documents, |it| Some(format!("{prefix}{}{suffix}", identity(it).2)));
    renamed.apply(documents);
    warn_of_leftovers(documents, &renamed, warnings);
}

/// Puts a hash of their content behind the names of the ConfigMaps and Secrets that something refers to.
/// What nothing refers to keeps its name: whoever looks for it, looks for that.
pub fn config(documents: &mut [Document], warnings: &mut Vec<Warning>) {
    let hashed = Renamed::of(documents, |it| {
        let (kind, _, name) = identity(it);
        CONFIG.contains(&kind).then(|| format!("{name}-{}", content_hash::of(it)))
    });
    let mut used = Renamed::default();
    for document in documents.iter_mut() {
        let namespace = identity(&document.value).1.map(str::to_owned);
        references::visit(&mut document.value, &mut |reference| {
            let from = reference.namespace.or(namespace.as_deref());
            if hashed.new_name(reference.kind, from, reference.name).is_some() {
                let key = (reference.kind.to_owned(), reference.name.clone());
                used.0.insert(key.clone(), hashed.0[&key].clone());
            }
        });
    }
    used.apply(documents);
    warn_of_leftovers(documents, &used, warnings);
}

/// Tells of texts that seem to mean a resource by its old name.
fn warn_of_leftovers(documents: &[Document], renamed: &Renamed, warnings: &mut Vec<Warning>) {
    // By the word that each begins with: a text has few words, and there may be thousands of names.
    let mut config: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    for (kind, old) in renamed.0.keys().filter(|(kind, _)| CONFIG.contains(&kind.as_str())) {
        let word = words(old).next().unwrap_or_default();
        config.entry(word).or_default().push((kind, old));
    }
    for document in documents.iter().filter(|_| !config.is_empty()) {
        let mut leftovers = Vec::new();
        texts(&document.value, &mut Vec::new(), &mut |path, text| {
            let found: BTreeSet<_> = words(text).filter_map(|word| config.get(word)).flatten().collect();
            for (kind, old) in found {
                if has_word(text, old) && is_about(kind, path, text) {
                    leftovers.push((path.join("."), *kind, *old));
                }
            }
        });
        leftovers.sort_unstable();
        for (path, kind, old) in leftovers {
            let (its_kind, _, its_name) = identity(&document.value);
            let message = format!(
                "`{path}` of {its_kind} {its_name} seems to mean the {kind} {old}, which has another name now; it is \
                 not known as a reference, so it stays"
            );
            let hint = format!("if it does, give the {kind} the annotation `{KEEPS_NAME}: \"false\"`");
            let diagnostic = Diagnostic::new(message).at(document.origin.clone()).hint(hint);
            warnings.push(Warning::new(WarningId::ReferenceNotRenamed, diagnostic));
        }
    }
}

/// Every text below the metadata, with its path.
fn texts<'v>(value: &'v Value, path: &mut Vec<&'v str>, found: &mut dyn FnMut(&[&str], &str)) {
    match value {
        Value::String(text) => found(path, text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, path, found)),
        Value::Object(map) => {
            for (key, value) in map {
                let is_own_name = matches!((&path[..], key.as_str()), (["metadata"], "name" | "labels"));
                if !is_own_name {
                    path.push(key);
                    texts(value, path, found);
                    path.pop();
                }
            }
        }
        _ => {}
    }
}

/// Whether a field, or what stands in it, speaks of ConfigMaps or Secrets.
fn is_about(kind: &str, path: &[&str], text: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    let near =
        path.iter().rev().take(2).any(|key| key.to_ascii_lowercase().replace(['-', '_'], "").contains(&kind));
    near || text.to_ascii_lowercase().contains(&kind)
}

/// Whether a text has a name in it that is not part of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part))
}

/// The pieces of a text that could be names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_part(c)).filter(|word| !word.is_empty())
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')
}
