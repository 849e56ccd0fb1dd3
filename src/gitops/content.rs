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
        let line = self.line(repository, tip)?;
        match pull.and_then(|pull| pull.merge_commit) {
            Some(merged) if line.stands_from(self, repository, merged)? => Ok(merged),
            _ => Ok(line.oldest()),
        }
    }

    /// The commits that may have brought what stands in `tip`, the most likely first: the oldest on the
    /// first-parent line, and where that is a merge whose other side had the files already, the
    /// oldest there. People merge the branch into theirs and push that.
    pub fn origins(&self, repository: &Repository, tip: Oid) -> Result<Vec<Oid>> {
        const SIDES: usize = 3;
        let (mut origins, mut at) = (Vec::new(), Some(tip));
        while let Some(found) = at.take_if(|_| origins.len() < SIDES) {
            let oldest = self.line(repository, found)?.oldest();
            origins.push(oldest);
            if let Some(&second) = repository.parents(oldest)?.get(1)
                && self.stands_in(repository, second)?
            {
                at = Some(second);
            }
        }
        Ok(origins)
    }

    /// How far down the first-parent line from `tip`, which has these files, they are the same.
    pub fn line(&self, repository: &Repository, tip: Oid) -> Result<Line> {
        let mut line = Line { commits: vec![tip], below: None };
        for commit in repository.line_below(tip, self.paths()) {
            let commit = commit?;
            if !self.stands_in(repository, commit)? {
                line.below = Some(commit);
                break;
            }
            line.commits.push(commit);
        }
        Ok(line)
    }

    /// Fetches at once what [`Content::stands_in`] needs of all these commits.
    pub fn prefetch(&self, repository: &Repository, commits: &[Oid]) -> Result<()> {
        repository.prefetch_of_all(commits, &self.paths())
    }

    fn paths(&self) -> Vec<&str> {
        self.0.values().flat_map(|folder| folder.files.keys()).map(String::as_str).collect()
    }
}

/// The commits on the first-parent line of a branch in which the same files stand, from its tip down.
#[derive(Debug)]
pub struct Line {
    /// The newest first.
    commits: Vec<Oid>,
    /// The first one with other files, if there is one.
    below: Option<Oid>,
}

impl Line {
    /// The commit from which on the files are these.
    pub fn oldest(&self) -> Oid {
        *self.commits.last().expect("the tip is in it")
    }

    /// Whether `commit` has the files of this line, and all that came after it on the way to the tip.
    /// It need not be on the first-parent line: people merge the branch into theirs and push that.
    pub fn stands_from(&self, content: &Content, repository: &Repository, commit: Oid) -> Result<bool> {
        if self.commits.contains(&commit) {
            return Ok(true);
        }
        let is_above = |below| repository.is_ancestor(commit, below).map(|is_below| !is_below);
        Ok(content.stands_in(repository, commit)?
            && repository.is_ancestor(commit, self.commits[0])?
            && self.below.map_or(Ok(true), is_above)?)
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
