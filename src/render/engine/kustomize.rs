//! Kustomize: `kustomize build` or `kubectl kustomize`, on a scratch copy of the overlay and of all
//! that it refers to, inside the pipeline file's folder.

use anyhow::Result;

use super::external::Folder;
use super::scratch::{Scratch, Texts};
use super::tool::Runner;
use super::{Rendered, output};
use crate::vocabulary::{Diagnostic, Place};

mod references;
mod unmatched;

/// The names that kustomize looks for, in its order.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization and all that the tool is told about it.
#[derive(Clone, Copy)]
pub struct Overlay<'a> {
    pub folder: Folder<'a>,
    /// Whether bases may come over the network.
    pub allow_remote: bool,
}

/// Builds a kustomization. Patches, images and replacements that match nothing, which kustomize
/// passes over in silence, are warnings. Also gives the files that were read, if they are kept.
pub fn build(overlay: &Overlay, runner: &Runner) -> Result<(Rendered, Option<Texts>)> {
    let Folder { root, shown, path, place, keep, .. } = overlay.folder;
    let folder = root.join(path);
    if !NAMES.iter().any(|name| folder.join(name).is_file()) {
        let message = format!("{} has no kustomization.yaml", path.display());
        return Err(Diagnostic::new(message).at(place.clone()).into());
    }
    let tool = runner.kustomize().map_err(|error| at(overlay, error))?;
    let scratch = Scratch::new()?;
    let kustomizations = references::copy(overlay, &scratch)?;
    let files = keep.then(|| scratch.texts()).transpose()?;
    let built = scratch.files().join(path).to_string_lossy().into_owned();
    let printed =
        runner.run(&tool, &[&built], &scratch, overlay.allow_remote).map_err(|error| at(overlay, error))?;
    let origin = Place::file(shown.join(path));
    let mut documents =
        output::read(&printed, &|_| origin.clone()).map_err(|error| at(overlay, tool.garbage(&error)))?;
    // Versions of kustomize differ in which keys they sort.
    documents.iter_mut().for_each(|document| document.value.sort_all_objects());
    let warnings = unmatched::warnings(&kustomizations, &documents, &scratch);
    Ok((Rendered { documents, warnings, ..Rendered::default() }, files))
}

fn at(overlay: &Overlay, error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Diagnostic>() {
        Ok(diagnostic) => diagnostic.at(overlay.folder.place.clone()).into(),
        Err(other) => other,
    }
}
