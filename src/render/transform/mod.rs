//! Transform: changes of all manifests of a target, whatever engine made them, as Kustomize has them.
//!
//! - [`rename`]: a prefix or suffix of every name, or a hash of the content behind the names of
//!   ConfigMaps and Secrets ([`content_hash`]); what refers to them follows ([`references`])
//! - [`namespace`]: the namespace of everything that belongs to one
//! - labels and annotations

mod content_hash;
mod metadata;
mod namespace;
mod references;
mod rename;

use anyhow::Result;

use super::manifest::Document;
use super::template::expressions;
use super::template::names::Names;
use crate::config::Transform;
use crate::vocabulary::Warning;
use crate::yaml::{At, Entries};

/// Changes the documents. What could not be changed with them is among the warnings.
pub fn apply(
    documents: &mut [Document],
    transform: &Transform,
    names: &Names,
    warnings: &mut Vec<Warning>,
) -> Result<()> {
    let text =
        |written: &Option<At<String>>| written.as_ref().map(|written| evaluate(written, names)).transpose();
    let (prefix, suffix) = (text(&transform.name_prefix)?, text(&transform.name_suffix)?);
    if prefix.is_some() || suffix.is_some() {
        let (prefix, suffix) = (prefix.unwrap_or_default(), suffix.unwrap_or_default());
        rename::all(documents, &prefix, &suffix, warnings);
    }
    if let Some(namespace) = text(&transform.namespace)? {
        namespace::set(documents, &namespace);
    }
    for (key, entries) in [("labels", &transform.labels), ("annotations", &transform.annotations)] {
        let Some(Entries(entries)) = entries else { continue };
        for (name, written) in entries {
            let value = evaluate(written, names)?;
            documents.iter_mut().for_each(|it| metadata::set(&mut it.value, key, name, &value));
        }
    }
    if transform.suffix_config == Some(true) {
        rename::config(documents, warnings);
    }
    Ok(())
}

fn evaluate(written: &At<String>, names: &Names) -> Result<String> {
    expressions::evaluate_text(written, &written.place, names)
}
