//! Changing the forge: read, decide, write what was decided, again until nobody wrote in between.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;

use super::record::Record;
use super::store::Snapshot;
use crate::clock::Clock;
use crate::git::{Backoff, Repository};
use crate::vocabulary::Diagnostic;

/// The forge that a repository itself is.
pub struct LocalForge {
    /// Opened anew for every call: cheap, and always sees what other processes wrote.
    path: PathBuf,
    pub(super) location: String,
    pub(super) clock: Arc<dyn Clock>,
}

impl LocalForge {
    pub fn new(repository: &Repository, clock: Arc<dyn Clock>) -> Self {
        let path = repository.git.path().to_owned();
        Self { path, location: repository.location().to_owned(), clock }
    }

    pub(super) fn repository(&self) -> Result<Repository> {
        Repository::open_path(&self.path, &self.location)
    }

    /// Reads the forge, lets `change` decide, and writes what it decided: again and again until
    /// nobody wrote in between.
    pub(super) fn transaction<T>(
        &self,
        mut change: impl FnMut(&Repository, &Snapshot) -> Result<Step<T>>,
    ) -> Result<T> {
        let repository = self.repository()?;
        for () in Backoff::default() {
            let snapshot = Snapshot::read(&repository)?;
            match change(&repository, &snapshot)? {
                Step::Return(result) => return Ok(result),
                Step::Again => {}
                Step::Write(record, what, result) => {
                    if snapshot.write(&repository, &record, &what, self.clock.now())? {
                        return Ok(result);
                    }
                }
            }
        }
        Err(Diagnostic::new(format!("gave up because {} kept changing", self.location))
            .hint("retry later")
            .into())
    }
}

/// What a transaction decided.
pub enum Step<T> {
    /// Nothing to write.
    Return(T),
    /// Something else was changed first; look again.
    Again,
    /// Write this record, with this line for the history, then return.
    Write(Box<Record>, String, T),
}
