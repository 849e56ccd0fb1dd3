//! `index.yaml` of a chart repository: which versions of which charts it has.

use std::cmp::Ordering;
use std::path::Path;

use anyhow::{Result, anyhow};
use serde_json::{Map, Value, json};

use super::package::Package;
use crate::vocabulary::{Diagnostic, Place, version};
use crate::yaml;

/// The index with the package's entry. `index` is the text that is there, `file` its name for
/// errors. The entry has no `created`, which Helm does not need: it would be another one on every
/// run.
///
/// A version that is there already with the same content stays as it is; with another content it
/// is an error, because what a version means must not change.
pub fn add_to_index(index: Option<&str>, package: &Package, file: &Path) -> Result<String> {
    let mut index = match index {
        Some(text) => parse(text, file)?,
        None => Map::from_iter([("apiVersion".to_owned(), json!("v1")), ("entries".to_owned(), json!({}))]),
    };
    let entries = index.entry("entries").or_insert_with(|| json!({}));
    if entries.is_null() {
        *entries = json!({});
    }
    let charts = entries.as_object_mut().ok_or_else(|| malformed("`entries` is not a map", file))?;
    let versions = charts.entry(package.name.clone()).or_insert_with(|| json!([]));
    let versions = versions.as_array_mut().ok_or_else(|| malformed("a chart's entry is not a list", file))?;
    match versions.iter().find(|entry| entry["version"] == package.version.as_str()) {
        Some(there) if there["digest"] == package.digest().as_str() => {}
        Some(_) => return Err(taken(package, file)),
        None => versions.push(entry(package)),
    }
    versions.sort_by(|a, b| by_version(b, a));
    charts.sort_keys();
    yaml::write(&Value::Object(index))
}

fn parse(text: &str, file: &Path) -> Result<Map<String, Value>> {
    match yaml::parse(text, file)?.as_slice() {
        [document] => match document.to_value() {
            Value::Object(index) => Ok(index),
            _ => Err(malformed("it is not a map", file)),
        },
        _ => Err(malformed("it is not one YAML document", file)),
    }
}

/// As `helm repo index` writes it: the chart's metadata, digest and file, keys sorted.
fn entry(package: &Package) -> Value {
    let mut entry = package.metadata.as_object().cloned().unwrap_or_default();
    entry.insert("digest".to_owned(), json!(package.digest()));
    entry.insert("urls".to_owned(), json!([package.file_name()]));
    entry.sort_keys();
    Value::Object(entry)
}

/// The order of two entries' versions, as semantic versions are ordered.
fn by_version(a: &Value, b: &Value) -> Ordering {
    let version = |entry: &Value| entry["version"].as_str().and_then(version::parse);
    match (version(a), version(b)) {
        (Some(a), Some(b)) => a.cmp_precedence(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn taken(package: &Package, file: &Path) -> anyhow::Error {
    let message =
        format!("{} {} is already in this repository with different content", package.name, package.version);
    let error = Diagnostic::refused(message).at(Place::file(file));
    error.hint("release the changed chart under a new version").into()
}

fn malformed(why: &str, file: &Path) -> anyhow::Error {
    anyhow!(
        Diagnostic::new(format!("this is not the index of a chart repository: {why}")).at(Place::file(file))
    )
}
