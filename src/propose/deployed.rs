//! What is deployed where a rendering goes, with the files of both at hand.

use anyhow::Result;
use git2::Oid;

use crate::gitops::{Deployment, Destination};
use crate::render::Rendering;

/// The deployment in `commit`, with what stands there by its former name. Its files and those of the rendering are fetched with it.
pub fn deployed(destination: &Destination, commit: Oid, rendering: &Rendering) -> Result<Option<Deployment>> {
    let rendered = rendering.files.iter().map(|file| file.path.as_str());
    destination.repository.prefetch(commit, rendered.chain([rendering.descriptor.as_str()]))?;
    let deployed = match (destination.deployment(commit)?, destination.former_deployment(commit)?) {
        (Some(deployed), Some(former)) => Some(deployed.with(former)),
        (deployed, former) => deployed.or(former),
    };
    if let Some(deployed) = &deployed {
        destination.repository.prefetch(commit, deployed.files.iter().map(String::as_str))?;
    }
    Ok(deployed)
}
