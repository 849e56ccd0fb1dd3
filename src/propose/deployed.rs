//! What is deployed where a rendering goes, with the files of both at hand.

use anyhow::Result;
use git2::Oid;

use crate::gitops::{Deployment, Destination};
use crate::render::Rendering;

/// The deployment in `commit`. Its files and those of the rendering are fetched with it.
pub fn deployed(destination: &Destination, commit: Oid, rendering: &Rendering) -> Result<Option<Deployment>> {
    let rendered = rendering.files.iter().map(|file| file.path.as_str());
    destination.repository.prefetch(commit, rendered.chain([rendering.descriptor.as_str()]))?;
    let deployed = destination.deployment(commit)?;
    if let Some(deployed) = &deployed {
        destination.repository.prefetch(commit, deployed.files.iter().map(String::as_str))?;
    }
    Ok(deployed)
}
