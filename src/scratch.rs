//! Scratch: folders for what is needed for a moment. The one place that makes them.
//!
//! A [`Folder`] is for its owner alone (0700, its files 0600). It is in memory where that has room, so that
//! secrets are not written to a disk. It goes when it is dropped and when the process is interrupted. A process
//! that was killed leaves it behind, and the next run takes it away ([`sweep`]): beside each folder is a file
//! that its owner holds locked, and the system ends a lock with its owner, whatever that is called and in
//! whichever container.
//!
//! What becomes a part of something else is made beside that, on the same file system: [`beside`].

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::interrupt::{self, Registration};

pub use tempfile::TempDir;

/// Names the folder for scratch folders, over all others.
const CHOSEN: &str = "TOWLINE_SCRATCH";
const PREFIX: &str = "towline-";
const LOCK: &str = ".lock";
/// So much must be free in memory, which is many times what a step needs.
#[cfg(target_os = "linux")]
const ROOM: u64 = 256 << 20;
/// How often a name is chosen that another process takes away at the same moment.
const TRIES: usize = 16;

/// A folder for its owner alone, for as long as it lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: NamedTempFile,
    _registration: Registration,
}

impl Folder {
    /// A new folder in the best place that there is.
    pub fn new() -> io::Result<Self> {
        Self::new_in(&place(&|name| std::env::var_os(name).map(PathBuf::from)))
    }

    fn new_in(place: &Path) -> io::Result<Self> {
        // Tools print resolved paths, and they are to be recognised in what they print.
        let place = place.canonicalize()?;
        for _ in 0..TRIES {
            let lock = Builder::new().prefix(PREFIX).suffix(LOCK).tempfile_in(&place)?;
            match lock.as_file().try_lock() {
                // Where there are no locks, nothing is swept either.
                Ok(()) | Err(TryLockError::Error(_)) if is_there(lock.as_file()) => {}
                _ => continue,
            }
            let path = folder_of(lock.path());
            DirBuilder::new().mode(0o700).create(&path)?;
            let left = (path.clone(), lock.path().to_owned());
            let registration = interrupt::register(move || remove(&left.0, &left.1));
            return Ok(Self { path, _lock: lock, _registration: registration });
        }
        Err(io::Error::other("others remove what is made there"))
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
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        create_folders(parent)?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file?.write_all(content)
}

/// Makes folders that nobody else may enter.
pub fn create_folders(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Removes the folders of processes that are gone, of this user.
pub fn sweep() {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    for place in places(&variable) {
        sweep_in(&place);
    }
}

fn sweep_in(place: &Path) {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_lock(&entry.file_name().to_string_lossy())) {
        let lock = entry.path();
        let is_ours =
            |path: &Path| fs::symlink_metadata(path).is_ok_and(|it| it.uid() == user() && !it.is_symlink());
        if !is_ours(&lock) {
            continue;
        }
        let Ok(file) = File::open(&lock) else { continue };
        // Held for as long as it takes: its owner may be about to lock it.
        if file.try_lock().is_ok() && is_there(&file) {
            let folder = folder_of(&lock);
            if is_ours(&folder) || !folder.exists() {
                remove(&folder, &lock);
            }
        }
    }
}

fn is_lock(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(LOCK)
}

fn folder_of(lock: &Path) -> PathBuf {
    lock.with_extension("")
}

fn remove(folder: &Path, lock: &Path) {
    fs::remove_dir_all(folder).ok();
    fs::remove_file(lock).ok();
}

/// Whether a file that is open still has a name.
fn is_there(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.nlink() > 0)
}

fn user() -> u32 {
    rustix::process::geteuid().as_raw()
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
    let is_private = |it: fs::Metadata| it.uid() == user() && it.permissions().mode().trailing_zeros() >= 6;
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
    Builder::new().prefix(prefix).tempdir_in(parent)
}

/// The same, for everybody whom the user's umask lets in.
pub fn beside_for_all(parent: &Path, prefix: &str) -> io::Result<TempDir> {
    Builder::new().prefix(prefix).permissions(fs::Permissions::from_mode(0o777)).tempdir_in(parent)
}

/// A file that gets another name once it is whole, for everybody whom the user's umask lets in.
pub fn file_beside(parent: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    Builder::new().prefix(prefix).permissions(fs::Permissions::from_mode(0o666)).tempfile_in(parent)
}

/// Why nothing can be written to a folder, if that is so.
pub fn why_not_writable(folder: &Path) -> Option<io::Error> {
    tempfile::tempfile_in(folder).err()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        fs::write(place.path().join("towline-gone.lock"), "").unwrap();
        fs::create_dir(place.path().join("towline-of-nobody-known")).unwrap();
        fs::write(place.path().join("towline-alone.lock"), "").unwrap();
        sweep_in(place.path());
        assert!(live.path().is_dir());
        assert!(!place.path().join("towline-gone").exists());
        assert!(!place.path().join("towline-alone.lock").exists());
        assert!(place.path().join("towline-of-nobody-known").is_dir());
        drop(live);
        assert_eq!(names(place.path()), 1);
    }

    #[test]
    fn a_link_in_the_place_of_a_folder_is_not_followed() {
        let (place, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(other.path().join("keep"), "").unwrap();
        std::os::unix::fs::symlink(other.path(), place.path().join("towline-link")).unwrap();
        fs::write(place.path().join("towline-link.lock"), "").unwrap();
        sweep_in(place.path());
        assert!(other.path().join("keep").exists());
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
