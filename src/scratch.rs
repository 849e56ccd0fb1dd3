//! Scratch: folders for what is needed for a moment. The one place that makes them.
//!
//! A [`Folder`] is for its owner alone (0700, its files 0600). It is in memory where that has room, so that
//! secrets are not written to a disk. It goes when it is dropped and when the process is interrupted. A process
//! that was killed leaves it behind, and the next run takes it away ([`sweep`]): beside each folder is a
//! [`LockFile`], and the system ends that with its owner, whatever that is called and in whichever container.
//!
//! What becomes a part of something else is made beside that, on the same file system: [`beside`].

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::Result;
use tempfile::{Builder, NamedTempFile};

use crate::interrupt::{self, Registration};
use crate::lock_file::{LockFile, break_ownerless_after};
use crate::vocabulary::Diagnostic;

pub use tempfile::TempDir;

/// Names the folder for scratch folders, over all others.
const CHOSEN: &str = "TOWLINE_SCRATCH";
const PREFIX: &str = "towline-";
const LOCK: &str = ".lock";
/// So much must be free in memory, which is many times what a step needs.
#[cfg(target_os = "linux")]
const ROOM: u64 = 256 << 20;

/// A folder for its owner alone, for as long as it lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: LockFile,
    _registration: Registration,
}

impl Folder {
    /// A new folder in the best place that there is, which is chosen once.
    pub fn new() -> Result<Self> {
        static CHOSEN_PLACE: OnceLock<PathBuf> = OnceLock::new();
        let place = CHOSEN_PLACE.get_or_init(|| place(&variable));
        Self::new_in(place).map_err(|error| {
            let what = format!("cannot create a scratch folder in {}", place.display());
            match is_full(&error) {
                true => explained(error).context(what),
                false => Diagnostic::new(format!("{what}: {error}"))
                    .hint(format!("set {CHOSEN} to a folder that exists and that you may write to"))
                    .into(),
            }
        })
    }

    fn new_in(place: &Path) -> io::Result<Self> {
        // Tools print resolved paths, and they are to be recognised in what they print.
        let place = place.canonicalize()?;
        let mut names = Builder::new();
        names.prefix(PREFIX).suffix(LOCK).disable_cleanup(true);
        let made = names.make_in(place, |path| {
            let lock = LockFile::take(path)?.ok_or(ErrorKind::AlreadyExists)?;
            DirBuilder::new().mode(0o700).create(folder_of(path))?;
            Ok(lock)
        });
        let made = made.map_err(without_name)?;
        let (lock, path) = made.into_parts();
        let folder = folder_of(&path);
        let left = (folder.clone(), path.to_path_buf());
        let registration = interrupt::register(move || {
            fs::remove_dir_all(left.0).ok();
            fs::remove_file(left.1).ok();
        });
        Ok(Self { path: folder, _lock: lock, _registration: registration })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is for its owner alone.
        fs::remove_dir_all(&self.path).ok();
    }
}

/// Writes a file that nobody else may read, and the folders above it.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        create_folders(parent)?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(content)).map_err(explained)
}

/// Makes folders that nobody else may enter.
pub fn create_folders(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(explained)
}

/// Says what to do where there is no more room.
fn explained(error: io::Error) -> anyhow::Error {
    match is_full(&error) {
        true => {
            Diagnostic::new(error.to_string()).hint(format!("set {CHOSEN} to a folder with more room")).into()
        }
        false => error.into(),
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Removes the folders of processes that are gone, of this user.
pub fn sweep() {
    for place in places(&variable) {
        sweep_in(&place);
    }
}

fn sweep_in(place: &Path) {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_lock(&entry.file_name().to_string_lossy())) {
        let lock = entry.path();
        if fs::symlink_metadata(&lock).is_ok_and(|it| it.uid() == user()) {
            // What cannot be removed is for its owner alone.
            break_ownerless_after(&lock, || remove_own(&folder_of(&lock))).ok();
        }
    }
}

fn is_lock(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(LOCK)
}

fn folder_of(lock: &Path) -> PathBuf {
    lock.with_extension("")
}

/// Removes a folder of this user, if it is there.
fn remove_own(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(it) if it.is_dir() && it.uid() == user() => fs::remove_dir_all(folder),
        Ok(_) => Err(ErrorKind::PermissionDenied.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// Where a new folder goes.
fn place(variable: &dyn Fn(&str) -> Option<PathBuf>) -> PathBuf {
    let chosen = variable(CHOSEN).filter(|chosen| !chosen.as_os_str().is_empty());
    let memory = || memory(variable).into_iter().find(|folder| has_room(folder));
    chosen.or_else(memory).unwrap_or_else(|| on_disk(variable))
}

/// Everywhere that one may be.
fn places(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let chosen = variable(CHOSEN).filter(|chosen| !chosen.as_os_str().is_empty());
    let mut places: Vec<_> = chosen.into_iter().chain(memory(variable)).chain([on_disk(variable)]).collect();
    places.dedup();
    places
}

fn on_disk(variable: &dyn Fn(&str) -> Option<PathBuf>) -> PathBuf {
    variable("TMPDIR").filter(|folder| folder.is_absolute()).unwrap_or_else(std::env::temp_dir)
}

/// Where folders are in memory, if they are: the user's own first.
fn memory(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let own = variable("XDG_RUNTIME_DIR").filter(|folder| is_private(folder));
    own.into_iter().chain([PathBuf::from("/dev/shm")]).collect()
}

fn is_private(folder: &Path) -> bool {
    let is_private = |it: fs::Metadata| it.uid() == user() && it.mode() & 0o077 == 0;
    folder.is_absolute() && fs::symlink_metadata(folder).is_ok_and(is_private)
}

#[cfg(target_os = "linux")]
fn has_room(folder: &Path) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    rustix::fs::statfs(folder).is_ok_and(|it| {
        let free = it.f_bavail.saturating_mul(u64::try_from(it.f_bsize).unwrap_or_default());
        u64::try_from(it.f_type).is_ok_and(|kind| kind == TMPFS) && free >= ROOM
    })
}

/// Other systems do not tell which folders are in memory.
#[cfg(not(target_os = "linux"))]
fn has_room(_: &Path) -> bool {
    false
}

/// A folder for what is moved to `parent` once it is whole.
pub fn beside(parent: &Path, prefix: &str) -> io::Result<TempDir> {
    Builder::new().prefix(prefix).tempdir_in(parent).map_err(without_name)
}

/// The same, for everybody whom the user's umask lets in.
pub fn beside_for_all(parent: &Path, prefix: &str) -> io::Result<TempDir> {
    let folder =
        Builder::new().prefix(prefix).permissions(fs::Permissions::from_mode(0o777)).tempdir_in(parent);
    folder.map_err(without_name)
}

/// A file that gets another name once it is whole, for everybody whom the user's umask lets in.
pub fn file_beside(parent: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let file =
        Builder::new().prefix(prefix).permissions(fs::Permissions::from_mode(0o666)).tempfile_in(parent);
    file.map_err(without_name)
}

/// Why nothing can be written to a folder, if that is so.
pub fn why_not_writable(folder: &Path) -> Option<io::Error> {
    tempfile::tempfile_in(folder).err().map(without_name)
}

/// An error without the name that was tried, which nobody knows.
fn without_name(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((why, _)) => io::Error::new(error.kind(), why.to_owned()),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the lock file of a killed process has in it.
    const LEFT: &str = "towline 17\n";

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_folder_is_for_its_owner_alone_and_goes() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new_in(place.path()).unwrap();
        let file = folder.path().join("a/b");
        write(&file, b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(folder.path()), mode(file.parent().unwrap()), mode(&file)], [0o700, 0o700, 0o600]);
        drop(folder);
        assert_eq!(names(place.path()), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_swept_and_what_a_live_one_has_is_not() {
        let place = tempfile::tempdir().unwrap();
        let live = Folder::new_in(place.path()).unwrap();
        fs::create_dir_all(place.path().join("towline-gone/home")).unwrap();
        fs::write(place.path().join("towline-gone.lock"), LEFT).unwrap();
        fs::write(place.path().join("towline-alone.lock"), LEFT).unwrap();
        sweep_in(place.path());
        assert!(live.path().is_dir());
        assert_eq!(names(place.path()), 2);
        drop(live);
        assert_eq!(names(place.path()), 0);
    }

    #[test]
    fn what_is_not_towlines_stays() {
        let place = tempfile::tempdir().unwrap();
        for folder in ["towline-work", "towline-mine", "towline-folder.lock"] {
            fs::create_dir(place.path().join(folder)).unwrap();
        }
        for lock in ["towline-mine.lock", "towline-alone.lock"] {
            fs::write(place.path().join(lock), "17\n").unwrap();
        }
        sweep_in(place.path());
        assert_eq!(names(place.path()), 5);
    }

    #[test]
    fn a_full_disk_is_explained() {
        let error = explained(ErrorKind::StorageFull.into());
        insta::assert_snapshot!(Diagnostic::line(&error), @"no storage space; set TOWLINE_SCRATCH to a folder with more room");
        let error = explained(ErrorKind::PermissionDenied.into());
        insta::assert_snapshot!(Diagnostic::line(&error), @"permission denied");
    }

    #[test]
    fn a_link_in_the_place_of_a_folder_is_not_followed() {
        let (place, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(other.path().join("keep"), "").unwrap();
        std::os::unix::fs::symlink(other.path(), place.path().join("towline-link")).unwrap();
        fs::write(place.path().join("towline-link.lock"), LEFT).unwrap();
        sweep_in(place.path());
        assert!(other.path().join("keep").exists());
        assert_eq!(names(place.path()), 2);
    }

    #[test]
    fn people_may_say_where() {
        let private =
            tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o700)).tempdir().unwrap();
        let variables = |name: &str| match name {
            "TOWLINE_SCRATCH" => Some(PathBuf::from("/chosen")),
            "XDG_RUNTIME_DIR" => Some(private.path().to_owned()),
            _ => None,
        };
        assert_eq!(place(&variables), Path::new("/chosen"));
        assert!(places(&variables).contains(&private.path().to_owned()));
        fs::set_permissions(private.path(), fs::Permissions::from_mode(0o750)).unwrap();
        assert!(!places(&variables).contains(&private.path().to_owned()));
    }
}
