//! The one place where objects are read: everything else asks here, so that what has to be done
//! before libgit2 reads an object is done for every object.

use anyhow::Result;
use git2::{Blob, Commit, ErrorCode, ObjectType, Oid, Tree};

use super::repository::Repository;
use crate::vocabulary::Diagnostic;

impl Repository {
    pub(crate) fn find_commit(&self, id: Oid) -> Result<Commit<'_>> {
        self.prepare(id, ObjectType::Commit)?;
        self.git.find_commit(id).map_err(|error| match error.code() {
            ErrorCode::NotFound => Diagnostic::new(format!("{} has no commit {id}", self.location())).into(),
            _ => self.read_fault(error),
        })
    }

    pub(crate) fn find_tree(&self, id: Oid) -> Result<Tree<'_>> {
        self.prepare(id, ObjectType::Tree)?;
        self.git.find_tree(id).map_err(|e| self.read_fault(e))
    }

    pub(crate) fn find_blob(&self, id: Oid) -> Result<Blob<'_>> {
        self.prepare(id, ObjectType::Blob)?;
        self.git.find_blob(id).map_err(|e| self.read_fault(e))
    }

    /// Writes an object. git does not write one that is there, so one that a killed process left
    /// half-written is found here.
    pub(super) fn write(&self, write: impl Fn() -> Result<Oid, git2::Error>) -> Result<Oid> {
        let _shared = self.shared();
        let id = write().map_err(|e| self.write_fault(e))?;
        self.check_whole(id)?;
        if self.is_here(id) { Ok(id) } else { write().map_err(|e| self.write_fault(e)) }
    }

    /// Makes sure that libgit2 can read the object.
    pub(super) fn prepare(&self, id: Oid, kind: ObjectType) -> Result<()> {
        self.check_whole(id)?;
        self.fetch_missing(id, kind)
    }
}
