//! Overlays: snippets that change single resources of one environment, whatever engine made them.
//!
//! A snippet is a YAML document of one of two shapes. A *partial resource* names its target by
//! `apiVersion`, `kind`, `metadata.name` and, if given, `metadata.namespace`; the rest is merged
//! into the target: [`strategic`] for kinds of Kubernetes itself, [`merge_patch`] for custom
//! resources. `$patch: delete` beside `kind` removes the target. A *JSON patch* names it by
//! `target: {kind, name, namespace, group, version}`, as Kustomize writes it, and lists the
//! operations under `patch` or `ops`: [`json_patch`].
//!
//! A snippet changes exactly one resource. One that finds none, or several, is an error: a patch
//! that silently stopped matching is how an environment loses its memory limits.

mod json_patch;
mod list_order;
mod merge_keys;
mod merge_patch;
mod patch_error;
mod selector;
mod snippet;
mod strategic;

use anyhow::Result;
use serde_json::Value;

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
        let index = target_of(snippet, items, &manifest)?;
        if snippet.removes_target() {
            items.remove(index);
        } else {
            snippet.patch(manifest(&mut items[index]))?;
        }
    }
    Ok(())
}

fn target_of<T>(
    snippet: &Snippet,
    items: &mut [T],
    manifest: impl Fn(&mut T) -> &mut Value,
) -> Result<usize> {
    let manifests: Vec<&Value> = items.iter_mut().map(|item| &*manifest(item)).collect();
    let found: Vec<usize> =
        (0..manifests.len()).filter(|index| snippet.target.matches(manifests[*index])).collect();
    match found[..] {
        [index] => Ok(index),
        [] => {
            let error =
                Diagnostic::new(format!("this overlay patches {}, which is not rendered", snippet.target));
            Err(error.at(snippet.origin.clone()).hint(snippet.target.near(&manifests)).into())
        }
        _ => {
            let error = Diagnostic::new(format!(
                "this overlay patches {}, of which there are {}",
                snippet.target,
                found.len()
            ));
            Err(error.at(snippet.origin.clone()).hint("name the namespace too").into())
        }
    }
}
