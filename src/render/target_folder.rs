//! The folder of `-o DIR`, held while it is written to, so that one process writes at a time.
//!
//! It is held with `flock`, which ends with the process. File systems that cannot do that (NFS, for folders) are
//! written to all the same.
//!
//! Files and folders in it are reached folder by folder, and never through a link: one that somebody puts there
//! meanwhile leads nowhere else.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, openat};
use rustix::io::Errno;

use crate::vocabulary::{Diagnostic, Place};

/// How long another process may write.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub struct TargetFolder<'a> {
    pub path: &'a Path,
    root: File,
    is_alone: bool,
}

impl<'a> TargetFolder<'a> {
    /// Waits while another process writes there. Nothing when there is no folder.
    pub fn open(path: &'a Path) -> Result<Option<Self>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = match openat(CWD, path, flags, Mode::empty()) {
            Ok(root) => File::from(root),
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            Err(error) => {
                return Err(io::Error::from(error))
                    .with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let mut left = PATIENCE;
        loop {
            match flock(&root, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Some(Self { path, root, is_alone: true })),
                Err(Errno::WOULDBLOCK | Errno::INTR) if left > PAUSE => {
                    std::thread::sleep(PAUSE);
                    left -= PAUSE;
                }
                Err(Errno::WOULDBLOCK | Errno::INTR) => return Err(busy(path).into()),
                Err(_) => return Ok(Some(Self { path, root, is_alone: false })),
            }
        }
    }

    /// Whether no other Towline writes here.
    pub fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// A folder in it. A path that may lead out of it, or does not begin in it, is refused.
    pub fn folder(&self, path: &Path) -> io::Result<OwnedFd> {
        let mut at = OwnedFd::from(self.root.try_clone()?);
        for part in path.components() {
            let Component::Normal(name) = part else { return Err(ErrorKind::InvalidInput.into()) };
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            at = openat(&at, name, flags, Mode::empty())?;
        }
        Ok(at)
    }

    /// The folder that something is in, and its name there.
    pub fn place<'p>(&self, path: &'p str) -> io::Result<(OwnedFd, &'p OsStr)> {
        let path = Path::new(path);
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        Ok((self.folder(path.parent().unwrap_or(Path::new("")))?, name))
    }
}

fn busy(path: &Path) -> Diagnostic {
    Diagnostic::new("another program has locked this folder")
        .at(Place::file(path))
        .hint("retry when it has ended, or choose another folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("out");
        std::fs::create_dir_all(path.join("a/b")).unwrap();
        let target = TargetFolder::open(&path).unwrap().unwrap();
        target.folder(Path::new("")).unwrap();
        target.folder(Path::new("a/b")).unwrap();
        let absolute = path.join("a");
        for odd in [Path::new(".."), Path::new("a/../a"), Path::new("./a"), &absolute] {
            let error = target.folder(odd).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{}", odd.display());
        }
        for odd in ["..", "../a", "a/../b", "/etc/passwd", ""] {
            let error = target.place(odd).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{odd}");
        }
        target.place("a/b").unwrap();
    }
}
