//! Moving a reference as git does: lock it, compare it, put the new value in its place.
//!
//! libgit2 moves references too. But when its process is killed meanwhile, its lock stays and locks everybody out;
//! a [`LockFile`] does not. An interrupt waits until the reference is moved.
//!
//! For `refs/heads/main`, the lock is `main.lock`, as git's is. Who holds it writes the new value to `main~.lock` and
//! renames that to `main`. No reference can have a `~` in its name, and git passes over files that end like that.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use git2::{ErrorCode, Oid};
use walkdir::WalkDir;

use super::backoff::Backoff;
use super::repository::Repository;
use super::write::Update;
use crate::failpoint::side_effect;
use crate::interrupt;
use crate::lock_file::{self, LockFile};
use crate::vocabulary::Diagnostic;

const LOCK: &str = ".lock";
const STAGED: &str = "~.lock";

/// What is needed to move a reference, got before it is locked.
struct Move<'a> {
    name: &'a str,
    new: Oid,
    expected: Option<Oid>,
    /// Whether the new value has to have reached the disk before it counts.
    hardened: bool,
    /// The logs to be continued, and who moves it.
    logs: Vec<PathBuf>,
    who: String,
}

enum Turn {
    Done,
    Moved,
    Locked,
}

impl Repository {
    /// The compare-and-swap of any reference. Waits for the lock of another process a bounded time.
    pub(crate) fn update_reference(&self, name: &str, new: Oid, expected: Option<Oid>) -> Result<Update> {
        let name = &self.resolve(name);
        if expected.is_none() {
            self.refuse_in_the_way(name)?;
        }
        // A reference to what is not there would damage the repository, whoever has lost it.
        self.find_commit(new)?;
        let step = self.prepare_move(name, new, expected)?;
        for () in Backoff::default() {
            if let Some(update) = self.turn(&step)? {
                return Ok(update);
            }
        }
        if self.break_old_locks(name)
            && let Some(update) = self.turn(&step)?
        {
            return Ok(update);
        }
        Err(self.lock_fault(name))
    }

    /// Breaks locks of the reference, and of the file with the packed ones, that somebody left long ago. Says
    /// whether there is none now.
    pub(super) fn break_old_locks(&self, name: &str) -> bool {
        let locks = [self.lock_path(name), self.git.path().join("packed-refs.lock")];
        locks.iter().all(|lock| lock_file::break_old(lock).unwrap_or(false))
    }

    /// Breaks the lock of a reference that a killed Towline left.
    pub(super) fn break_ownerless_lock(&self, name: &str) {
        lock_file::break_ownerless(&self.lock_path(name)).ok();
    }

    /// Removes the locks that killed runs left, of all references: people's git would stop at them. Once for each
    /// repository, because that takes a walk through all folders of references.
    pub(super) fn break_ownerless_locks(&self) {
        static DONE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        if !DONE.lock().unwrap_or_else(PoisonError::into_inner).insert(self.git.path().to_owned()) {
            return;
        }
        for entry in WalkDir::new(self.git.path().join("refs")).into_iter().flatten() {
            let path = entry.path();
            match path.to_string_lossy() {
                name if name.ends_with(STAGED) => {
                    let lock = PathBuf::from(name.trim_end_matches(STAGED).to_owned() + LOCK);
                    if let Ok(Some(_lock)) = LockFile::take(&lock) {
                        fs::remove_file(path).ok();
                    }
                }
                name if name.ends_with(LOCK) => _ = lock_file::break_ownerless(path),
                _ => {}
            }
        }
    }

    pub(super) fn lock_path(&self, name: &str) -> PathBuf {
        beside(&self.git.path().join(name), LOCK)
    }

    /// Whether it moved; nothing while somebody else has the lock.
    fn turn(&self, step: &Move<'_>) -> Result<Option<Update>> {
        let name = step.name;
        side_effect(&format!("update {name}"));
        let turn = interrupt::wholly(|| {
            let _shared = self.shared();
            self.move_locked(step)
        })?;
        side_effect(&format!("updated {name}"));
        match turn {
            Turn::Done => Ok(Some(Update::Done)),
            Turn::Moved => Ok(Some(Update::Moved(self.find_reference(name)?))),
            Turn::Locked => Ok(None),
        }
    }

    fn move_locked(&self, step: &Move<'_>) -> Result<Turn> {
        let name = step.name;
        let path = self.git.path().join(name);
        let lock = lock(&self.lock_path(name)).map_err(|error| self.file_fault(&error))?;
        let Some(_lock) = lock else { return Ok(Turn::Locked) };
        side_effect(&format!("locked {name}"));
        let found = match self.git.refname_to_id(name) {
            Ok(id) => Some(id),
            Err(error) if error.code() == ErrorCode::NotFound => None,
            Err(error) => return Err(self.read_fault(error)),
        };
        if found != step.expected {
            return Ok(Turn::Moved);
        }
        let put = || {
            step.log(found)?;
            put(&path, step.new, step.hardened)
        };
        put().map_err(|error| self.file_fault(&error))?;
        side_effect(&format!("moved {name}"));
        Ok(Turn::Done)
    }

    /// git is asked before the reference is locked, and before an interrupt has to wait.
    fn prepare_move<'a>(&self, name: &'a str, new: Oid, expected: Option<Oid>) -> Result<Move<'a>> {
        let settings = self.settings()?;
        let logs =
            self.logs(name, &settings.text("core.logallrefupdates").unwrap_or_default().to_lowercase());
        let now = jiff::Timestamp::now();
        let who = match logs.is_empty() {
            true => String::new(),
            false => {
                let who = settings.committer(now)?;
                format!("{} <{}> {} +0000", who.name()?, who.email()?, now.as_second())
            }
        };
        Ok(Move { name, new, expected, hardened: settings.hardens("reference"), logs, who })
    }

    /// The logs of a reference: where it has one, or is to have one.
    fn logs(&self, name: &str, setting: &str) -> Vec<PathBuf> {
        let is_usual = ["refs/heads/", "refs/remotes/", "refs/notes/"].iter().any(|it| name.starts_with(it));
        let is_wanted = match setting {
            "always" => true,
            "true" | "yes" | "on" | "1" => is_usual,
            _ => false,
        };
        let head = self.git.find_reference("HEAD").ok();
        let head = head.and_then(|head| head.symbolic_target().ok().flatten().map(str::to_owned));
        let names = std::iter::once(name).chain((head.as_deref() == Some(name)).then_some("HEAD"));
        let logs = names.map(|name| self.git.path().join("logs").join(name));
        logs.filter(|log| is_wanted || log.is_file()).collect()
    }

    /// A branch `a` and a branch `a/b` cannot both be: one is a file where the other needs a folder.
    fn refuse_in_the_way(&self, name: &str) -> Result<()> {
        let mut above = name.match_indices('/').map(|(end, _)| &name[..end]).skip(1);
        let other = above.find(|it| self.git.refname_to_id(it).is_ok()).map(str::to_owned);
        let below = || {
            let mut below = self.git.references_glob(&format!("{name}/*")).ok()?;
            below.names().next()?.ok().map(str::to_owned)
        };
        let Some(other) = other.or_else(below) else { return Ok(()) };
        let message = format!("cannot create {name} in {}: {other} is in its way", self.location());
        Err(Diagnostic::new(message).hint(format!("rename or delete {other}")).into())
    }
}

impl Move<'_> {
    fn log(&self, found: Option<Oid>) -> io::Result<()> {
        let old = found.unwrap_or(Oid::ZERO_SHA1);
        for log in &self.logs {
            log.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut file = OpenOptions::new().append(true).create(true).open(log)?;
            file.write_all(format!("{old} {} {}\ttowline\n", self.new, self.who).as_bytes())?;
        }
        Ok(())
    }
}

/// Makes the folders above, too. git removes those that are empty, maybe in this moment.
fn lock(path: &Path) -> io::Result<Option<LockFile>> {
    const TRIES: usize = 5;
    let mut result = LockFile::take(path);
    for _ in 0..TRIES {
        match &result {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                path.parent().map_or(Ok(()), fs::create_dir_all)?;
                result = LockFile::take(path);
            }
            _ => break,
        }
    }
    result
}

/// Puts a value in the place of a reference that is locked.
fn put(path: &Path, new: Oid, hardened: bool) -> io::Result<()> {
    let staged = beside(path, STAGED);
    let write = || {
        let mut file = File::create(&staged)?;
        file.write_all(format!("{new}\n").as_bytes())?;
        if hardened { file.sync_all() } else { Ok(()) }
    };
    let rename = || match fs::rename(&staged, path) {
        // Folders of references that are gone.
        Err(error) if error.kind() == ErrorKind::IsADirectory => {
            remove_empty(path)?;
            fs::rename(&staged, path)
        }
        renamed => renamed,
    };
    let done = write().and_then(|()| rename());
    if done.is_err() {
        fs::remove_file(&staged).ok();
    }
    done
}

fn remove_empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_empty(&entry.path())?;
        }
    }
    fs::remove_dir(folder)
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(extension);
    path.into()
}
