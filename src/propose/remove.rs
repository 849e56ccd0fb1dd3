//! Removal: a proposal that takes an application out of an environment. Its files and its descriptor
//! go, by the rules of [`ownership`](super::ownership); values in files of others and chart packages
//! stay.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Proposal, ProposeOptions, propose};
use crate::gitops::Destination;
use crate::release::Release;
use crate::render::{ReleaseInputs, Rendering};
use crate::vocabulary::Diagnostic;

/// Proposes to remove what is deployed, by today's name or the former one. `source` is the repository
/// that asks for it: what another one deployed is not its to remove.
pub fn remove(destination: &Destination, source: Option<&str>, options: &ProposeOptions) -> Result<Proposal> {
    let base = destination.base_tip()?;
    let deployed = match destination.deployment(base)? {
        Some(deployed) => Some(deployed),
        None => destination.former_deployment(base)?,
    };
    let (application, environment) = (destination.application, destination.environment);
    let Some(deployed) = deployed else {
        let message =
            format!("{application} is not deployed in {}: there is nothing to remove", environment.name);
        return Err(Diagnostic::new(message).hint("`towline status` shows what is deployed").into());
    };
    let nothing = Rendering {
        application: application.to_owned(),
        environment: environment.name.clone(),
        release: Release { repository: source.map(str::to_owned), ..deployed.release() },
        inputs: ReleaseInputs::recorded(&deployed.descriptor.inputs),
        targets: Vec::new(),
        files: Vec::new(),
        high_level: BTreeSet::new(),
        folders: environment.folders(),
        edits: Vec::new(),
        earlier_packages: Vec::new(),
        descriptor: environment.gitops.descriptor.clone(),
        warnings: Vec::new(),
    };
    // Whatever is proposed, it is not wanted any more.
    propose(destination, &nothing, &ProposeOptions { allow_older: true, ..*options })
}
