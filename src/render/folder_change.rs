//! A change of a folder that is done wholly or not at all.
//!
//! Everything that can fail for want of space happens first, in a scratch folder on the same disk. Then
//! what is new is moved into place: a folder that was not there as one, a file by itself. A file that is
//! there changes places with the new one, and changes back when a later move fails.
//!
//! Another process may make the same folders at the same time, as renderings of many applications into
//! one new folder do. Whoever comes second undoes the change and is [`Ended::Overtaken`].

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use tempfile::TempDir;

use super::manifest::File;
use super::on_disk::{Entry, OnDisk};
use crate::vocabulary::paths::is_inside;

/// How a change ended that met no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// Another process has made a folder that was missing. Nothing was changed: what stands there has to
    /// be looked at again.
    Overtaken,
}

/// Makes a folder that was not there, with its files.
pub fn make(folder: &Path, files: &[&File]) -> Result<Ended> {
    let missing: Vec<&Path> = folder.ancestors().skip(1).take_while(|it| !is_there(it)).collect();
    let parent = match folder.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let made = fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()));
    let result = made.and_then(|()| scratch(parent)).and_then(|scratch| {
        stage(scratch.path(), folder, files)?;
        match fs::rename(scratch.path(), folder) {
            Ok(()) => {
                // It has another name now.
                let _ = scratch.keep();
                Ok(Ended::Done)
            }
            Err(error) if is_overtaken(&error) => Ok(Ended::Overtaken),
            Err(error) => Err(error).with_context(|| format!("cannot make {}", folder.display())),
        }
    });
    if result.is_err() {
        // One that is not empty has the files of another process.
        missing.iter().for_each(|folder| _ = fs::remove_dir(folder));
    }
    result.with_context(|| format!("nothing was changed in {}", folder.display()))
}

fn is_there(folder: &Path) -> bool {
    folder.as_os_str().is_empty() || folder.exists()
}

/// Writes files into a folder and removes the ones in `stale`.
pub fn apply(folder: &Path, files: &[&File], stale: &[String], disk: &OnDisk) -> Result<Ended> {
    if files.is_empty() && stale.is_empty() {
        return Ok(Ended::Done);
    }
    let mut change = Change { folder, files, scratch: scratch(folder)?, steps: Vec::new() };
    match change.apply(stale, disk) {
        Ok(Ended::Done) => {
            remove_empty_folders(folder, stale.iter().map(String::as_str));
            Ok(Ended::Done)
        }
        Ok(Ended::Overtaken) => change.undo().map(|()| Ended::Overtaken).map_err(anyhow::Error::msg),
        Err(error) => {
            let undone = change.undo();
            let unchanged = || format!("nothing was changed in {}", folder.display());
            Err(error.context(undone.err().unwrap_or_else(unchanged)))
        }
    }
}

/// A folder that has the permissions of any other.
fn scratch(parent: &Path) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".towline-").permissions(fs::Permissions::from_mode(0o777));
    builder.tempdir_in(parent).with_context(|| format!("cannot write to {}", parent.display()))
}

/// Writes files below `staged`; for errors, they are those of `folder`.
fn stage(staged: &Path, folder: &Path, files: &[&File]) -> Result<()> {
    let mut made: HashSet<&str> = HashSet::new();
    for file in files {
        let ends = file.path.match_indices('/').map(|(end, _)| &file.path[..end]);
        let missing: Vec<&str> = ends.filter(|above| made.insert(above)).collect();
        let written = missing.into_iter().try_for_each(|above| fs::create_dir(staged.join(above)));
        written
            .and_then(|()| fs::write(staged.join(&file.path), &file.content))
            .with_context(|| cannot_write(folder, file))?;
    }
    Ok(())
}

fn cannot_write(folder: &Path, file: &File) -> String {
    format!("cannot write {}", folder.join(&file.path).display())
}

/// Whether something has been made where a folder was to go.
fn is_overtaken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty)
}

struct Change<'a> {
    folder: &'a Path,
    files: &'a [&'a File],
    scratch: TempDir,
    steps: Vec<Step>,
}

/// What was done, and has to be undone if the rest fails.
enum Step {
    Moved {
        from: PathBuf,
        to: PathBuf,
    },
    Exchanged(PathBuf, PathBuf),
    /// A new folder, by its path in the folder that is changed.
    NewFolder(String),
}

impl Change<'_> {
    fn apply(&mut self, stale: &[String], disk: &OnDisk) -> Result<Ended> {
        let (mut below_new, mut new_folders, mut single) = (Vec::new(), BTreeSet::new(), Vec::new());
        for file in self.files {
            match disk.entry(&file.path)? {
                Entry::Missing(Some(folder)) => {
                    new_folders.insert(folder);
                    below_new.push(*file);
                }
                entry => single.push((*file, entry)),
            }
        }
        let new = self.scratch.path().join("new");
        if !below_new.is_empty() {
            fs::create_dir(&new).with_context(|| format!("cannot write to {}", self.folder.display()))?;
            stage(&new, self.folder, &below_new)?;
        }
        for (index, (file, _)) in single.iter().enumerate() {
            fs::write(self.scratch.path().join(index.to_string()), &file.content)
                .with_context(|| cannot_write(self.folder, file))?;
        }
        for folder in new_folders {
            if self.move_folder(&new, folder)? == Ended::Overtaken {
                return Ok(Ended::Overtaken);
            }
        }
        for (index, (file, entry)) in single.into_iter().enumerate() {
            let (staged, to) = (self.scratch.path().join(index.to_string()), self.folder.join(&file.path));
            match entry {
                Entry::File => self.replace(staged, to)?,
                _ => self.rename(staged, to)?,
            }
        }
        for (index, path) in stale.iter().enumerate() {
            if disk.entry(path)? == Entry::File {
                self.rename(self.folder.join(path), self.scratch.path().join(format!("stale-{index}")))?;
            }
        }
        Ok(Ended::Done)
    }

    /// Moves a new folder to where there was none.
    fn move_folder(&mut self, staged: &Path, path: String) -> Result<Ended> {
        let to = self.folder.join(&path);
        match fs::rename(staged.join(&path), &to) {
            Ok(()) => {
                self.steps.push(Step::NewFolder(path));
                Ok(Ended::Done)
            }
            Err(error) if is_overtaken(&error) => Ok(Ended::Overtaken),
            Err(error) => Err(error).with_context(|| format!("cannot make {}", to.display())),
        }
    }

    /// Puts a new file into the place of one that is there.
    fn replace(&mut self, staged: PathBuf, to: PathBuf) -> Result<()> {
        if exchange(&staged, &to).is_ok() {
            self.steps.push(Step::Exchanged(staged, to));
            return Ok(());
        }
        // Not every file system can do that in one step.
        self.rename(to.clone(), staged.with_extension("old"))?;
        self.rename(staged, to)
    }

    fn rename(&mut self, from: PathBuf, to: PathBuf) -> Result<()> {
        fs::rename(&from, &to)
            .with_context(|| format!("cannot move {} to {}", from.display(), to.display()))?;
        self.steps.push(Step::Moved { from, to });
        Ok(())
    }

    /// Puts everything back; what could not be is the error.
    fn undo(self) -> Result<(), String> {
        let mut stuck = Vec::new();
        for step in self.steps.iter().rev() {
            let (undone, path) = match step {
                Step::Moved { from, to } => (fs::rename(to, from), from),
                Step::Exchanged(one, other) => (exchange(one, other), other),
                Step::NewFolder(path) => (self.remove_new(path), &self.folder.join(path)),
            };
            if undone.is_err() {
                stuck.push(path.display().to_string());
            }
        }
        if stuck.is_empty() {
            return Ok(());
        }
        let kept = self.scratch.keep();
        Err(format!("could not put back {}; what was there is in {}", stuck.join(", "), kept.display()))
    }

    /// Removes the files of a folder that was moved into place. Another process may have put its own
    /// beside them since.
    fn remove_new(&self, folder: &str) -> io::Result<()> {
        let files = || self.files.iter().map(|file| file.path.as_str()).filter(|it| is_inside(it, folder));
        files().try_for_each(|file| fs::remove_file(self.folder.join(file)))?;
        remove_empty_folders(self.folder, files());
        Ok(())
    }
}

/// Lets two files change places: at no time there is none.
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Removes folders that the deletions left empty. Their being there does no harm.
fn remove_empty_folders<'p>(folder: &Path, deleted: impl Iterator<Item = &'p str>) {
    for path in deleted {
        let path = folder.join(path);
        let parents = path.ancestors().skip(1).take_while(|parent| *parent != folder);
        for parent in parents {
            if fs::remove_dir(parent).is_err() {
                break;
            }
        }
    }
}
