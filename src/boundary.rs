//! Opening input files: only regular ones, no larger than any that people write, and, for those that a
//! pipeline file names, none outside of its repository.
//!
//! A link may lead anywhere, and may be changed between a look at it and the opening of the file. So a
//! path is resolved first, and what it resolves to is opened without following any link: what was opened
//! is where it seems to be. What is in `.git` is not part of the repository's files: a checkout of a CI
//! system has its token there.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};

use crate::vocabulary::{Diagnostic, Place};

/// More than any input that people write, or a chart, has.
pub const LARGEST: u64 = 256 << 20;

/// A file that is not there yet must not be waited for, and a terminal is not to become ours.
const READ: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::DIRECTORY);

/// What a pipeline in a folder may read from: its repository, or its own folder where there is none.
#[derive(Debug, Clone)]
pub struct Boundary {
    /// Without links.
    folder: PathBuf,
    root: PathBuf,
}

/// Why an input file is not read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("is outside {}", .0.display())]
    Outside(PathBuf),
    #[error("is part of git's own files")]
    OfGit,
    #[error("is not a regular file")]
    Odd,
    #[error("is larger than {} MB", LARGEST >> 20)]
    TooLarge,
}

impl Unreadable {
    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
    }

    /// As an error about a file, which `path` shows to people.
    pub fn about(&self, path: &Path) -> Diagnostic {
        let (message, hint) = match self {
            Self::Io(error) => (format!("cannot be read: {error}"), None),
            Self::Outside(_) | Self::OfGit => (
                self.to_string(),
                Some("copy the file here: a release is made from the files of its own repository"),
            ),
            Self::Odd => (self.to_string(), Some("write what it gives to a file, and name that one")),
            Self::TooLarge => (self.to_string(), None),
        };
        Diagnostic { hint: hint.map(str::to_owned), ..Diagnostic::new(message).at(Place::file(path)) }
    }
}

impl Boundary {
    /// The one of a pipeline file's folder.
    pub fn of(root: &Path) -> Self {
        let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let repository = real.ancestors().find(|folder| folder.join(".git").exists());
        Self { folder: repository.unwrap_or(&real).to_owned(), root: root.to_owned() }
    }

    /// One around a folder of our own.
    pub fn around(folder: &Path) -> Self {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self { folder: real, root: folder.to_owned() }
    }

    /// The folder that paths are relative to, as it was given.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The repository's folder, without links.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file's content. The path is relative to the pipeline file's folder.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, Unreadable> {
        contents(self.open(path)?)
    }

    /// Refuses what is not in the repository, before a folder is listed.
    pub fn check(&self, path: &Path) -> Result<(), Unreadable> {
        self.resolve(path).map(drop)
    }

    fn open(&self, path: &Path) -> Result<File, Unreadable> {
        let inside = self.resolve(path)?;
        let opened = openat(CWD, &self.folder, FOLDER, Mode::empty());
        let opened = opened.and_then(|folder| open_without_links(folder, &inside));
        Ok(opened.map_err(io::Error::from)?.into())
    }

    /// Where a path leads to, from the repository's folder, and without links.
    fn resolve(&self, path: &Path) -> Result<PathBuf, Unreadable> {
        let real = self.root.join(path).canonicalize()?;
        let Ok(inside) = real.strip_prefix(&self.folder) else {
            return Err(Unreadable::Outside(self.folder.clone()));
        };
        match inside.components().any(is_gits) {
            true => Err(Unreadable::OfGit),
            false => Ok(inside.to_owned()),
        }
    }
}

/// The content of a file that people name themselves, wherever it is.
pub fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let file = openat(CWD, path, READ, Mode::empty()).map_err(io::Error::from)?;
    contents(file.into())
}

fn contents(file: File) -> Result<Vec<u8>, Unreadable> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unreadable::Odd);
    }
    // It may grow while it is read.
    let mut content =
        Vec::with_capacity(usize::try_from(metadata.len().min(LARGEST)).unwrap_or_default() + 1);
    file.take(LARGEST + 1).read_to_end(&mut content)?;
    match content.len() as u64 > LARGEST {
        true => Err(Unreadable::TooLarge),
        false => Ok(content),
    }
}

/// Opens what is below a folder, or fails where any part of the path is a link.
fn open_without_links(folder: OwnedFd, inside: &Path) -> rustix::io::Result<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{ResolveFlags, openat2};
        use rustix::io::Errno;
        let how = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        match openat2(&folder, inside, READ, Mode::empty(), how) {
            // Kernels before 5.6, and some sandboxes.
            Err(Errno::NOSYS | Errno::PERM) => {}
            opened => return opened,
        }
    }
    step_by_step(folder, inside)
}

/// The same for systems that cannot do it at once.
fn step_by_step(folder: OwnedFd, inside: &Path) -> rustix::io::Result<OwnedFd> {
    let mut parts = inside.components().peekable();
    let mut opened = folder;
    while let Some(part) = parts.next() {
        let flags = if parts.peek().is_some() { FOLDER } else { READ };
        opened = openat(&opened, part.as_os_str(), flags | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(opened)
}

fn is_gits(part: Component) -> bool {
    part.as_os_str().eq_ignore_ascii_case(".git")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A repository with an application in it, and a folder beside it.
    fn world() -> (tempfile::TempDir, Boundary) {
        let top = tempfile::tempdir().unwrap();
        for folder in ["repository/.git", "repository/app/config", "repository/shared", "outside"] {
            fs::create_dir_all(top.path().join(folder)).unwrap();
        }
        for file in ["repository/.git/config", "repository/app/config/a", "repository/shared/a", "outside/a"]
        {
            fs::write(top.path().join(file), file).unwrap();
        }
        let boundary = Boundary::of(&top.path().join("repository/app"));
        (top, boundary)
    }

    fn read(boundary: &Boundary, path: &str) -> String {
        match boundary.read(Path::new(path)) {
            Ok(content) => String::from_utf8(content).unwrap(),
            Err(error) => error.to_string().replace(&boundary.folder.display().to_string(), "REPOSITORY"),
        }
    }

    #[test]
    fn links_are_followed_in_the_repository_and_not_out_of_it() {
        let (top, boundary) = world();
        let app = top.path().join("repository/app");
        symlink("../shared", app.join("shared")).unwrap();
        symlink(top.path().join("repository/shared/a"), app.join("absolute")).unwrap();
        symlink("../../outside", app.join("outside")).unwrap();
        symlink("../.git/config", app.join("token")).unwrap();
        symlink("/dev/zero", app.join("endless")).unwrap();
        assert_eq!(read(&boundary, "config/a"), "repository/app/config/a");
        assert_eq!(read(&boundary, "shared/a"), "repository/shared/a");
        assert_eq!(read(&boundary, "absolute"), "repository/shared/a");
        assert_eq!(read(&boundary, "../shared/a"), "repository/shared/a");
        assert_eq!(read(&boundary, "outside/a"), "is outside REPOSITORY");
        assert_eq!(read(&boundary, "../../outside/a"), "is outside REPOSITORY");
        assert_eq!(read(&boundary, "endless"), "is outside REPOSITORY");
        assert_eq!(read(&boundary, "token"), "is part of git's own files");
        assert_eq!(read(&boundary, "config"), "is not a regular file");
    }

    #[test]
    fn a_link_that_is_put_there_after_the_look_is_not_followed() {
        let (top, boundary) = world();
        let app = top.path().join("repository/app");
        let looked_at = boundary.resolve(Path::new("config/a")).unwrap();
        fs::rename(app.join("config"), app.join("before")).unwrap();
        symlink("../../outside", app.join("config")).unwrap();
        let folder = || openat(CWD, boundary.folder(), FOLDER, Mode::empty()).unwrap();
        open_without_links(folder(), &looked_at).unwrap_err();
        step_by_step(folder(), &looked_at).unwrap_err();
        step_by_step(folder(), Path::new("app/before/a")).unwrap();
    }

    #[test]
    fn a_pipe_is_not_waited_for_and_a_device_has_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [&pipe, Path::new("/dev/zero"), folder.path()] {
            let error = super::read(path).unwrap_err();
            assert!(matches!(error, Unreadable::Odd), "{}: {error}", path.display());
        }
        assert!(super::read(&folder.path().join("missing")).unwrap_err().is_missing());
    }
}
