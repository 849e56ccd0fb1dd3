//! Reading files of the folder. One that cannot be read, or is not YAML, says nothing.

use std::fs;
use std::path::Path;

use serde_json::Value;
use walkdir::WalkDir;

use crate::yaml;

pub fn text(root: &Path, path: &str) -> String {
    fs::read(root.join(path)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

pub fn documents(root: &Path, path: &str) -> Vec<Value> {
    let nodes = yaml::parse_leniently(&text(root, path), Path::new(path)).unwrap_or_default();
    nodes.iter().map(yaml::Node::to_value).collect()
}

/// The files at a path and below it, relative to the folder of the pipeline file, sorted.
pub fn below(root: &Path, path: &str) -> Vec<String> {
    let start = if path == "." { root.to_owned() } else { root.join(path) };
    let entries = WalkDir::new(&start).sort_by_file_name().into_iter();
    let is_hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    let visible = entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name()));
    let files = visible.flatten().filter(|entry| entry.file_type().is_file());
    let paths = files.filter_map(|entry| Some(entry.path().strip_prefix(root).ok()?.to_str()?.to_owned()));
    paths.collect()
}
