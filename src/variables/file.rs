//! `file:` and `--vars`: YAML, JSON and `.env`.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use super::merge::Tree;
use super::source::{Scope, Source};
use super::{dotenv, encrypted};
use crate::boundary::{self, Boundary, Unreadable};
use crate::bounds;
use crate::vocabulary::{Diagnostic, Place, paths};
use crate::yaml::{self, Kind, written_as};

/// YAML, JSON or `.env`, below the pipeline file's folder. `{{ environment }}` and `{{ target }}` in
/// the path are filled in when it is read.
#[derive(Debug, Clone)]
pub struct FileSource(pub String);

written_as!(FileSource = String);

impl TryFrom<String> for FileSource {
    type Error = Diagnostic;

    fn try_from(path: String) -> Result<Self, Diagnostic> {
        paths::expand(&path, &[("environment", ""), ("target", "")])?;
        paths::relative(&path).map(Self)
    }
}

impl Source for FileSource {
    fn path(&self) -> Option<&str> {
        Some(&self.0)
    }

    fn read_variables(&self, scope: &Scope, place: &Place) -> Result<Vec<(String, Tree)>> {
        let names: paths::Names = &[("environment", scope.environment), ("target", scope.target)];
        let path = paths::expand(&self.0, names).map_err(|refused| refused.at(place.clone()))?;
        let read = Boundary::of(scope.root).read(path.as_ref());
        parse(read, &paths::below(scope.root, path.as_ref()), Some(place), &scope.inputs.process)
    }
}

/// Reads a file that the command line names.
pub fn load(path: &Path, process: Process) -> Result<Vec<(String, Tree)>> {
    parse(boundary::read(path), path, None, process)
}

/// The variables of a file, which is decrypted if it is encrypted with SOPS. `declared` is where the
/// pipeline file names it, if it does; `process` is the process environment.
fn parse(
    read: Result<Vec<u8>, Unreadable>,
    path: &Path,
    declared: Option<&Place>,
    process: Process,
) -> Result<Vec<(String, Tree)>> {
    let refused = |message: String, hint: &str| {
        anyhow::Error::from(Diagnostic { place: declared.cloned(), ..Diagnostic::new(message).hint(hint) })
    };
    let format = format(path).ok_or_else(|| {
        let message = format!("`{}` is not in a format that variables can be read from", path.display());
        refused(message, "name it `….yaml`, `….yml`, `….json` or `….env`")
    })?;
    let bytes = read.map_err(|error| match error {
        Unreadable::Io(error) => {
            let message = format!("the variables file `{}` cannot be read: {error}", path.display());
            refused(
                message,
                "relative paths start at the folder of the pipeline file, paths of `--vars` at the current folder",
            )
        }
        other => other.about(path).into(),
    })?;
    let place = Arc::new(Place::file(path));
    bounds::within(bounds::TIME, &place, || entries(format, bytes, path, process))
}

/// The variables of a file that nobody has encrypted.
pub fn parse_bytes(bytes: Vec<u8>, path: &Path, process: Process) -> Result<Vec<(String, Tree)>> {
    let format = format(path).unwrap_or(Format::Yaml);
    format.entries(&yaml::text(bytes, path)?, path, process)
}

fn entries(format: Format, bytes: Vec<u8>, path: &Path, process: Process) -> Result<Vec<(String, Tree)>> {
    encrypted::refuse_unreadable(&bytes, path)?;
    let text = yaml::text(bytes, path)?;
    if !encrypted::is_sops(&text) {
        return format.entries(&text, path, process);
    }
    let text = encrypted::decrypt(text.as_bytes(), format.sops_type(), path, process)?;
    let mut entries = format.entries(&text, path, process)?;
    entries.iter_mut().for_each(|(_, tree)| tree.mark_secret());
    Ok(entries)
}

type Process<'a> = &'a [(String, String)];

/// JSON is read as the YAML that it is, which keeps the positions.
enum Format {
    Yaml,
    Json,
    DotEnv,
}

impl Format {
    /// What `sops` calls it.
    fn sops_type(&self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
            Self::DotEnv => "dotenv",
        }
    }

    fn entries(&self, text: &str, path: &Path, process: Process) -> Result<Vec<(String, Tree)>> {
        match self {
            Self::Yaml | Self::Json => yaml_entries(text, path),
            Self::DotEnv => dotenv::parse(text, path, process),
        }
    }
}

fn format(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?;
    let ends = |ending: &str| name.to_ascii_lowercase().ends_with(ending);
    if name.starts_with(".env") || ends(".env") {
        return Some(Format::DotEnv);
    }
    if ends(".json") {
        return Some(Format::Json);
    }
    [".yaml", ".yml"].into_iter().any(ends).then_some(Format::Yaml)
}

fn yaml_entries(text: &str, path: &Path) -> Result<Vec<(String, Tree)>> {
    let mut documents = yaml::parse_named(text, path)?;
    if let Some(second) = documents.get(1) {
        let message = "a variables file must have one document, and a second one starts here";
        return Err(Diagnostic::new(message).at(second.place(path)).into());
    }
    match documents.pop() {
        None => Ok(Vec::new()),
        Some(document) => match document.kind {
            Kind::Null => Ok(Vec::new()),
            Kind::Mapping(_) => Ok(Tree::entries(document, path)),
            _ => {
                let message = "a variables file must be a map from names to values";
                Err(Diagnostic::new(message).at(document.place(path)).into())
            }
        },
    }
}
