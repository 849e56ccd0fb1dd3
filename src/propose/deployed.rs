//! What a commit of the GitOps repository says is deployed: the descriptor, as far as it is
//! needed here.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use git2::Oid;

use crate::git::Repository;
use crate::release::Release;
use crate::render::Rendering;
use crate::render::descriptor::Descriptor;
use crate::vocabulary::Diagnostic;
use crate::yaml;

/// A deployment, as its descriptor tells.
#[derive(Debug, Clone)]
pub struct Deployed {
    pub release: Release,
    /// The files that Towline owns: those that the descriptor lists, and itself.
    pub files: BTreeSet<String>,
    /// Those of `files` that are no manifests but what Helm and Kustomize made them from.
    pub high_level: BTreeSet<String>,
}

impl Deployed {
    /// The deployment of the rendering's application and environment at `commit`, if any.
    pub fn read(repository: &Repository, commit: Oid, rendering: &Rendering) -> Result<Option<Self>> {
        let path = &rendering.descriptor;
        let rendered = rendering.files.iter().map(|file| file.path.as_str());
        repository.prefetch(commit, rendered.chain([path.as_str()]))?;
        let Some(content) = repository.read_file(commit, path)? else { return Ok(None) };
        let file = Path::new(path);
        let descriptor = yaml::text(content, file)
            .map_err(anyhow::Error::from)
            .and_then(|text| Descriptor::read(&text, file))
            .with_context(|| {
                format!("cannot read the descriptor in commit {commit} of {}", repository.location())
            })?;
        check_owner(&descriptor, rendering)?;
        let files: BTreeSet<String> = descriptor.files().chain([path.clone()]).collect();
        let high_level: BTreeSet<String> = descriptor.high_level_files().collect();
        repository.prefetch(commit, files.iter().chain(&high_level).map(String::as_str))?;
        Ok(Some(Self { release: descriptor.into_release(), files, high_level }))
    }
}

/// Two applications that share a descriptor would delete each other's files.
fn check_owner(descriptor: &Descriptor, rendering: &Rendering) -> Result<()> {
    let (name, environment) = (&descriptor.application.name, &descriptor.environment);
    if *name == rendering.application && *environment == rendering.environment {
        return Ok(());
    }
    let message = format!(
        "{} describes {name} in {environment}, not {} in {}",
        rendering.descriptor, rendering.application, rendering.environment
    );
    Err(Diagnostic::refused(message)
        .hint("give each application and environment its own `gitops.descriptor`")
        .into())
}
