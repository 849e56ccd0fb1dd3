//! Which file of the base belongs to which file of the rendering: by path, and where the path is
//! another one, by the resource's identity. A file that moved is not a resource that is deleted.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use git2::Oid;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::edited;
use super::resource::Resource;
use crate::git::Repository;
use crate::gitops::Deployment;
use crate::render::Rendering;
use crate::vocabulary::text::hex;
use crate::yaml;

/// One resource on both sides.
pub struct Pair {
    pub before: Option<Side>,
    pub after: Option<Side>,
}

/// A file on one side.
#[derive(Debug, Clone)]
pub struct Side {
    pub path: String,
    pub text: String,
    /// The content, when it is a YAML document.
    pub value: Option<Value>,
}

impl Side {
    fn new(path: &str, content: Vec<u8>) -> Self {
        let text = String::from_utf8(content).unwrap_or_else(|error| about(error.as_bytes()));
        let documents = yaml::parse(&text, Path::new(path)).unwrap_or_default();
        let value = match documents.as_slice() {
            [document] => Some(document.to_value()),
            _ => None,
        };
        Self { path: path.to_owned(), text, value }
    }

    /// A side for each resource of a file that may hold several.
    fn each(path: &str, content: Vec<u8>) -> Vec<Self> {
        let whole = Self::new(path, content);
        let documents = yaml::parse(&whole.text, Path::new(path)).unwrap_or_default();
        let several = documents.len() > 1;
        let side = |document: &yaml::Node| {
            let value = document.to_value();
            Some(Self { path: path.to_owned(), text: yaml::write(&value).ok()?, value: Some(value) })
        };
        let sides: Option<Vec<Self>> = documents.iter().filter(|_| several).map(side).collect();
        match sides {
            Some(sides) if several && sides.iter().all(|side| side.identity().is_some()) => sides,
            _ => vec![whole],
        }
    }

    pub fn name(&self) -> String {
        let resource = self.resource().filter(|_| self.identity().is_some());
        resource.map_or_else(|| self.path.clone(), Resource::label)
    }

    pub fn resource(&self) -> Option<Resource<'_>> {
        Resource::of(self.value.as_ref()?)
    }

    /// API group, kind, namespace, name. The version of the API is no part of it.
    fn identity(&self) -> Option<(String, String, String, String)> {
        let value = self.value.as_ref()?;
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
        let group = text("/apiVersion")?.rsplit_once('/').map_or("", |(group, _)| group);
        let namespace = text("/metadata/namespace").unwrap_or_default();
        let (kind, name) = (text("/kind")?, text("/metadata/name")?);
        Some((group.to_owned(), kind.to_owned(), namespace.to_owned(), name.to_owned()))
    }
}

/// What can be shown of a file that is no text. This is YAML, so that it passes for what it is: a
/// document without secrets.
fn about(content: &[u8]) -> String {
    let digest = hex(&Sha256::digest(content));
    format!("binary: {} bytes\ndigest: sha256:{digest}\n", content.len())
}

/// The files on both sides.
pub struct Compared {
    /// Those that are different.
    pub pairs: Vec<Pair>,
    /// The others.
    pub same: Vec<Side>,
}

/// Compares the files of the base with those of the rendering.
pub fn compare(
    repository: &Repository,
    base: Oid,
    deployed: Option<&Deployment>,
    rendering: &Rendering,
) -> Result<Compared> {
    let mut before = before(repository, base, deployed, rendering)?;
    let (mut pairs, mut same) = (Vec::new(), Vec::new());
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for file in rendering.files.iter().filter(|file| is_resource(&file.path, deployed, rendering)) {
        match before.remove(&file.path) {
            Some(content) if content == file.content => same.push((&file.path, content)),
            Some(content) => {
                let before = Side::each(&file.path, content);
                let after = Side::each(&file.path, file.content.clone());
                match (&before[..], &after[..]) {
                    ([before], [after]) => {
                        pairs.push(Pair { before: Some(before.clone()), after: Some(after.clone()) });
                    }
                    _ => {
                        removed.extend(before);
                        added.extend(after);
                    }
                }
            }
            None => added.extend(Side::each(&file.path, file.content.clone())),
        }
    }
    removed.extend(before.into_iter().flat_map(|(path, content)| Side::each(&path, content)));
    let is_same = |pair: &Pair| match (&pair.before, &pair.after) {
        (Some(before), Some(after)) => before.path == after.path && before.text == after.text,
        _ => false,
    };
    let (unchanged, changed): (Vec<_>, Vec<_>) = moved(removed, added).into_iter().partition(is_same);
    pairs.extend(changed);
    for edited::Edited { before, after } in edited::files(repository, base, rendering)? {
        let before = before.map(String::into_bytes);
        if before.as_ref() != Some(&after.content) {
            pairs.push(Pair {
                before: before.map(|before| Side::new(&after.path, before)),
                after: Some(Side::new(&after.path, after.content)),
            });
        }
    }
    // Where nothing changes, nobody asks for what stays.
    let same = same.into_iter().filter(|_| !pairs.is_empty());
    let same = same.flat_map(|(path, content)| Side::each(path, content));
    let same = same.chain(unchanged.into_iter().filter_map(|pair| pair.after)).collect();
    Ok(Compared { pairs, same })
}

/// The files at `base` that are the application's, or where the rendering puts one.
fn before(
    repository: &Repository,
    base: Oid,
    deployed: Option<&Deployment>,
    rendering: &Rendering,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let owned = deployed.into_iter().flat_map(|deployed| &deployed.files);
    let rendered = rendering.files.iter().map(|file| &file.path);
    let mut files = BTreeMap::new();
    for path in owned.chain(rendered).filter(|path| is_resource(path, deployed, rendering)) {
        if let Some(content) = repository.read_file(base, path)? {
            files.insert(path.clone(), content);
        }
    }
    Ok(files)
}

/// Neither the descriptor nor what the resources are made from.
fn is_resource(path: &str, deployed: Option<&Deployment>, rendering: &Rendering) -> bool {
    path != rendering.descriptor
        && !rendering.high_level.contains(path)
        && !deployed.is_some_and(|deployed| deployed.high_level.contains(path))
}

fn moved(removed: Vec<Side>, added: Vec<Side>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut removed: Vec<Option<Side>> = removed.into_iter().map(Some).collect();
    for after in added {
        let same = |before: &&mut Option<Side>| {
            let identity = before.as_ref().and_then(Side::identity);
            identity.is_some() && identity == after.identity()
        };
        let before = removed.iter_mut().find(same).and_then(Option::take);
        pairs.push(Pair { before, after: Some(after) });
    }
    pairs.extend(removed.into_iter().flatten().map(|before| Pair { before: Some(before), after: None }));
    pairs
}
