//! Branches, files and ancestry.

use std::path::Path;

use anyhow::{Context, Result};
use git2::{BranchType, Commit, ErrorCode, ObjectType, Oid, Sort, Tree};

use super::Repository;
use crate::error::{self, Diagnostic};

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
        self.find_reference(&format!("refs/heads/{branch}"))
    }

    /// The regular file at `path` in `commit`. Folders, links and submodules are not files.
    pub fn read_file(&self, commit: Oid, path: &str) -> Result<Option<Vec<u8>>> {
        let Some((kind, id)) = self.entry(commit, path)? else { return Ok(None) };
        if kind != ObjectType::Blob {
            return Ok(None);
        }
        let blob = self.git.find_blob(id).map_err(|e| self.read_fault(e));
        let blob = blob.with_context(|| format!("cannot read {path} in commit {commit}"))?;
        Ok(Some(blob.content().to_vec()))
    }

    /// The object id of whatever stands at `path` in `commit`.
    pub fn entry_id(&self, commit: Oid, path: &str) -> Result<Option<Oid>> {
        Ok(self.entry(commit, path)?.map(|(_, id)| id))
    }

    /// The tree of `commit`.
    pub fn tree_id(&self, commit: Oid) -> Result<Oid> {
        Ok(self.find_commit(commit)?.tree_id())
    }

    /// The parents of `commit`, the first parent first.
    pub fn parents(&self, commit: Oid) -> Result<Vec<Oid>> {
        Ok(self.find_commit(commit)?.parent_ids().collect())
    }

    /// The message of `commit`; bytes that are not UTF-8 are replaced.
    pub fn message(&self, commit: Oid) -> Result<String> {
        Ok(String::from_utf8_lossy(self.find_commit(commit)?.message_bytes()).into_owned())
    }

    /// When `commit` was committed.
    pub fn commit_time(&self, commit: Oid) -> Result<jiff::Timestamp> {
        let seconds = self.find_commit(commit)?.time().seconds();
        jiff::Timestamp::from_second(seconds)
            .with_context(|| format!("commit {commit} has an impossible time"))
    }

    /// The name of who wrote `commit`; bytes that are not UTF-8 are replaced.
    pub fn author(&self, commit: Oid) -> Result<String> {
        Ok(String::from_utf8_lossy(self.find_commit(commit)?.author().name_bytes()).into_owned())
    }

    /// Whether `descendant` is `ancestor`, or has it in its history.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool> {
        if ancestor == descendant {
            return Ok(true);
        }
        self.git.graph_descendant_of(descendant, ancestor).map_err(|e| self.read_fault(e))
    }

    /// The commits that `tip` has in its history and `base` has not, the newest first.
    pub fn commits_since(&self, base: Oid, tip: Oid) -> Result<Vec<Oid>> {
        let walk = || {
            let mut walk = self.git.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL)?;
            walk.push(tip)?;
            walk.hide(base)?;
            walk.collect::<Result<_, git2::Error>>()
        };
        walk().map_err(|e| self.read_fault(e))
    }

    /// Every commit in the history of `tip`, itself too.
    pub fn history(&self, tip: Oid) -> Result<std::collections::HashSet<Oid>> {
        let walk = || {
            let mut walk = self.git.revwalk()?;
            walk.push(tip)?;
            walk.collect::<Result<_, git2::Error>>()
        };
        walk().map_err(|e| self.read_fault(e))
    }

    /// The commits on the first-parent line of `tip` that have `of` in their history, from the
    /// oldest to `tip`, without `of` itself.
    pub fn first_parent_descendants(&self, of: Oid, tip: Oid) -> Result<Vec<Oid>> {
        if of == tip || !self.is_ancestor(of, tip)? {
            return Ok(Vec::new());
        }
        let mut line = self.first_parent_line(of, tip)?;
        let oldest_parent = line.first().map(|oldest| self.parents(*oldest)).transpose()?;
        if oldest_parent.and_then(|parents| parents.first().copied()) != Some(of) {
            // `of` came in by a merge: the line also has commits from before that merge.
            let from =
                line.partition_point(|commit| !self.git.graph_descendant_of(*commit, of).unwrap_or(false));
            line.drain(..from);
        }
        Ok(line)
    }

    fn first_parent_line(&self, hide: Oid, tip: Oid) -> Result<Vec<Oid>> {
        let walk = || {
            let mut walk = self.git.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
            walk.simplify_first_parent()?;
            walk.push(tip)?;
            walk.hide(hide)?;
            walk.collect::<Result<_, git2::Error>>()
        };
        walk().map_err(|e| self.read_fault(e))
    }

    pub(crate) fn find_reference(&self, name: &str) -> Result<Option<Oid>> {
        match self.git.refname_to_id(name) {
            Ok(id) => {
                self.git.find_commit(id).map_err(|e| self.read_fault(e))?;
                Ok(Some(id))
            }
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Ok(None),
            Err(error) => Err(self.read_fault(error)),
        }
    }

    pub(crate) fn find_commit(&self, id: Oid) -> Result<Commit<'_>> {
        self.git.find_commit(id).map_err(|error| match error.code() {
            ErrorCode::NotFound => Diagnostic::new(format!("{} has no commit {id}", self.location())).into(),
            _ => self.read_fault(error),
        })
    }

    pub(crate) fn tree_of(&self, commit: Oid) -> Result<Tree<'_>> {
        self.find_commit(commit)?.tree().map_err(|e| self.read_fault(e))
    }

    fn entry(&self, commit: Oid, path: &str) -> Result<Option<(ObjectType, Oid)>> {
        match self.tree_of(commit)?.get_path(Path::new(path)) {
            // A link is a blob too, but not a file.
            Ok(entry) if entry.filemode() == i32::from(git2::FileMode::Link) => {
                Ok(Some((ObjectType::Any, entry.id())))
            }
            Ok(entry) => Ok(Some((entry.kind().unwrap_or(ObjectType::Any), entry.id()))),
            Err(error) if error.code() == ErrorCode::NotFound && error.class() == git2::ErrorClass::Tree => {
                Ok(None)
            }
            Err(error) => Err(self.read_fault(error)),
        }
    }

    fn no_branch(&self, branch: &str) -> Result<Diagnostic> {
        let branches = self.git.branches(Some(BranchType::Local)).map_err(|e| self.read_fault(e))?;
        let names = branches.filter_map(|found| found.ok()?.0.name().ok().flatten().map(str::to_owned));
        let names: Vec<String> = names.filter(|name| !name.starts_with("towline/")).collect();
        let hint = match error::nearest(branch, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its branches are: {}", names.join(", ")),
        };
        Ok(Diagnostic::new(format!("the GitOps repository {} has no branch {branch}", self.location()))
            .hint(hint))
    }
}
