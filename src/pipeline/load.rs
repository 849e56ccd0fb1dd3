//! Reading `towline.yaml`: what can go wrong with the file itself, told before what is in it.

use std::path::Path;

use anyhow::{Context, Result};

use super::schema::PipelineFile;
use super::{Pipeline, resolve};
use crate::error::{Diagnostic, Place};
use crate::yaml;

/// What a first file has to hold.
const SMALLEST: &str = "`towline init` writes a first one; it holds at least `version`, `application`, \
                        `templates`, `gitops` and `environments`";

/// Reads and resolves a pipeline file. Relative paths in it start at its folder.
pub fn load(path: &Path) -> Result<Pipeline> {
    let file = read(path).context("the pipeline file cannot be used")?;
    resolve::resolve(file, path).context("the pipeline file cannot be used")
}

fn read(path: &Path) -> Result<PipelineFile> {
    if path.is_dir() {
        let hint = format!("name the file: `--file {}`", path.join("towline.yaml").display());
        return Err(Diagnostic::new("a folder, not a file").at(Place::file(path)).hint(hint).into());
    }
    let bytes = std::fs::read(path).map_err(|error| {
        let diagnostic = Diagnostic::new(format!("cannot be read: {error}")).at(Place::file(path));
        diagnostic.hint("`towline init` writes a first one; `--file` names one that stands elsewhere")
    })?;
    let text = yaml::text(bytes, path)?;
    if yaml::is_empty(&text, path)? {
        return Err(Diagnostic::new("the file is empty").at(Place::file(path)).hint(SMALLEST).into());
    }
    yaml::read(&text, path)
}
