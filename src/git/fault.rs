//! What libgit2 says, for people: damage, missing permissions, and stale locks get a hint.

use std::io::ErrorKind;
use std::path::PathBuf;

use git2::{ErrorClass, ErrorCode};

use super::repository::Repository;
use crate::scratch::why_not_writable;
use crate::vocabulary::Diagnostic;

impl Repository {
    /// The error of a read, as ours.
    pub(crate) fn read_fault(&self, error: git2::Error) -> anyhow::Error {
        let place = self.location();
        let damaged = matches!(error.class(), ErrorClass::Odb | ErrorClass::Object | ErrorClass::Zlib)
            || error.code() == ErrorCode::HashsumMismatch;
        let diagnostic = Diagnostic::new(format!("cannot read {place}: {}", error.message()));
        match (damaged, &self.remote) {
            (true, Some(_)) => diagnostic.hint("its cache was damaged during this run: run this again"),
            (true, None) => diagnostic.hint(restore(place)),
            (false, _) => diagnostic,
        }
        .into()
    }

    /// The error of a write, as ours. libgit2 gives no code for "permission denied", so the file
    /// system is asked instead of its message.
    pub(crate) fn write_fault(&self, error: git2::Error) -> anyhow::Error {
        self.unwritable(&error.message())
    }

    /// The same for a file that Towline writes itself.
    pub(super) fn file_fault(&self, error: &std::io::Error) -> anyhow::Error {
        self.unwritable(error)
    }

    pub(super) fn unwritable(&self, why: &dyn std::fmt::Display) -> anyhow::Error {
        let place = self.location();
        let says = |why: &dyn std::fmt::Display| Diagnostic::new(format!("cannot write to {place}: {why}"));
        match self.why_not_writable() {
            Some(kind @ (ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) => {
                says(&kind).hint("nothing was changed: free some space and run this again")
            }
            Some(kind) => says(&kind).hint(format!(
                "this user has read-only access: grant it write access to {}",
                self.git.path().display()
            )),
            None => says(why),
        }
        .into()
    }

    /// The error for a reference whose lock stays taken.
    pub(crate) fn lock_fault(&self, reference: &str) -> anyhow::Error {
        let lock = self.lock_file(reference);
        Diagnostic::new(format!("cannot update {reference} in {}: it is still locked", self.location()))
            .hint(format!(
                "git holds its lock for moments only: if no git is at work there, remove {}",
                lock.display()
            ))
            .into()
    }

    fn lock_file(&self, reference: &str) -> PathBuf {
        let own = self.lock_path(reference);
        let packed = self.git.path().join("packed-refs.lock");
        if !own.exists() && packed.exists() { packed } else { own }
    }

    pub(super) fn why_not_writable(&self) -> Option<ErrorKind> {
        ["objects", "refs"]
            .into_iter()
            .find_map(|folder| why_not_writable(&self.git.path().join(folder)))
            .map(|error| error.kind())
    }
}

/// What to do about a damaged repository.
pub(super) fn restore(place: &str) -> String {
    format!("the repository is damaged: check it with `git -C {place} fsck`, then restore it from a clone")
}
