//! A change of a folder that is done wholly or not at all.
//!
//! Everything that can fail for want of space happens first, in a scratch folder on the same disk. Then
//! what is new is moved into place: a folder that was not there as one, a file by itself. What files
//! replace is moved to the scratch folder, and moved back when a later move fails.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::manifest::File;
use super::on_disk::{Entry, OnDisk};

/// Makes a folder that was not there, with its files.
pub fn make(folder: &Path, files: &[&File]) -> Result<()> {
    let above = folder.ancestors().skip(1);
    let missing = above.take_while(|it| !it.as_os_str().is_empty() && !it.exists());
    let top = missing.last().unwrap_or(folder);
    let parent = match top.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let result = scratch(parent).and_then(|scratch| {
        let staged = scratch.path().join(folder.strip_prefix(top).unwrap_or(folder));
        if folder != top {
            fs::create_dir_all(&staged).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        stage(&staged, folder, files)?;
        fs::rename(scratch.path(), top).with_context(|| format!("cannot make {}", top.display()))?;
        // It has another name now.
        let _ = scratch.keep();
        Ok(())
    });
    result.with_context(|| format!("nothing was changed in {}", folder.display()))
}

/// Writes files into a folder and removes the ones in `stale`.
pub fn apply(folder: &Path, files: &[&File], stale: &[String], disk: &OnDisk) -> Result<()> {
    let mut change = Change { folder, scratch: scratch(folder)?, moved: Vec::new() };
    match change.apply(files, stale, disk) {
        Ok(()) => {
            remove_empty_folders(folder, stale);
            Ok(())
        }
        Err(error) => Err(error.context(change.undo())),
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
            .with_context(|| format!("cannot write {}", folder.join(&file.path).display()))?;
    }
    Ok(())
}

struct Change<'a> {
    folder: &'a Path,
    scratch: TempDir,
    /// Moves that were done: from, to.
    moved: Vec<(PathBuf, PathBuf)>,
}

impl Change<'_> {
    fn apply(&mut self, files: &[&File], stale: &[String], disk: &OnDisk) -> Result<()> {
        let staged = self.scratch.path().join("new");
        fs::create_dir(&staged).with_context(|| format!("cannot write to {}", self.folder.display()))?;
        stage(&staged, self.folder, files)?;
        let mut folders = BTreeSet::new();
        for (index, file) in files.iter().enumerate() {
            match disk.entry(&file.path)? {
                Entry::Missing(Some(folder)) => {
                    folders.insert(folder);
                    continue;
                }
                Entry::File => self.put_away(&file.path, &format!("old-{index}"))?,
                _ => {}
            }
            self.rename(staged.join(&file.path), self.folder.join(&file.path))?;
        }
        for folder in folders {
            self.rename(staged.join(&folder), self.folder.join(&folder))?;
        }
        for (index, path) in stale.iter().enumerate() {
            if disk.entry(path)? == Entry::File {
                self.put_away(path, &format!("stale-{index}"))?;
            }
        }
        Ok(())
    }

    fn put_away(&mut self, path: &str, name: &str) -> Result<()> {
        self.rename(self.folder.join(path), self.scratch.path().join(name))
    }

    fn rename(&mut self, from: PathBuf, to: PathBuf) -> Result<()> {
        fs::rename(&from, &to)
            .with_context(|| format!("cannot move {} to {}", from.display(), to.display()))?;
        self.moved.push((from, to));
        Ok(())
    }

    /// Puts everything back, and says whether that worked.
    fn undo(self) -> String {
        let mut stuck = Vec::new();
        for (from, to) in self.moved.iter().rev() {
            if fs::rename(to, from).is_err() {
                stuck.push(from.display().to_string());
            }
        }
        if !stuck.is_empty() {
            let kept = self.scratch.keep();
            return format!("could not put back {}; they are in {}", stuck.join(", "), kept.display());
        }
        format!("nothing was changed in {}", self.folder.display())
    }
}

/// Removes folders that the deletions left empty. Their being there does no harm.
fn remove_empty_folders(folder: &Path, stale: &[String]) {
    for path in stale {
        let path = folder.join(path);
        let parents = path.ancestors().skip(1).take_while(|parent| *parent != folder);
        for parent in parents {
            if fs::remove_dir(parent).is_err() {
                break;
            }
        }
    }
}
