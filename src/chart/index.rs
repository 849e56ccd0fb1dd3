//! `index.yaml` of a chart repository: which versions of which charts it has.

use std::cmp::Ordering;
use std::path::Path;

use anyhow::{Result, anyhow};
use serde_json::{Map, Value, json};

use super::Package;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml;

/// The index with the package's entry. `index` is the text that is there, `file` its name for
/// errors. The entry has no `created`, which Helm does not need: it would be another one on every
/// run.
///
/// A version that is there already with the same content stays as it is; with another content it
/// is an error, because what a version means must not change.
pub fn add_to_index(index: Option<&str>, package: &Package, file: &Path) -> Result<String> {
    let mut index = match index {
        Some(text) => read(text, file)?,
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

fn read(text: &str, file: &Path) -> Result<Map<String, Value>> {
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
    let version = |entry: &Value| entry["version"].as_str().unwrap_or_default().to_owned();
    let (a, b) = (version(a), version(b));
    let (a_core, a_pre) = parts(&a);
    let (b_core, b_pre) = parts(&b);
    let pre = match (a_pre, b_pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => a.split('.').map(identifier).cmp(b.split('.').map(identifier)),
    };
    a_core.cmp(&b_core).then(pre)
}

/// The numbers, missing ones as 0, and what stands behind `-`.
fn parts(version: &str) -> ([u64; 3], Option<&str>) {
    let version = version.strip_prefix('v').unwrap_or(version).split('+').next().unwrap_or_default();
    let (core, pre) = match version.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (version, None),
    };
    let mut numbers = core.split('.').map(|number| number.parse().unwrap_or(0));
    ([(); 3].map(|()| numbers.next().unwrap_or(0)), pre)
}

/// Numbers come before texts, and are compared as numbers.
fn identifier(text: &str) -> (bool, u64, &str) {
    match text.parse() {
        Ok(number) => (false, number, ""),
        Err(_) => (true, 0, text),
    }
}

fn taken(package: &Package, file: &Path) -> anyhow::Error {
    let message =
        format!("{} {} is in this repository already, with another content", package.name, package.version);
    let error = Diagnostic::refused(message).at(Place::file(file));
    error.hint("release the changed chart under a new version").into()
}

fn malformed(why: &str, file: &Path) -> anyhow::Error {
    anyhow!(
        Diagnostic::new(format!("this is not the index of a chart repository: {why}")).at(Place::file(file))
    )
}
