//! Init: a first pipeline file, from what is in its folder.
//!
//! Nothing is guessed that the file does not say with a comment: it is there to be changed. What
//! it says loads, so that the next command can be `towline render`.
//!
//! - [`find`]: templates, environments and images in the folder
//! - `chart_images`: images in the values of a chart
//! - `text`: the file

mod chart_images;
mod dns_label;
pub mod find;
mod text;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use dns_label::dns_label;
pub use find::{Found, Template};

use crate::config::{self, EngineKind};
use crate::vocabulary::{Diagnostic, Place};

/// What the file is to say beside what is found.
#[derive(Debug, Clone)]
pub struct InitRequest {
    /// The pipeline file that is written. Templates are looked for in its folder.
    pub file: PathBuf,
    /// The name of the folder when absent.
    pub application: Option<String>,
    pub repository: String,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Written {
    pub file: PathBuf,
    pub application: String,
    pub found: Found,
}

/// Writes a first pipeline file. One that is there already is left alone, which is an error.
pub fn init(request: &InitRequest) -> Result<Written> {
    let file = &request.file;
    if fs::symlink_metadata(file).is_ok() {
        return Err(exists(file));
    }
    let folder = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let application = match &request.application {
        Some(name) => name.clone(),
        None => dns_label(&folder_name(folder)?),
    };
    let found = find::search(folder)?;
    let text = text::text(&application, &request.repository, &found)?;
    config::parse(&text, file).context("cannot write a pipeline file with this")?;
    write(file, folder, &text)?;
    Ok(Written { file: file.clone(), application, found })
}

impl Written {
    /// A command that shows what the file gives.
    pub fn next(&self) -> String {
        let mut command = "towline render".to_owned();
        if let Some(environment) = self.found.environments.first() {
            command += &format!(" {environment}");
        }
        command += " --release 0.1.0";
        for (name, _) in &self.found.images {
            command += &format!(" --image {name}=0.1.0");
        }
        command
    }
}

impl Template {
    /// The name of its engine in the pipeline file.
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            EngineKind::Jinja => "jinja",
            EngineKind::Plain => "plain",
            EngineKind::Helm => "helm",
            EngineKind::Kustomize => "kustomize",
            EngineKind::Jsonnet => "jsonnet",
        }
    }
}

/// Writes the file as a whole, or not at all when somebody was faster.
fn write(file: &Path, folder: &Path, text: &str) -> Result<()> {
    let context = || format!("cannot write {}", file.display());
    let mut scratch = tempfile::Builder::new()
        .prefix(".towline-")
        .permissions(permissions())
        .tempfile_in(folder)
        .with_context(context)?;
    scratch.write_all(text.as_bytes()).with_context(context)?;
    match scratch.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(file)),
        Err(error) => Err(error.error).with_context(context),
    }
}

/// Those of any new file; a scratch file would be for its owner alone.
fn permissions() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

fn exists(file: &Path) -> anyhow::Error {
    Diagnostic::refused("the file already exists")
        .at(Place::file(file))
        .hint(format!(
            "check it with `towline validate --file {}`, or pass another path with `--file`",
            file.display()
        ))
        .into()
}

fn folder_name(folder: &Path) -> Result<String> {
    let real = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
    Ok(real.file_name().unwrap_or_default().to_string_lossy().into_owned())
}
