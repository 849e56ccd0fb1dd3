//! Reads `towline.yaml`, and reports problems with the file itself before problems with its
//! content.

use std::path::Path;

use anyhow::Result;

use super::{Pipeline, PipelineFile};
use crate::boundary::{self, Unreadable};
use crate::secrets;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml;

/// What a first file has to hold.
const SMALLEST: &str = "run `towline init` to create one; it needs at least `version`, `application`, \
                        `templates`, `gitops` and `environments`";

/// Reads and resolves a pipeline file. Relative paths in it start at its folder.
pub fn load(path: &Path) -> Result<Pipeline> {
    read_file(path)?.resolve(path)
}

/// As [`load`], for the text of a file that is not there yet.
pub fn parse(text: &str, path: &Path) -> Result<Pipeline> {
    read_text(text, path)?.resolve(path)
}

fn read_text(text: &str, path: &Path) -> Result<PipelineFile> {
    secrets::remember_in_urls(secrets::Kind::Url, &path.to_string_lossy(), text);
    yaml::read_document(text, path)
}

fn read_file(path: &Path) -> Result<PipelineFile> {
    if path.is_dir() {
        let hint = "pass the file in it: `--file FOLDER/towline.yaml`";
        return Err(Diagnostic::new("this is a folder, not a pipeline file")
            .at(Place::file(path))
            .hint(hint)
            .into());
    }
    let bytes = boundary::read(path).map_err(|error| match error {
        Unreadable::Io(error) => {
            let diagnostic =
                Diagnostic::new(format!("cannot read the pipeline file: {error}")).at(Place::file(path));
            diagnostic.hint("run `towline init` to create one, or pass its path with `--file`")
        }
        other => other.about(path),
    })?;
    let text = yaml::text(bytes, path)?;
    if yaml::is_empty(&text, path)? {
        return Err(Diagnostic::new("the pipeline file is empty")
            .at(Place::file(path))
            .hint(SMALLEST)
            .into());
    }
    read_text(&text, path)
}
