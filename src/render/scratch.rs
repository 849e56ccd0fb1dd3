//! The scratch folder in which a change of a folder is prepared, and what becomes of one whose process was killed.
//!
//! The steps of a change are noted in it before the first is taken. So whoever comes next can tell: a scratch folder
//! without a note is removed, and one with a note is a change that was about to be made: its steps are taken to the
//! end first.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use rustix::fs::{AtFlags, CWD, FlockOperation, RenameFlags, flock, linkat, renameat, renameat_with};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::target_folder::TargetFolder;
use crate::failpoint::side_effect;
use crate::scratch::{TempDir, beside_for_all};

/// In a folder that is changed.
const CHANGE: &str = ".towline-change-";
/// Beside a folder that is made.
const NEW: &str = ".towline-new-";
const NOTE: &str = "steps.json";
/// Where nobody can tell whether the process is alive, a scratch folder of this age is nobody's.
const OLD: Duration = Duration::from_secs(60 * 60);

/// One rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub kind: Kind,
    /// The name in the scratch folder.
    pub staged: String,
    /// The path in the folder that is changed.
    pub path: String,
    /// Of what is staged. Nothing is staged for a removal.
    pub inode: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// What is staged and what is there change places.
    Exchange,
    /// What is staged goes to where nothing is.
    Add,
    /// What is there goes to the scratch folder.
    Remove,
}

pub struct Scratch {
    folder: TempDir,
    /// Held until it is dropped.
    _held: fs::File,
}

impl Scratch {
    /// One to change a folder, in that folder.
    pub fn to_change(folder: &Path) -> Result<Self> {
        Self::new(folder, CHANGE)
    }

    /// One to make a folder, in the one above. Those that killed processes left there are removed.
    pub fn to_make(parent: &Path) -> Result<Self> {
        for scratch in ownerless_in(parent, NEW, false) {
            fs::remove_dir_all(scratch).ok();
        }
        Self::new(parent, NEW)
    }

    /// A folder that has the permissions of any other, and that git ignores.
    fn new(parent: &Path, prefix: &str) -> Result<Self> {
        let make = || {
            let folder = beside_for_all(parent, prefix)?;
            let held = fs::File::open(folder.path())?;
            flock(&held, FlockOperation::NonBlockingLockExclusive).ok();
            fs::write(folder.path().join(".gitignore"), "*\n")?;
            io::Result::Ok(Self { folder, _held: held })
        };
        make().with_context(|| format!("cannot write to {}", parent.display()))
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// From now on, whoever finds it takes these steps.
    pub fn note(&self, steps: &[Step]) -> io::Result<()> {
        let (new, note) = (self.path().join("new-note"), self.path().join(NOTE));
        fs::write(&new, serde_json::to_vec(steps)?)?;
        fs::rename(new, note)
    }

    /// From now on, whoever finds it removes it.
    pub fn forget(&self) -> io::Result<()> {
        match fs::remove_file(self.path().join(NOTE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// It stays.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// Takes one step.
pub fn take(target: &TargetFolder, scratch: &Path, step: &Step) -> io::Result<()> {
    side_effect(&format!("put {}", step.path));
    let taken = try_to_take(target, scratch, step);
    side_effect(&format!("has put {}", step.path));
    taken
}

fn try_to_take(target: &TargetFolder, scratch: &Path, step: &Step) -> io::Result<()> {
    let staged = scratch.join(&step.staged);
    let (folder, name) = target.place(&step.path)?;
    match step.kind {
        Kind::Exchange => match renameat_with(CWD, &staged, &folder, name, RenameFlags::EXCHANGE) {
            Err(error) if is_unsupported(error) => {
                // A file gets a second name, so that at no time there is none. A folder cannot have two.
                if linkat(&folder, name, CWD, old(&staged), AtFlags::empty()).is_err() {
                    renameat(&folder, name, CWD, old(&staged))?;
                }
                Ok(renameat(CWD, &staged, &folder, name)?)
            }
            exchanged => Ok(exchanged?),
        },
        Kind::Add => match renameat_with(CWD, &staged, &folder, name, RenameFlags::NOREPLACE) {
            Err(error) if is_unsupported(error) => Ok(renameat(CWD, &staged, &folder, name)?),
            added => Ok(added?),
        },
        Kind::Remove => Ok(renameat(&folder, name, CWD, &staged)?),
    }
}

/// Where what was exchanged stands if the file system cannot do that in one step.
pub fn old(staged: &Path) -> PathBuf {
    staged.with_extension("old")
}

fn is_unsupported(error: Errno) -> bool {
    matches!(error, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}

/// Ends what killed processes began in the folder.
pub fn sweep(target: &TargetFolder) -> Result<()> {
    for scratch in ownerless_in(target.path, CHANGE, target.is_alone()) {
        let note = fs::read(scratch.join(NOTE)).unwrap_or_default();
        let steps: Vec<Step> = serde_json::from_slice(&note).unwrap_or_default();
        for step in steps {
            finish(target, &scratch, &step).with_context(|| {
                let (folder, path) = (target.path.display(), &step.path);
                format!("cannot end a change of {path} in {folder} that a killed process began")
            })?;
        }
        fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
    }
    Ok(())
}

/// Takes a step if it was not taken. What people have done there since is theirs.
fn finish(target: &TargetFolder, scratch: &Path, step: &Step) -> io::Result<()> {
    let there = fs::symlink_metadata(target.path.join(&step.path)).ok();
    let is_staged = fs::symlink_metadata(scratch.join(&step.staged)).is_ok();
    let noted = fs::metadata(scratch.join(NOTE))?.modified()?;
    let kind = match (step.kind, there) {
        (Kind::Exchange, Some(there)) if is_staged => {
            let is_taken = Some(there.ino()) == step.inode;
            let is_edited = there.is_file() && there.modified()? > noted;
            (!is_taken && !is_edited).then_some(Kind::Exchange)
        }
        (Kind::Exchange | Kind::Add, None) if is_staged => Some(Kind::Add),
        (Kind::Remove, Some(_)) if !is_staged => Some(Kind::Remove),
        _ => None,
    };
    kind.map_or(Ok(()), |kind| take(target, scratch, &Step { kind, ..step.clone() }))
}

/// The scratch folders whose process has ended. Unless nobody else can be at work, there is a moment in which a
/// process has made one and does not hold it yet: then they have to be old, too.
fn ownerless_in(folder: &Path, prefix: &str, is_alone: bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_one = |name: &OsStr| name.as_encoded_bytes().starts_with(prefix.as_bytes());
    let scratches = entries.filter(|entry| is_one(&entry.file_name())).map(|entry| entry.path());
    scratches.filter(|path| is_ownerless(path, is_alone).unwrap_or(false)).collect()
}

fn is_ownerless(scratch: &Path, is_alone: bool) -> io::Result<bool> {
    let folder = fs::File::open(scratch)?;
    let metadata = folder.metadata()?;
    let age = SystemTime::now().duration_since(metadata.modified()?).unwrap_or_default();
    Ok(metadata.is_dir()
        && match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => is_alone || age > OLD,
            Err(Errno::WOULDBLOCK) => false,
            // Where nothing can be held.
            Err(_) => age > OLD,
        })
}
