//! Branches, files, and what commits say.

use anyhow::{Context, Result};
use git2::{BranchType, ErrorCode, FileMode, ObjectType, Oid};

use super::repository::Repository;
use crate::clock;
use crate::vocabulary::{self, Diagnostic};

impl Repository {
    /// The commit at the tip of `branch`; a branch that is not there is an error.
    pub fn branch_tip(&self, branch: &str) -> Result<Oid> {
        match self.find_branch(branch)? {
            Some(tip) => Ok(tip),
            None => Err(self.no_branch(branch)?.into()),
        }
    }

    /// The commit at the tip of `branch`, if there is one.
    pub fn find_branch(&self, branch: &str) -> Result<Option<Oid>> {
        let Some(remote) = &self.remote else {
            return self.find_reference(&format!("refs/heads/{branch}"));
        };
        let found = remote.find_together(branch)?;
        self.fetch_tips(remote, &found.values().copied().collect::<Vec<_>>())?;
        Ok(found.get(branch).copied())
    }

    /// The regular file at `path` in `commit`. Folders, links and submodules are not files.
    pub fn read_file(&self, commit: Oid, path: &str) -> Result<Option<Vec<u8>>> {
        let Some((kind, id)) = self.entry(commit, path)? else { return Ok(None) };
        if kind != ObjectType::Blob {
            return Ok(None);
        }
        let blob = self.find_blob(id);
        let blob = blob.with_context(|| format!("cannot read {path} in commit {commit}"))?;
        Ok(Some(blob.content().to_vec()))
    }

    /// The place of the first symbolic link on the way to `path` in `commit`, and where it leads.
    pub fn find_link(&self, commit: Oid, path: &str) -> Result<Option<(String, String)>> {
        let mut tree = self.find_tree(self.tree_id(commit)?)?;
        for (at, name) in path.split('/').scan(0, |end, name| {
            *end += name.len() + 1;
            Some((*end - 1, name))
        }) {
            let entry = tree.get_name(name).map(|entry| (entry.id(), entry.filemode(), entry.kind()));
            let Some((id, mode, kind)) = entry else { return Ok(None) };
            if mode == i32::from(FileMode::Link) {
                let leads = String::from_utf8_lossy(self.find_blob(id)?.content()).into_owned();
                return Ok(Some((path[..at].to_owned(), leads)));
            }
            if kind != Some(ObjectType::Tree) {
                return Ok(None);
            }
            tree = self.find_tree(id)?;
        }
        Ok(None)
    }

    /// The object id of whatever stands at `path` in `commit`.
    pub fn entry_id(&self, commit: Oid, path: &str) -> Result<Option<Oid>> {
        Ok(self.entry(commit, path)?.map(|(_, id)| id))
    }

    /// The names of what is in `folder` in `commit`; none where there is no such folder.
    pub fn names_in(&self, commit: Oid, folder: &str) -> Result<Vec<String>> {
        let tree = match folder {
            "" => self.tree_id(commit)?,
            folder => match self.entry(commit, folder)? {
                Some((ObjectType::Tree, id)) => id,
                _ => return Ok(Vec::new()),
            },
        };
        let tree = self.find_tree(tree)?;
        Ok(tree.iter().filter_map(|entry| entry.name().ok().map(str::to_owned)).collect())
    }

    /// The tree of `commit`.
    pub fn tree_id(&self, commit: Oid) -> Result<Oid> {
        Ok(self.find_commit(commit)?.tree_id())
    }

    /// The parents of `commit`, the first parent first.
    pub fn parents(&self, commit: Oid) -> Result<Vec<Oid>> {
        let commit = self.find_commit(commit)?;
        // Not `parent_ids`: where a cache's history is cut off, it says that there are none.
        let header = commit.raw_header_bytes();
        let lines = header.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"parent "));
        Ok(lines.filter_map(|id| Oid::from_str(std::str::from_utf8(id).ok()?).ok()).collect())
    }

    /// The message of `commit`; bytes that are not UTF-8 are replaced.
    pub fn message(&self, commit: Oid) -> Result<String> {
        Ok(String::from_utf8_lossy(self.find_commit(commit)?.message_bytes()).into_owned())
    }

    /// When `commit` was committed, as its author's clock had it.
    pub fn commit_time(&self, commit: Oid) -> Result<jiff::Timestamp> {
        Ok(clock::told(self.find_commit(commit)?.time().seconds()))
    }

    /// When `commit` can have come where it stands, as far as git tells: not before its parents, not
    /// after `now`. Its own date is that of somebody's clock, and of a day on which nobody may have
    /// pushed it.
    pub fn placed_at(&self, commit: Oid, now: jiff::Timestamp) -> Result<jiff::Timestamp> {
        let mut at = self.commit_time(commit)?;
        for parent in self.parents(commit)? {
            at = at.max(self.commit_time(parent)?);
        }
        Ok(at.min(now))
    }

    /// The name of who wrote `commit`; bytes that are not UTF-8 are replaced.
    pub fn author(&self, commit: Oid) -> Result<String> {
        Ok(String::from_utf8_lossy(self.find_commit(commit)?.author().name_bytes()).into_owned())
    }

    pub(crate) fn find_reference(&self, name: &str) -> Result<Option<Oid>> {
        match self.git.refname_to_id(name) {
            Ok(id) => {
                self.find_commit(id)?;
                Ok(Some(id))
            }
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Ok(None),
            Err(error) => Err(self.read_fault(error)),
        }
    }

    fn entry(&self, commit: Oid, path: &str) -> Result<Option<(ObjectType, Oid)>> {
        let root = self.tree_id(commit)?;
        if self.remote.is_some() && !self.is_here(root) {
            self.prefetch_walk(commit, path)?;
        }
        let mut tree = self.find_tree(root)?;
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
            let below = match tree.get_name(folder) {
                Some(entry) if entry.kind() == Some(ObjectType::Tree) => entry.id(),
                _ => return Ok(None),
            };
            if self.remote.is_some() && !self.is_here(below) {
                self.prefetch_walk(commit, path)?;
            }
            tree = self.find_tree(below)?;
        }
        Ok(tree.get_name(name).map(|entry| {
            // A link is a blob too, but not a file.
            let link = entry.filemode() == i32::from(FileMode::Link);
            let kind = if link { None } else { entry.kind() };
            (kind.unwrap_or(ObjectType::Any), entry.id())
        }))
    }

    fn branch_names(&self) -> Result<Vec<String>> {
        if let Some(remote) = &self.remote {
            return remote.branches();
        }
        let branches = self.git.branches(Some(BranchType::Local)).map_err(|e| self.read_fault(e))?;
        Ok(branches.filter_map(|found| found.ok()?.0.name().ok().flatten().map(str::to_owned)).collect())
    }

    fn no_branch(&self, branch: &str) -> Result<Diagnostic> {
        let names = self.branch_names()?;
        if names.is_empty() {
            return Ok(self.empty());
        }
        let names: Vec<String> = names.into_iter().filter(|name| !name.starts_with("towline/")).collect();
        let hint = match vocabulary::nearest(branch, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its branches are: {}", names.join(", ")),
        };
        Ok(Diagnostic::new(format!("the GitOps repository {} has no branch {branch}", self.location()))
            .hint(hint))
    }
}
