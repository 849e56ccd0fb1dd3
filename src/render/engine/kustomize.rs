//! Kustomize: `kustomize build` or `kubectl kustomize`, on a scratch copy of the overlay and of all
//! that it refers to, inside the pipeline file's folder.

use std::path::Path;

use anyhow::Result;

use super::scratch::{Edit, Scratch};
use super::tool::Runner;
use super::{Document, output};
use crate::error::{Diagnostic, Place};

mod references;
mod unmatched;

/// The names that kustomize looks for, in its order.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization and all that the tool is told about it.
#[derive(Clone, Copy)]
pub struct Overlay<'a> {
    /// The pipeline file's folder.
    pub root: &'a Path,
    /// The folder of the kustomization, relative to `root`.
    pub path: &'a Path,
    pub place: &'a Place,
    /// Whether bases may come over the network.
    pub allow_remote: bool,
    /// A file to be put into the folder before, and its text.
    pub input: Option<(&'a Path, &'a str)>,
    pub edit: Edit<'a>,
}

/// What a build gave.
#[derive(Debug)]
pub struct Built {
    pub documents: Vec<Document>,
    /// Patches, images and replacements that match nothing, which kustomize passes over in silence.
    pub warnings: Vec<Diagnostic>,
}

/// Builds a kustomization.
pub fn build(overlay: &Overlay, runner: &Runner) -> Result<Built> {
    let folder = overlay.root.join(overlay.path);
    if !NAMES.iter().any(|name| folder.join(name).is_file()) {
        let message = format!("{} has no kustomization.yaml", overlay.path.display());
        return Err(Diagnostic::new(message).at(overlay.place.clone()).into());
    }
    let tool = runner.kustomize()?;
    let scratch = Scratch::new()?;
    let kustomizations = references::copy(overlay, &scratch)?;
    let path = scratch.files().join(overlay.path).to_string_lossy().into_owned();
    let printed = runner.run(&tool, &[&path], &scratch, overlay.allow_remote).map_err(|error| at(overlay, error))?;
    let origin = Place::file(overlay.path);
    let documents = output::read(&printed, &|_| origin.clone()).map_err(|error| tool.garbage(&error))?;
    let warnings = unmatched::warnings(&kustomizations, &documents, &scratch);
    Ok(Built { documents, warnings })
}

fn at(overlay: &Overlay, error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Diagnostic>() {
        Ok(diagnostic) => diagnostic.at(overlay.place.clone()).into(),
        Err(other) => other,
    }
}
