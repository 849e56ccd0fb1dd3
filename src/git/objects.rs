//! The one place where objects are read: everything else asks here, so that what has to be done
//! before libgit2 reads an object is done for every object.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::time::Duration;

use anyhow::Result;
use git2::{Blob, Commit, ErrorClass, ErrorCode, ObjectType, Oid, Tree};

use super::backoff::Backoff;
use super::repository::Repository;
use crate::vocabulary::Diagnostic;

/// How long after a change of the packs `git gc` may still be at work.
const RECENT: Duration = Duration::from_secs(60);

impl Repository {
    pub(crate) fn find_commit(&self, id: Oid) -> Result<Commit<'_>> {
        self.prepare(id, ObjectType::Commit)?;
        self.find(|| self.git.find_commit(id)).map_err(|error| match error.code() {
            ErrorCode::NotFound => Diagnostic::new(format!("{} has no commit {id}", self.location())).into(),
            _ => self.read_fault(error),
        })
    }

    pub(crate) fn find_tree(&self, id: Oid) -> Result<Tree<'_>> {
        self.prepare(id, ObjectType::Tree)?;
        self.find(|| self.git.find_tree(id)).map_err(|e| self.read_fault(e))
    }

    pub(crate) fn find_blob(&self, id: Oid) -> Result<Blob<'_>> {
        self.prepare(id, ObjectType::Blob)?;
        self.find(|| self.git.find_blob(id)).map_err(|e| self.read_fault(e))
    }

    /// `git gc` moves objects from pack to pack. While it does, the list of packs may be of before, also the one
    /// that libgit2 reads again when it does not find an object. At other times, a missing object is missing.
    fn find<T>(&self, find: impl Fn() -> Result<T, git2::Error>) -> Result<T, git2::Error> {
        const TRIES: usize = 16;
        let is_missing = |found: &Result<T, git2::Error>| {
            found.as_ref().is_err_and(|error| error.code() == ErrorCode::NotFound)
        };
        let mut found = find();
        let mut tries = Backoff::default().take(TRIES);
        while is_missing(&found) && self.remote.is_none() && self.packs_change() && tries.next().is_some() {
            self.git.odb()?.refresh()?;
            found = find();
        }
        found
    }

    /// Whether packs came or went a moment ago. A time that is still to come counts: clocks differ.
    fn packs_change(&self) -> bool {
        let packs = self.git.commondir().join("objects/pack");
        let changed = fs::metadata(packs).and_then(|packs| packs.modified());
        changed.is_ok_and(|changed| changed.elapsed().map_or(true, |age| age < RECENT))
    }

    /// Writes an object. git does not write one that is there, so one that a killed process left
    /// half-written is found here.
    pub(super) fn write(&self, write: impl Fn() -> Result<Oid, git2::Error>) -> Result<Oid> {
        let id = self.write_loose(&write)?;
        self.check_whole(id)?;
        let id = if self.is_here(id) { id } else { self.write_loose(&write)? };
        // On a full disk, libgit2 says that it wrote what it did not.
        if !self.is_here(id) {
            return Err(self.unwritable(&format!(
                "the object {id} is missing after it was written; the disk may be full"
            )));
        }
        self.harden(id)?;
        Ok(id)
    }

    /// `git gc` removes the folders of objects that it has packed. One may be gone between the moment in
    /// which libgit2 makes it and the one in which it puts an object there.
    fn write_loose(&self, write: &impl Fn() -> Result<Oid, git2::Error>) -> Result<Oid> {
        const TRIES: usize = 16;
        let mut error = None;
        for () in Backoff::default().take(TRIES) {
            let _shared = self.shared();
            match write() {
                Ok(id) => return Ok(id),
                Err(failed) if is_of_the_disk(&failed) && self.why_not_writable().is_none() => {
                    error = Some(failed);
                }
                Err(failed) => return Err(self.write_fault(failed)),
            }
        }
        Err(self.write_fault(error.expect("it was tried at least once")))
    }

    /// Waits until the object has reached the disk, where git is to do so. The copy of a remote repository
    /// can be fetched again.
    fn harden(&self, id: Oid) -> Result<()> {
        if self.remote.is_some() || !self.settings()?.hardens("loose-object") {
            return Ok(());
        }
        match File::open(self.loose_path(id)).and_then(|file| file.sync_all()) {
            // It is in a pack.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            synced => synced.map_err(|error| self.file_fault(&error)),
        }
    }

    /// Makes sure that libgit2 can read the object.
    pub(super) fn prepare(&self, id: Oid, kind: ObjectType) -> Result<()> {
        self.check_whole(id)?;
        self.fetch_missing(id, kind)
    }
}

fn is_of_the_disk(error: &git2::Error) -> bool {
    matches!(error.class(), ErrorClass::Os | ErrorClass::Filesystem)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::SystemTime;

    use super::*;

    /// How often something is looked for that is not found.
    fn looks(packs_changed: SystemTime, code: ErrorCode) -> usize {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init_bare(folder.path()).unwrap();
        File::open(folder.path().join("objects/pack")).unwrap().set_modified(packs_changed).unwrap();
        let repository = Repository::new(git, "gitops.git");
        let looks = Cell::new(0);
        let found = repository.find(|| {
            looks.set(looks.get() + 1);
            Err::<(), _>(git2::Error::new(code, ErrorClass::Odb, "no such object"))
        });
        assert_eq!(found.unwrap_err().code(), code);
        looks.get()
    }

    #[test]
    fn a_missing_object_is_looked_for_again_only_while_packs_change() {
        let now = SystemTime::now();
        assert_eq!(looks(now - 2 * RECENT, ErrorCode::NotFound), 1);
        assert_eq!(looks(now - RECENT / 2, ErrorCode::NotFound), 17);
        assert_eq!(looks(now + 2 * RECENT, ErrorCode::NotFound), 17);
        assert_eq!(looks(now, ErrorCode::GenericError), 1);
    }
}
