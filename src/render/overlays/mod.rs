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
    for snippet in snippets {
        let found = targets_of(snippet, items, &manifest)?;
        if snippet.removes_target() {
            found.into_iter().rev().for_each(|index| drop(items.remove(index)));
        } else {
            found.into_iter().try_for_each(|index| snippet.patch(manifest(&mut items[index])))?;
        }
    }
    Ok(())
}

fn targets_of<T>(
    snippet: &Snippet,
    items: &mut [T],
    manifest: impl Fn(&mut T) -> &mut Value,
) -> Result<Vec<usize>> {
    let manifests: Vec<&Value> = items.iter_mut().map(|item| &*manifest(item)).collect();
    let found: Vec<usize> =
        (0..manifests.len()).filter(|index| snippet.target.matches(manifests[*index])).collect();
    if found.is_empty() {
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
