//! The one place where objects are read: everything else asks here, so that what has to be done
//! before libgit2 reads an object is done for every object.

use anyhow::Result;
use git2::{Blob, Commit, ErrorCode, Oid, Tree, TreeBuilder};

use super::Repository;
use crate::error::Diagnostic;

impl Repository {
    pub(crate) fn find_commit(&self, id: Oid) -> Result<Commit<'_>> {
        self.prepare(id)?;
        self.git.find_commit(id).map_err(|error| match error.code() {
            ErrorCode::NotFound => Diagnostic::new(format!("{} has no commit {id}", self.location())).into(),
            _ => self.read_fault(error),
        })
    }

    pub(crate) fn find_tree(&self, id: Oid) -> Result<Tree<'_>> {
        self.prepare(id)?;
        self.git.find_tree(id).map_err(|e| self.read_fault(e))
    }

    pub(crate) fn find_blob(&self, id: Oid) -> Result<Blob<'_>> {
        self.prepare(id)?;
        self.git.find_blob(id).map_err(|e| self.read_fault(e))
    }

    pub(crate) fn tree_of(&self, commit: Oid) -> Result<Tree<'_>> {
        self.find_tree(self.find_commit(commit)?.tree_id())
    }

    /// Writes a file's content. git does not write an object that is there, so one that an earlier
    /// process left half-written is found here.
    pub(crate) fn write_blob(&self, content: &[u8]) -> Result<Oid> {
        let id = self.git.blob(content).map_err(|e| self.write_fault(e))?;
        self.check_whole(id)?;
        Ok(id)
    }

    pub(crate) fn write_tree(&self, tree: &TreeBuilder<'_>) -> Result<Oid> {
        let id = tree.write().map_err(|e| self.write_fault(e))?;
        self.check_whole(id)?;
        Ok(id)
    }

    /// Makes sure that libgit2 can read the object.
    pub(super) fn prepare(&self, id: Oid) -> Result<()> {
        self.check_whole(id)
    }
}
