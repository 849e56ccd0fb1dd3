//! The files of `validate.schemas`: definitions of custom resources in YAML or JSON, and JSON Schemas.
//!
//! A JSON Schema says what it is for in `x-kubernetes-group-version-kind`, or by its path, which is
//! `GROUP/KIND_VERSION.json` in the catalogues that people share.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;
use walkdir::WalkDir;

use crate::boundary::Boundary;
use crate::config::Pipeline;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::{self, RelativePath};

pub struct SchemaFile {
    pub of: Of,
    pub value: Value,
}

/// What a schema is for.
pub enum Of {
    /// Its own kinds.
    Definition,
    Kind {
        group: String,
        version: String,
        kind: String,
    },
}

const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

pub fn read(pipeline: &Pipeline, paths: &[RelativePath]) -> Result<Vec<SchemaFile>> {
    let boundary = Boundary::of(&pipeline.root);
    let mut schemas = Vec::new();
    for path in paths {
        let shown = pipeline.below_root(Path::new(&**path));
        boundary.check(Path::new(&**path)).map_err(|error| error.about(&shown))?;
        for file in files(&shown) {
            let relative = file.strip_prefix(&pipeline.root).unwrap_or(&file);
            let bytes = boundary.read(relative).map_err(|error| error.about(&file))?;
            let text = yaml::text(bytes, &file)?;
            for node in yaml::parse(&text, &file)? {
                schemas.push(schema(node.into_value(), &file)?);
            }
        }
    }
    Ok(schemas)
}

/// The files below a folder, by name; a file is the only one.
fn files(path: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(path).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| !entry.file_type().is_dir()).map(walkdir::DirEntry::into_path);
    let is_schema = |file: &PathBuf| {
        file == path || file.extension().is_some_and(|it| ENDINGS.iter().any(|ending| it == *ending))
    };
    files.filter(is_schema).collect()
}

fn schema(value: Value, file: &Path) -> Result<SchemaFile, Diagnostic> {
    if value["kind"] == "CustomResourceDefinition" {
        return Ok(SchemaFile { of: Of::Definition, value });
    }
    let of = value["x-kubernetes-group-version-kind"].as_array().and_then(|it| it.first());
    match of.and_then(annotated).or_else(|| by_path(file)) {
        Some(of) => Ok(SchemaFile { of, value }),
        None => Err(Diagnostic::new("this is neither a CustomResourceDefinition nor the schema of a kind")
            .at(Place::file(file))
            .hint(
                "a JSON Schema has `x-kubernetes-group-version-kind`, or is called `GROUP/KIND_VERSION.json`",
            )),
    }
}

fn annotated(of: &Value) -> Option<Of> {
    let text = |key: &str| of[key].as_str().map(str::to_owned);
    Some(Of::Kind { group: text("group")?, version: text("version")?, kind: text("kind")? })
}

fn by_path(file: &Path) -> Option<Of> {
    let group = file.parent()?.file_name()?.to_str()?;
    let (kind, version) = file.file_stem()?.to_str()?.rsplit_once('_')?;
    Some(Of::Kind { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() })
}
