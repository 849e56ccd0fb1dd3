//! Opening input files: only regular ones, no larger than any that people write, and, for those that a
//! pipeline file names, none outside of its repository.
//!
//! A link may lead anywhere, and may be changed between a look at it and the opening of the file. So a file
//! is opened without following any link: what was opened is where it seems to be. Most paths have no link in
//! them, and are opened at once. Another one is resolved first, and what it resolves to is opened. What is in `.git` is not part of the repository's files: a checkout of a CI
//! system has its token there.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

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
    /// Where the root is in the folder.
    inside: PathBuf,
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
    #[error("is a link to nothing")]
    Dangling,
    #[error("is not a regular file")]
    Odd { is_folder: bool },
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
            Self::Odd { is_folder: true } => (self.to_string(), Some("name a file in this folder")),
            Self::Odd { is_folder: false } => {
                (self.to_string(), Some("write its output to a file, and name that file"))
            }
            Self::TooLarge | Self::Dangling => (self.to_string(), None),
        };
        Diagnostic { hint: hint.map(str::to_owned), ..Diagnostic::new(message).at(Place::file(path)) }
    }
}

impl Boundary {
    /// The one of a pipeline file's folder.
    pub fn of(root: &Path) -> Self {
        let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let repository = real.ancestors().find(|folder| folder.join(".git").exists());
        Self::new(repository.unwrap_or(&real), &real, root)
    }

    /// One around a folder of our own.
    pub fn around(folder: &Path) -> Self {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self::new(&real, &real, folder)
    }

    fn new(folder: &Path, real_root: &Path, root: &Path) -> Self {
        let inside = real_root.strip_prefix(folder).unwrap_or(Path::new(""));
        Self { folder: folder.to_owned(), root: root.to_owned(), inside: inside.to_owned() }
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
        let folder = openat(CWD, &self.folder, FOLDER, Mode::empty()).map_err(io::Error::from)?;
        if let Some(opened) = self.open_at_once(&folder, path) {
            return Ok(opened.into());
        }
        let inside = self.resolve(path)?;
        let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { &inside };
        Ok(open_without_links(&folder, inside).map_err(unopened)?.into())
    }

    /// Opens a path that tells by itself where it leads to, if no part of it is a link.
    fn open_at_once(&self, folder: &OwnedFd, path: &Path) -> Option<OwnedFd> {
        let path = self.inside.join(path);
        let is_plain = |part| matches!(part, Component::Normal(_)) && !is_gits(part);
        if !path.components().all(is_plain) {
            return None;
        }
        open_beneath(folder, &path).ok()
    }

    /// Where a path leads to, from the repository's folder, and without links.
    fn resolve(&self, path: &Path) -> Result<PathBuf, Unreadable> {
        let there = self.root.join(path);
        let real = there.canonicalize().map_err(|error| match error.kind() {
            ErrorKind::NotFound if there.is_symlink() => Unreadable::Dangling,
            _ => error.into(),
        })?;
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
    contents(openat(CWD, path, READ, Mode::empty()).map_err(unopened)?.into())
}

/// Sockets cannot even be opened.
fn unopened(error: Errno) -> Unreadable {
    match error {
        Errno::NXIO | Errno::OPNOTSUPP => Unreadable::Odd { is_folder: false },
        error => Unreadable::Io(error.into()),
    }
}

fn contents(file: File) -> Result<Vec<u8>, Unreadable> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unreadable::Odd { is_folder: metadata.is_dir() });
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
fn open_without_links(folder: &OwnedFd, inside: &Path) -> rustix::io::Result<OwnedFd> {
    match open_beneath(folder, inside) {
        // Systems other than Linux, kernels before 5.6, and some sandboxes.
        Err(Errno::NOSYS | Errno::PERM) => step_by_step(folder, inside),
        opened => opened,
    }
}

#[cfg(target_os = "linux")]
fn open_beneath(folder: &OwnedFd, inside: &Path) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};
    openat2(folder, inside, READ, Mode::empty(), ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS)
}

#[cfg(not(target_os = "linux"))]
fn open_beneath(_: &OwnedFd, _: &Path) -> rustix::io::Result<OwnedFd> {
    Err(Errno::NOSYS)
}

/// The same for systems that cannot do it at once.
fn step_by_step(folder: &OwnedFd, inside: &Path) -> rustix::io::Result<OwnedFd> {
    let mut parts = inside.components().peekable();
    let mut opened = openat(folder, ".", FOLDER, Mode::empty())?;
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
        symlink("nowhere", app.join("dangling")).unwrap();
        assert_eq!(read(&boundary, "dangling"), "is a link to nothing");
        std::os::unix::net::UnixListener::bind(app.join("socket")).unwrap();
        assert_eq!(read(&boundary, "socket"), "is not a regular file");
        for folder in ["config", ".", ".."] {
            assert_eq!(read(&boundary, folder), "is not a regular file", "{folder}");
        }
        let boundary = Boundary::of(&top.path().join("repository"));
        assert_eq!(read(&boundary, "."), "is not a regular file");
        assert_eq!(read(&boundary, ".."), "is outside REPOSITORY");
    }

    #[test]
    fn a_path_with_a_link_in_it_or_to_git_is_not_opened_at_once() {
        let (top, boundary) = world();
        let app = top.path().join("repository/app");
        symlink("../shared", app.join("shared")).unwrap();
        let folder = openat(CWD, boundary.folder(), FOLDER, Mode::empty()).unwrap();
        let is_opened = |path: &str| boundary.open_at_once(&folder, Path::new(path)).is_some();
        assert_eq!(is_opened("config/a"), cfg!(target_os = "linux"));
        for path in ["shared/a", "../shared/a", "../.git/config", "/dev/zero", "missing"] {
            assert!(!is_opened(path), "{path}");
        }
        let of_git = Boundary::new(boundary.folder(), &boundary.folder().join(".git"), boundary.root());
        assert!(of_git.open_at_once(&folder, Path::new("config")).is_none());
    }

    #[test]
    fn a_link_that_is_put_there_after_the_look_is_not_followed() {
        let (top, boundary) = world();
        let app = top.path().join("repository/app");
        let looked_at = boundary.resolve(Path::new("config/a")).unwrap();
        fs::rename(app.join("config"), app.join("before")).unwrap();
        symlink("../../outside", app.join("config")).unwrap();
        let folder = openat(CWD, boundary.folder(), FOLDER, Mode::empty()).unwrap();
        open_without_links(&folder, &looked_at).unwrap_err();
        step_by_step(&folder, &looked_at).unwrap_err();
        step_by_step(&folder, Path::new("app/before/a")).unwrap();
    }

    #[test]
    fn a_pipe_is_not_waited_for_and_a_device_has_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [&pipe, Path::new("/dev/zero"), folder.path()] {
            let error = super::read(path).unwrap_err();
            let is_folder = path == folder.path();
            let is_odd = matches!(error, Unreadable::Odd { is_folder: it } if it == is_folder);
            assert!(is_odd, "{}: {error:?}", path.display());
        }
        assert!(super::read(&folder.path().join("missing")).unwrap_err().is_missing());
    }
}
