//! The scratch folder in which a change of a folder is prepared, and what becomes of one whose process was killed.
//!
//! The steps of a change are noted in it before the first is taken. So whoever comes next can tell: a scratch folder
//! without a note is removed, and one with a note is a change that was about to be made: its steps are taken to the
//! end first.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use rustix::fs::{
    AtFlags, CWD, FlockOperation, Mode, OFlags, RenameFlags, flock, linkat, openat, renameat, renameat_with,
};
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

impl Step {
    /// Whether it may be one of ours, which stays in the two folders. A note may have come with a checkout.
    fn is_ours(&self) -> bool {
        let is_number = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        let is_inside = |path: &str| {
            let mut parts = Path::new(path).components().peekable();
            parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
        };
        is_number(&self.staged) && is_inside(&self.path)
    }
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
        for ownerless in ownerless_in(parent, NEW, false) {
            fs::remove_dir_all(&ownerless.path).ok();
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
    for Ownerless { path: scratch, _held } in ownerless_in(target.path, CHANGE, target.is_alone()) {
        let note = fs::read(scratch.join(NOTE)).unwrap_or_default();
        let steps: Vec<Step> = serde_json::from_slice(&note).unwrap_or_default();
        let are_ours = steps.iter().all(Step::is_ours);
        for step in steps.iter().filter(|_| are_ours) {
            finish(target, &scratch, step).with_context(|| {
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

/// A scratch folder whose process has ended.
struct Ownerless {
    path: PathBuf,
    /// So that one process at a time sweeps it.
    _held: fs::File,
}

/// The scratch folders whose process has ended. Unless nobody else can be at work, there is a moment in which a
/// process has made one and does not hold it yet: then they have to be old, too.
fn ownerless_in(folder: &Path, prefix: &str, is_alone: bool) -> Vec<Ownerless> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_one = |name: &OsStr| name.as_encoded_bytes().starts_with(prefix.as_bytes());
    let scratches = entries.filter(|entry| is_one(&entry.file_name())).map(|entry| entry.path());
    scratches.filter_map(|path| ownerless(path, is_alone).ok().flatten()).collect()
}

fn ownerless(path: PathBuf, is_alone: bool) -> io::Result<Option<Ownerless>> {
    // A link may lead to where no process of ours has been.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let held = fs::File::from(openat(CWD, &path, flags, Mode::empty())?);
    let age = SystemTime::now().duration_since(held.metadata()?.modified()?).unwrap_or_default();
    let is_ownerless = match flock(&held, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => is_alone || age > OLD,
        Err(Errno::WOULDBLOCK) => false,
        // Where nothing can be held.
        Err(_) => age > OLD,
    };
    Ok(is_ownerless.then(|| Ownerless { path, _held: held }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_note_that_came_with_a_checkout_moves_nothing_out_of_the_folder() {
        let step = |kind, staged: &str, path: &str| Step {
            kind,
            staged: staged.to_owned(),
            path: path.to_owned(),
            inode: None,
        };
        for odd in [
            step(Kind::Remove, "0", "../outside.yaml"),
            step(Kind::Remove, "../../stolen", "web.yaml"),
            step(Kind::Add, "../../outside.yaml", "new.yaml"),
            step(Kind::Add, "0", "../new.yaml"),
            step(Kind::Exchange, "0", "a/../../outside.yaml"),
            step(Kind::Exchange, "../../outside.yaml", "web.yaml"),
        ] {
            let top = tempfile::tempdir().unwrap();
            let out = top.path().join("out");
            let scratch = out.join(".towline-change-x");
            fs::create_dir_all(out.join("a")).unwrap();
            fs::create_dir(&scratch).unwrap();
            fs::write(top.path().join("outside.yaml"), "outside").unwrap();
            fs::write(out.join("web.yaml"), "web").unwrap();
            fs::write(scratch.join("0"), "staged").unwrap();
            let steps = [step(Kind::Remove, "1", "web.yaml"), odd];
            fs::write(scratch.join(NOTE), serde_json::to_vec(&steps).unwrap()).unwrap();
            sweep(&TargetFolder::open(&out).unwrap().unwrap()).unwrap();
            assert_eq!(read(&top.path().join("outside.yaml")), "outside", "{steps:?}");
            assert_eq!(read(&out.join("web.yaml")), "web", "{steps:?}");
            assert_eq!(fs::read_dir(top.path()).unwrap().count(), 2, "{steps:?}");
            assert!(!scratch.exists(), "{steps:?}");
        }
    }

    #[test]
    fn a_link_that_came_with_a_checkout_is_no_scratch_folder() {
        let top = tempfile::tempdir().unwrap();
        let (out, other) = (top.path().join("out"), top.path().join("other"));
        fs::create_dir(&out).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(out.join("web.yaml"), "web").unwrap();
        let step = Step { kind: Kind::Remove, staged: "0".into(), path: "web.yaml".into(), inode: None };
        fs::write(other.join(NOTE), serde_json::to_vec(&[step]).unwrap()).unwrap();
        std::os::unix::fs::symlink("../other", out.join(".towline-change-x")).unwrap();
        sweep(&TargetFolder::open(&out).unwrap().unwrap()).unwrap();
        assert_eq!(read(&out.join("web.yaml")), "web");
    }
}
