//! Content: the files of a deployment, and since which commit they are there.
//!
//! Files are compared by object id, and whole folders at once where that settles it, so a commit
//! that changes only other applications costs a few look-ups and no reading.

use std::collections::BTreeMap;

use anyhow::Result;
use git2::{ObjectType, Oid};

use crate::forge::PullRequest;
use crate::git::Repository;
use crate::render::File;

/// The files of one application in one environment, as object ids, by folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(BTreeMap<String, Folder>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Folder {
    /// `None`: not known, or not there.
    tree: Option<Oid>,
    /// By path from the root.
    files: BTreeMap<String, Option<Oid>>,
}

impl Content {
    /// The content that a rendering will have in git.
    pub fn of(files: &[File]) -> Result<Self> {
        let mut content = Self(BTreeMap::new());
        for file in files {
            let id = Oid::hash_object(ObjectType::Blob, &file.content)?;
            content.0.entry(folder_of(&file.path)).or_default().files.insert(file.path.clone(), Some(id));
        }
        Ok(content)
    }

    pub(super) fn read(repository: &Repository, commit: Oid, paths: &[&str]) -> Result<Self> {
        repository.prefetch_folders(commit, paths.iter().copied())?;
        let mut content = Self(BTreeMap::new());
        for path in paths {
            let id = repository.entry_id(commit, path)?;
            content.0.entry(folder_of(path)).or_default().files.insert((*path).to_owned(), id);
        }
        for (path, folder) in &mut content.0 {
            folder.tree = tree_id(repository, commit, path)?;
        }
        Ok(content)
    }

    /// The object id of one of the files.
    pub fn id(&self, path: &str) -> Option<Oid> {
        *self.0.get(&folder_of(path))?.files.get(path)?
    }

    /// Whether `commit` has the same files. Others beside them do not matter.
    pub fn stands_in(&self, repository: &Repository, commit: Oid) -> Result<bool> {
        for (path, folder) in &self.0 {
            if folder.tree.is_some() && tree_id(repository, commit, path)? == folder.tree {
                continue;
            }
            for (path, id) in &folder.files {
                if repository.entry_id(commit, path)? != *id {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The files that are others in `commit`, or not there.
    pub fn differences(&self, repository: &Repository, commit: Oid) -> Result<Vec<&str>> {
        let mut different = Vec::new();
        for (path, id) in self.0.values().flat_map(|folder| &folder.files) {
            if repository.entry_id(commit, path)? != *id {
                different.push(path.as_str());
            }
        }
        Ok(different)
    }

    /// The commit that brought what stands in `tip`: the pull request's, else the oldest on the
    /// first-parent line from which on the files are these. They differ after a fast-forward of
    /// several commits, and where people merged the branch into their own.
    pub fn brought_by(&self, repository: &Repository, tip: Oid, pull: Option<&PullRequest>) -> Result<Oid> {
        match pull.and_then(|pull| pull.merge_commit) {
            Some(merged) if self.stands_from(repository, merged, tip)? => Ok(merged),
            _ => self.since(repository, tip),
        }
    }

    /// The commits that may have brought what stands in `tip`, the most likely first: the oldest on the
    /// first-parent line, and where that is a merge whose other side had the files already, the
    /// oldest there. People merge the branch into theirs and push that.
    pub fn origins(&self, repository: &Repository, tip: Oid) -> Result<Vec<Oid>> {
        const SIDES: usize = 3;
        let (mut origins, mut at) = (Vec::new(), Some(tip));
        while let Some(found) = at.take_if(|_| origins.len() < SIDES) {
            let oldest = self.since(repository, found)?;
            origins.push(oldest);
            if let Some(&second) = repository.parents(oldest)?.get(1)
                && self.stands_in(repository, second)?
            {
                at = Some(second);
            }
        }
        Ok(origins)
    }

    /// Whether `commit` has these files, and all that came after it on the way to `tip`. The merge
    /// need not be on the first-parent line: people merge the branch into theirs and push that.
    pub fn stands_from(&self, repository: &Repository, commit: Oid, tip: Oid) -> Result<bool> {
        if !repository.is_ancestor(commit, tip)? || !self.stands_in(repository, commit)? {
            return Ok(false);
        }
        for later in repository.first_parent_descendants(commit, tip)? {
            if !self.stands_in(repository, later)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn since(&self, repository: &Repository, tip: Oid) -> Result<Oid> {
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

fn folder_of(path: &str) -> String {
    path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
}

fn tree_id(repository: &Repository, commit: Oid, folder: &str) -> Result<Option<Oid>> {
    match folder {
        "" => repository.tree_id(commit).map(Some),
        folder => repository.entry_id(commit, folder),
    }
}
