//! Changing the forge: read, decide, write what was decided, again until nobody wrote in between.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use super::record::Record;
use super::store::Snapshot;
use crate::clock::Clock;
use crate::git::{Backoff, Repository};
use crate::vocabulary::Diagnostic;

/// The forge that a repository itself is.
pub struct LocalForge {
    path: PathBuf,
    pub(super) location: String,
    pub(super) clock: Arc<dyn Clock>,
    /// Open, and used by nobody. One that is open sees what other processes write.
    idle: Mutex<Vec<Repository>>,
}

/// An open repository, which is kept for the next call when it is dropped.
pub(super) struct Lent<'a> {
    repository: Option<Repository>,
    idle: &'a Mutex<Vec<Repository>>,
}

impl LocalForge {
    pub fn new(repository: &Repository, clock: Arc<dyn Clock>) -> Self {
        let path = repository.git.path().to_owned();
        Self { path, location: repository.location().to_owned(), clock, idle: Mutex::default() }
    }

    pub(super) fn repository(&self) -> Result<Lent<'_>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repository = idle.map_or_else(|| Repository::open_path(&self.path, &self.location), Ok)?;
        Ok(Lent { repository: Some(repository), idle: &self.idle })
    }

    /// Reads the forge, lets `change` decide, and writes what it decided: again and again until
    /// nobody wrote in between.
    pub(super) fn transaction<T>(
        &self,
        mut change: impl FnMut(&Repository, &Snapshot) -> Result<Step<T>>,
    ) -> Result<T> {
        let repository = self.repository()?;
        let mut changed = false;
        for () in Backoff::default() {
            let snapshot = Snapshot::read(&repository)?;
            let result = match change(&repository, &snapshot)? {
                Step::Return(result) => result,
                Step::Again => {
                    changed = true;
                    continue;
                }
                Step::Write(record, what, result) => {
                    if !snapshot.write(&repository, &record, &what, self.clock.now())? {
                        continue;
                    }
                    changed = true;
                    result
                }
            };
            if changed {
                repository.collect_garbage();
            }
            return Ok(result);
        }
        Err(Diagnostic::new(format!("gave up because {} kept changing", self.location))
            .hint("retry later")
            .into())
    }
}

impl Deref for Lent<'_> {
    type Target = Repository;

    fn deref(&self) -> &Repository {
        self.repository.as_ref().expect("it is taken only when this is dropped")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.repository.take());
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
