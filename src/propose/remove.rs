//! Removal: a proposal that takes an application out of an environment. Its files and its descriptor
//! go, by the rules of [`ownership`](super::ownership); values in files of others and chart packages
//! stay.

use std::collections::BTreeSet;

use anyhow::Result;
use git2::Oid;

use super::{Proposal, ProposeOptions, propose};
use crate::gitops::Destination;
use crate::release::Release;
use crate::render::{ReleaseInputs, Rendering};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::listed;

/// Proposes to remove what is deployed, by today's name or the former one; nothing where that is
/// nowhere. `source` is the repository that asks for it: what another one deployed is not its to
/// remove.
pub fn remove(
    destination: &Destination,
    source: Option<&str>,
    options: &ProposeOptions,
) -> Result<Option<Proposal>> {
    let base = destination.base_tip()?;
    let deployed = match destination.deployment(base)? {
        Some(deployed) => Some(deployed),
        None => destination.former_deployment(base)?,
    };
    let (application, environment) = (destination.application, destination.environment);
    let Some(deployed) = deployed else {
        refuse_files_without_descriptor(destination, base)?;
        return Ok(None);
    };
    let nothing = Rendering {
        application: application.to_owned(),
        environment: environment.name.clone(),
        release: Release { repository: source.map(str::to_owned), ..deployed.release() },
        rollback: None,
        inputs: ReleaseInputs::recorded(&deployed.descriptor.inputs),
        targets: Vec::new(),
        files: Vec::new(),
        high_level: BTreeSet::new(),
        folders: environment.folders(),
        edits: Vec::new(),
        earlier_packages: Vec::new(),
        descriptor: environment.gitops.descriptor.clone(),
        ring: None,
        warnings: Vec::new(),
    };
    // Whatever is proposed, it is not wanted any more.
    propose(destination, &nothing, &ProposeOptions { allow_older: true, ..*options }).map(Some)
}

/// Files that no descriptor lists are nobody's to delete. They may be what is left when people
/// deleted the descriptor alone.
fn refuse_files_without_descriptor(destination: &Destination, base: Oid) -> Result<()> {
    let (repository, environment) = (&destination.repository, destination.environment);
    let folders = environment.folders();
    let mut left = Vec::new();
    for folder in &folders {
        if repository.entry_id(base, folder)?.is_some() {
            left.push(folder.as_str());
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let descriptor = &environment.gitops.descriptor;
    let message = format!("{descriptor} is not there, but files are: {}", listed(&left));
    let hint = match last_with(destination, base)? {
        Some(commit) => format!(
            "restore it in the GitOps repository with `git checkout {commit} -- {descriptor}`, commit and push it, \
             and run this again; or delete the files there by hand"
        ),
        None => "Towline did not write them: delete them in the GitOps repository by hand".to_owned(),
    };
    Err(Diagnostic::refused(message).hint(hint).into())
}

/// The last commit of the branch that has a descriptor.
fn last_with(destination: &Destination, base: Oid) -> Result<Option<Oid>> {
    let mut at = Some(base);
    while let Some(commit) = at {
        if destination.descriptor_id(commit)?.is_some() {
            return Ok(Some(commit));
        }
        at = destination.repository.parents(commit)?.first().copied();
    }
    Ok(None)
}
