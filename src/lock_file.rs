//! Lock files that do not outlive their owner.
//!
//! A lock file is a name that only one process can make. git locks a file `X` with `X.lock`, and so does Towline. A
//! process that is killed leaves its lock file behind, and everybody else waits for ever.
//!
//! So a lock file of Towline's carries a mark, and is held with `flock` from before it gets its name. The kernel lets
//! go of it when the process ends, however that happens, on whichever host of a shared disk it ran. A lock file with
//! the mark that nobody holds is nobody's: whoever meets it breaks it.
//!
//! Those of git have neither. One is broken when it is old, nothing has changed it, and no git runs that may have
//! made it.
//!
//! Two processes that break the same lock file at once do not break the new one of a third: only who holds a file
//! with `flock` removes it, and only while it still has the name.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, openat};

use crate::process::is_git_at_work;

/// What a lock file of Towline's begins with. The rest is for people.
const MARK: &[u8] = b"towline ";

/// How long git holds a lock at most. It holds most of them for milliseconds, and that of a reference for as long as
/// a `reference-transaction` hook takes.
const OLD: Duration = Duration::from_secs(10 * 60);

/// Removes its file when it is dropped.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    _file: File,
}

impl LockFile {
    /// Makes the lock file at `path`, and breaks one whose owner is gone. Nothing while somebody else has it.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        let taken = |created: io::Result<File>| match created {
            Ok(file) => Ok(Some(Self { path: path.to_owned(), _file: file })),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error),
        };
        match taken(create(path))? {
            None if break_ownerless(path)? => taken(create(path)),
            taken => Ok(taken),
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // One that cannot be removed is nobody's in a moment.
        fs::remove_file(&self.path).ok();
    }
}

/// Removes a lock file of Towline's whose owner is gone. Says whether there is none any more.
pub fn break_ownerless(path: &Path) -> io::Result<bool> {
    break_ownerless_after(path, || Ok(()))
}

/// The same, once what the owner left is cleaned up. The lock file stays if that fails.
pub fn break_ownerless_after(path: &Path, clean: impl FnOnce() -> io::Result<()>) -> io::Result<bool> {
    break_if(path, |mut file| {
        let mut start = [0; MARK.len()];
        let is_towlines = file.read_exact(&mut start).is_ok() && start == MARK;
        if is_towlines {
            clean()?;
        }
        Ok(is_towlines)
    })
}

/// Removes a lock file, of git's too, that is so old that nobody can be at work with it. Says whether there is none
/// any more.
pub fn break_old(path: &Path) -> io::Result<bool> {
    break_if(path, |file| {
        let changed = file.metadata()?.modified()?;
        let age = SystemTime::now().duration_since(changed).unwrap_or_default();
        Ok(age > OLD && !is_git_at_work(changed))
    })
}

fn break_if(path: &Path, is_nobodys: impl FnOnce(&File) -> io::Result<bool>) -> io::Result<bool> {
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        // A link, a folder, or another user's who does not share: who made it has to remove it.
        Err(_) => return Ok(false),
    };
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Ok(false);
    }
    // Who waited for another to break it has the file that was broken.
    if !is_at(&file, path)? {
        return Ok(true);
    }
    let is_nobodys = is_nobodys(&file)?;
    if is_nobodys {
        fs::remove_file(path)?;
    }
    Ok(is_nobodys)
}

/// NFS lets only who can write lock for itself.
fn open(path: &Path) -> io::Result<File> {
    let open = |access| {
        let flags = access | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(openat(CWD, path, flags, Mode::empty())?))
    };
    open(OFlags::RDWR).or_else(|_: io::Error| open(OFlags::RDONLY))
}

/// Whether the open file is still the one with this name.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let open = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn create(path: &Path) -> io::Result<File> {
    match create_held(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => create_and_hold(path),
        created => created,
    }
}

/// Makes a file without a name, holds it, and gives it the name.
#[cfg(target_os = "linux")]
fn create_held(path: &Path) -> io::Result<File> {
    use std::os::fd::AsRawFd;

    let folder = path.parent().filter(|it| *it != Path::new("")).unwrap_or(Path::new("."));
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, folder, flags, Mode::from_raw_mode(0o666))?);
    hold(&file);
    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, nameless, CWD, path, rustix::fs::AtFlags::SYMLINK_FOLLOW)?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn create_held(_path: &Path) -> io::Result<File> {
    Err(ErrorKind::Unsupported.into())
}

/// Where a file cannot be without a name. One that a process leaves that is killed in between has no mark, and is
/// broken when it is old.
fn create_and_hold(path: &Path) -> io::Result<File> {
    let file = File::create_new(path)?;
    hold(&file);
    Ok(file)
}

/// Where files cannot be held there is no mark, and nobody breaks them.
fn hold(mut file: &File) {
    if flock(file, FlockOperation::NonBlockingLockExclusive).is_ok() {
        let mark = [MARK, format!("{}\n", std::process::id()).as_bytes()].concat();
        // A full disk: it is as one without a mark.
        file.write_all(&mark).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.lock");
        (folder, path)
    }

    /// What a killed process leaves: the file, held by nobody.
    fn left_behind(path: &Path) {
        fs::write(path, "towline 17\n").unwrap();
    }

    fn make_old(path: &Path) {
        let long_ago = SystemTime::now() - 2 * OLD;
        File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
    }

    #[test]
    fn one_at_a_time_holds_it_and_the_last_one_leaves_nothing() {
        let (folder, path) = folder();
        let first = LockFile::take(&path).unwrap().unwrap();
        assert!(LockFile::take(&path).unwrap().is_none());
        assert!(!break_ownerless(&path).unwrap() && !break_old(&path).unwrap());
        drop(first);
        drop(LockFile::take(&path).unwrap().unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn one_whose_owner_is_gone_is_taken_over() {
        let (_folder, path) = folder();
        left_behind(&path);
        let taken = LockFile::take(&path).unwrap();
        assert!(taken.is_some());
    }

    #[test]
    fn what_a_dead_owner_left_is_cleaned_up_before_its_lock_goes() {
        let (_folder, path) = folder();
        left_behind(&path);
        break_ownerless_after(&path, || Err(ErrorKind::PermissionDenied.into())).unwrap_err();
        assert!(path.exists());
        let there = std::cell::Cell::new(false);
        let clean = || {
            there.set(path.exists());
            Ok(())
        };
        assert!(break_ownerless_after(&path, clean).unwrap());
        assert!(there.get() && !path.exists());
        let _held = LockFile::take(&path).unwrap().unwrap();
        assert!(!break_ownerless_after(&path, || panic!("its owner lives")).unwrap());
    }

    #[test]
    fn that_of_git_is_left_alone_until_it_is_old() {
        let (_folder, path) = folder();
        fs::write(&path, "").unwrap();
        assert!(LockFile::take(&path).unwrap().is_none() && !break_old(&path).unwrap());
        make_old(&path);
        assert!(LockFile::take(&path).unwrap().is_none());
        // Other tests run git at the same time, but none that is so old.
        assert!(break_old(&path).unwrap() && !path.exists());
    }

    #[test]
    fn what_is_held_is_never_old() {
        let (_folder, path) = folder();
        let _held = LockFile::take(&path).unwrap().unwrap();
        make_old(&path);
        assert!(!break_old(&path).unwrap());
    }

    /// Many break the same one at once, and each that then takes it has it for itself.
    #[test]
    fn nobody_breaks_what_another_took_meanwhile() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (_folder, path) = folder();
        let holders = AtomicUsize::new(0);
        for _ in 0..200 {
            left_behind(&path);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let taken = loop {
                            match LockFile::take(&path).unwrap() {
                                Some(taken) => break taken,
                                None => std::thread::yield_now(),
                            }
                        };
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                        assert!(path.exists());
                        assert_eq!(holders.fetch_sub(1, Ordering::SeqCst), 1);
                        drop(taken);
                    });
                }
            });
        }
    }
}
