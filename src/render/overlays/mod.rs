//! Overlays: snippets that change single resources of one environment, whatever engine made them.
//!
//! A snippet is a YAML document of one of two shapes. A *partial resource* names its target by
//! `apiVersion`, `kind`, `metadata.name` and, if given, `metadata.namespace`; the rest is merged
//! into the target: [`strategic`]. `$patch: delete` beside `kind` removes the target. A document with
//! `target`, as Kustomize writes it, has its operations under `patch` or `ops` ([`json_patch`]), or fields
//! to merge. Where the pipeline file says with `to` what a file is for, its documents are patches alone.
//!
//! A snippet that names one resource changes exactly that. One that finds none is an error: a patch that
//! silently stopped matching is how an environment loses its memory limits.

mod json_patch;
mod labels;
mod list_keys;
mod list_order;
mod patch_error;
mod selector;
mod snippet;
mod strategic;

use std::collections::HashMap;

use anyhow::Result;
use serde_json::Value;

pub use selector::Selector;
pub use snippet::Snippet;

use crate::vocabulary::Diagnostic;

/// Applies `snippets`, in order, to the items whose manifest they name. `manifest` says where an
/// item keeps it.
pub fn apply<T>(
    items: &mut Vec<T>,
    manifest: impl Fn(&mut T) -> &mut Value,
    snippets: &[Snippet],
) -> Result<()> {
    if snippets.is_empty() {
        return Ok(());
    }
    let mut index = Index::of(items.iter_mut().map(|item| &*manifest(item)));
    for snippet in snippets {
        let found = targets_of(snippet, items, &manifest, &index)?;
        for at in found {
            match snippet.removes_target() {
                true => index.removed[at] = true,
                false => {
                    let manifest = manifest(&mut items[at]);
                    let before = selector::name(manifest).to_owned();
                    snippet.patch(manifest)?;
                    index.rename(at, &before, selector::name(manifest));
                }
            }
        }
    }
    let mut removed = index.removed.into_iter();
    items.retain(|_| removed.next() != Some(true));
    Ok(())
}

/// Where the items of each name are: most overlays name one of thousands.
struct Index {
    named: HashMap<String, Vec<usize>>,
    removed: Vec<bool>,
}

impl Index {
    fn of<'v>(manifests: impl Iterator<Item = &'v Value>) -> Self {
        let mut index = Self { named: HashMap::new(), removed: Vec::new() };
        for manifest in manifests {
            index.named.entry(selector::name(manifest).to_owned()).or_default().push(index.removed.len());
            index.removed.push(false);
        }
        index
    }

    fn rename(&mut self, at: usize, before: &str, after: &str) {
        if before == after {
            return;
        }
        self.named.entry(before.to_owned()).or_default().retain(|other| *other != at);
        let same = self.named.entry(after.to_owned()).or_default();
        same.push(at);
        same.sort_unstable();
    }

    /// The items that a snippet may be for.
    fn candidates(&self, target: &Selector) -> Vec<usize> {
        let candidates = match target.exact_name() {
            Some(name) => self.named.get(name).cloned().unwrap_or_default(),
            None => (0..self.removed.len()).collect(),
        };
        candidates.into_iter().filter(|at| !self.removed[*at]).collect()
    }
}

fn targets_of<T>(
    snippet: &Snippet,
    items: &mut [T],
    manifest: impl Fn(&mut T) -> &mut Value,
    index: &Index,
) -> Result<Vec<usize>> {
    let mut found = index.candidates(&snippet.target);
    found.retain(|at| snippet.target.matches(manifest(&mut items[*at])));
    if found.is_empty() {
        let there = items.iter_mut().zip(&index.removed).filter(|(_, removed)| !**removed);
        let manifests: Vec<&Value> = there.map(|(item, _)| &*manifest(item)).collect();
        let error =
            Diagnostic::new(format!("this overlay patches {}, which is not rendered", snippet.target));
        return Err(error.at(snippet.origin.clone()).hint(snippet.target.near(&manifests)).into());
    }
    if found.len() > 1 && snippet.target.names_one() {
        let error = Diagnostic::new(format!(
            "this overlay patches {}, of which there are {}",
            snippet.target,
            found.len()
        ));
        return Err(error.at(snippet.origin.clone()).hint("name the namespace too").into());
    }
    Ok(found)
}
