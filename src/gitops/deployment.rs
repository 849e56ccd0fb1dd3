//! Deployment: what a commit of the GitOps repository says is deployed. Nothing else reads
//! descriptors from git, so no step believes one that is about another application.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use git2::Oid;

use super::content::Content;
use crate::git::Repository;
use crate::release::Release;
use crate::render::descriptor::Descriptor;

/// A deployment, as its descriptor tells.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub descriptor: Descriptor,
    /// The files that Towline owns: those that the descriptor lists, and itself.
    pub files: BTreeSet<String>,
    /// Those of `files` that are no manifests but what Helm and Kustomize made them from.
    pub high_level: BTreeSet<String>,
    commit: Oid,
}

impl Deployment {
    /// The deployment of an application in an environment in `commit`, if it has a descriptor at
    /// `path`. One that is about others is refused: two that share a descriptor would delete each
    /// other's files.
    pub(super) fn read(
        repository: &Repository,
        commit: Oid,
        path: &str,
        (application, environment): (&str, &str),
    ) -> Result<Option<Self>> {
        let Some(content) = repository.read_file(commit, path)? else { return Ok(None) };
        let descriptor = Descriptor::parse(content, Path::new(path)).with_context(|| {
            format!("cannot read the descriptor in commit {commit} of {}", repository.location())
        })?;
        descriptor.check_owner(Path::new(path), application, environment)?;
        let files = descriptor.files().chain([path.to_owned()]).collect();
        let high_level = descriptor.high_level_files().collect();
        Ok(Some(Self { descriptor, files, high_level, commit }))
    }

    pub fn release(&self) -> Release {
        self.descriptor.clone().into_release()
    }

    /// Its files as they stand in the commit, its package among them.
    pub fn content(&self, repository: &Repository) -> Result<Content> {
        let package = self.descriptor.package.iter().map(|package| package.file.as_str());
        let files: Vec<&str> = self.files.iter().map(String::as_str).chain(package).collect();
        Content::read(repository, self.commit, &files)
    }
}
