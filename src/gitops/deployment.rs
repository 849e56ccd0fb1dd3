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
use crate::render::ownership::{self, Claim, Drift, HandEdit, Standing};

/// A deployment, as its descriptor tells.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub descriptor: Descriptor,
    /// The files that the descriptor lists, and itself.
    pub files: BTreeSet<String>,
    /// Those of `files` that are no manifests but what Helm and Kustomize made them from.
    pub high_level: BTreeSet<String>,
    /// Where the descriptor stands.
    path: String,
    /// Whether people changed the descriptor itself.
    edited: bool,
    /// What an earlier name of it left behind.
    former: Option<Box<Self>>,
    commit: Oid,
}

/// The files of a commit.
pub struct Committed<'a> {
    pub repository: &'a Repository,
    pub commit: Oid,
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
        let descriptor = Descriptor::parse(content.clone(), Path::new(path)).with_context(|| {
            format!("cannot read the descriptor in commit {commit} of {}", repository.location())
        })?;
        descriptor.check_owner(Path::new(path), application, environment)?;
        let files = descriptor.files().chain([path.to_owned()]).collect();
        let high_level = descriptor.high_level_files().collect();
        let edited = descriptor.is_edited(&content);
        Ok(Some(Self { descriptor, files, high_level, path: path.to_owned(), edited, former: None, commit }))
    }

    /// Whether there is a descriptor at `path`, and it is about these.
    pub(super) fn is_of(
        repository: &Repository,
        commit: Oid,
        path: &str,
        (application, environment): (&str, &str),
    ) -> Result<bool> {
        let Some(content) = repository.read_file(commit, path)? else { return Ok(false) };
        let descriptor = Descriptor::parse(content, Path::new(path))?;
        Ok(descriptor.application.name == application && descriptor.environment == environment)
    }

    /// With what an earlier name of it left behind.
    pub fn with(mut self, former: Self) -> Self {
        self.files.extend(former.files.iter().cloned());
        self.high_level.extend(former.high_level.iter().cloned());
        self.former = Some(Box::new(former));
        self
    }

    /// Its files that are applied.
    pub fn manifests(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().filter(|path| !self.high_level.contains(*path) && **path != self.path);
        files.map(String::as_str)
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

    /// Its files that people changed, in the order of their paths.
    pub fn drift(&self, repository: &Repository) -> Result<Vec<Drift>> {
        repository.prefetch_folders(self.commit, self.files.iter().map(String::as_str))?;
        let standing = Committed { repository, commit: self.commit };
        let mut drift = ownership::hand_edits(&self.descriptor, &standing)?;
        drift.extend(self.edited.then(|| Drift { path: self.path.clone(), change: HandEdit::Changed }));
        if let Some(former) = &self.former {
            drift.extend(former.drift(repository)?);
        }
        drift.sort();
        Ok(drift)
    }

    /// What it says is Towline's, of which only what is in `folders` may be true.
    pub fn claim(&self, repository: &Repository, folders: &[String]) -> Result<Claim> {
        Ok(Claim {
            files: self.files.clone(),
            descriptors: [&self.path]
                .into_iter()
                .chain(self.former.iter().map(|it| &it.path))
                .cloned()
                .collect(),
            hand_edits: self.drift(repository)?,
            folders: folders.to_vec(),
        })
    }
}

impl Standing for Committed<'_> {
    fn id(&self, path: &str) -> Result<Option<Oid>> {
        self.repository.entry_id(self.commit, path)
    }

    fn content(&self, path: &str) -> Result<Option<Vec<u8>>> {
        self.repository.read_file(self.commit, path)
    }
}
