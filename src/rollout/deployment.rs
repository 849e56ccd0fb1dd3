//! Deployment: what a commit of the GitOps repository says is deployed, and since which commit.
//!
//! Files are compared by object id, so a commit that changes other applications, or our files to
//! something and back, costs a few look-ups and no reading.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use git2::Oid;

use crate::git::Repository;
use crate::render::descriptor::Descriptor;

/// What stands in one commit.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub descriptor: Descriptor,
    /// The descriptor as a git object: the same inputs give the same bytes.
    pub id: Oid,
    files: Files,
}

impl Deployment {
    /// The deployment in `commit`, if it has a descriptor at `path`.
    pub fn read(repository: &Repository, commit: Oid, path: &str) -> Result<Option<Self>> {
        let Some(id) = repository.entry_id(commit, path)? else { return Ok(None) };
        let Some(text) = repository.read_file(commit, path)? else { return Ok(None) };
        let descriptor = Descriptor::read(&String::from_utf8_lossy(&text), Path::new(path))?;
        let files = Files::read(repository, commit, descriptor.files().chain([path.to_owned()]))?;
        Ok(Some(Self { descriptor, id, files }))
    }

    /// Whether `commit` has the same files, ours only.
    pub fn stands_in(&self, repository: &Repository, commit: Oid) -> Result<bool> {
        self.files.same_in(repository, commit)
    }

    /// The oldest commit on the first-parent line of `tip` from which on the files are these.
    pub fn since(&self, repository: &Repository, tip: Oid) -> Result<Oid> {
        let mut oldest = tip;
        while let Some(&parent) = repository.parents(oldest)?.first() {
            if !self.stands_in(repository, parent)? {
                break;
            }
            oldest = parent;
        }
        Ok(oldest)
    }
}

/// Folder → its object id, and the files in it that are ours, by name.
#[derive(Debug, Clone)]
struct Files(BTreeMap<String, (Option<Oid>, BTreeMap<String, Option<Oid>>)>);

impl Files {
    fn read(repository: &Repository, commit: Oid, paths: impl Iterator<Item = String>) -> Result<Self> {
        let mut folders: BTreeMap<String, (Option<Oid>, BTreeMap<String, Option<Oid>>)> = BTreeMap::new();
        for path in paths {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            let id = repository.entry_id(commit, &path)?;
            if !folders.contains_key(&folder) {
                let tree = folder_id(repository, commit, &folder)?;
                folders.insert(folder.clone(), (tree, BTreeMap::new()));
            }
            folders.entry(folder).and_modify(|(_, files)| {
                files.insert(path, id);
            });
        }
        Ok(Self(folders))
    }

    fn same_in(&self, repository: &Repository, commit: Oid) -> Result<bool> {
        for (folder, (tree, files)) in &self.0 {
            if folder_id(repository, commit, folder)? == *tree {
                continue;
            }
            for (path, id) in files {
                if repository.entry_id(commit, path)? != *id {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

fn folder_id(repository: &Repository, commit: Oid, folder: &str) -> Result<Option<Oid>> {
    match folder {
        "" => repository.tree_id(commit).map(Some),
        folder => repository.entry_id(commit, folder),
    }
}
