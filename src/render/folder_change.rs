//! A change of a folder that is done wholly or not at all.
//!
//! Everything that can fail for want of space happens first, in a [`Scratch`] folder on the same disk. Then each part
//! comes into its place with one rename, so that a reader sees all of it or nothing:
//! - a folder that was not there, with all that is in it;
//! - a folder in which more than one file changes: it is built anew (see [`Twin`]), and the two change places;
//! - a single file, that changes places with the old one.
//!
//! When one of the renames fails, those before it are undone. When the process is killed between two of them, the
//! next one does the rest (see [`scratch`]).

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::fs::{CWD, renameat};

use super::manifest::File;
use super::on_disk::{Entry, OnDisk};
use super::scratch::{self, Kind, Scratch, Step};
use super::target_folder::TargetFolder;
use super::twin::{Twin, write_below};
use crate::vocabulary::paths::{ROOT, is_inside};

/// How a change ended that met no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// Another process has made what was missing. Nothing was changed: what stands there has to be looked at
    /// again.
    Overtaken,
}

/// What becomes of a folder.
#[derive(Debug)]
pub struct Change<'a> {
    pub files: &'a [&'a File],
    pub stale: &'a [String],
    /// The folders of the rendering. What changes in one of them changes at once.
    pub folders: &'a [String],
}

/// Makes a folder that was not there, with its files.
pub fn make(folder: &Path, files: &[&File]) -> Result<Ended> {
    let missing: Vec<&Path> = folder.ancestors().skip(1).take_while(|it| !is_there(it)).collect();
    let parent = match folder.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let made = fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()));
    let result = made.and_then(|()| Scratch::to_make(parent)).and_then(|scratch| {
        let new = scratch.path().join("new");
        fs::create_dir(&new).with_context(|| format!("cannot write to {}", parent.display()))?;
        stage(&new, folder, "", files)?;
        match fs::rename(&new, folder) {
            Ok(()) => Ok(Ended::Done),
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

/// Whether something has been made where a folder was to go.
fn is_overtaken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty)
}

impl Change<'_> {
    /// Writes the files into a folder and removes the ones that are stale.
    pub fn apply(&self, target: &TargetFolder, disk: &OnDisk) -> Result<Ended> {
        if self.files.is_empty() && self.stale.is_empty() {
            return Ok(Ended::Done);
        }
        let folder = target.path;
        let unchanged = || format!("nothing was changed in {}", folder.display());
        let scratch = Scratch::to_change(folder).with_context(unchanged)?;
        let parts = self.parts(disk).with_context(unchanged)?;
        let mut prepared = Prepared { change: self, target, scratch, steps: Vec::new() };
        prepared.prepare(parts, disk).with_context(unchanged)?;
        prepared.take()
    }

    /// What comes into its place at once.
    fn parts<'a>(&'a self, disk: &OnDisk) -> Result<Parts<'a>> {
        let mut parts = Parts::default();
        let mut inside: BTreeMap<&str, Twin<'a>> = BTreeMap::new();
        for file in self.files {
            match (disk.entry(&file.path)?, self.folder_of(&file.path, disk)?) {
                (Entry::Missing(Some(folder)), None) => parts.new.entry(folder).or_default().push(file),
                (_, Some(folder)) => twin(&mut inside, folder).files.push(file),
                (_, None) => parts.files.push(file),
            }
        }
        for path in self.stale {
            if disk.entry(path)? == Entry::File {
                match self.folder_of(path, disk)? {
                    Some(folder) => twin(&mut inside, folder).stale.push(path),
                    None => parts.stale.push(path),
                }
            }
        }
        for mut twin in inside.into_values() {
            match (&twin.files[..], &twin.stale[..]) {
                ([file], []) => match disk.entry(&file.path)? {
                    Entry::Missing(Some(folder)) => parts.new.entry(folder).or_default().push(file),
                    _ => parts.files.push(file),
                },
                ([], [path]) => parts.stale.push(path),
                _ => {
                    twin.path = innermost(&twin, disk)?;
                    parts.twins.push(twin);
                }
            }
        }
        Ok(parts)
    }

    /// The outermost folder of the rendering that a file is in, if it is there. The folder that is written to
    /// cannot be exchanged: it may be a disk of its own, or where people are.
    fn folder_of(&self, path: &str, disk: &OnDisk) -> Result<Option<&str>> {
        let around = self.folders.iter().map(String::as_str).filter(|it| *it != ROOT && is_inside(path, it));
        let Some(folder) = around.min_by_key(|it| it.len()) else { return Ok(None) };
        Ok((disk.entry(folder)? == Entry::Folder).then_some(folder))
    }
}

#[derive(Default)]
struct Parts<'a> {
    new: BTreeMap<String, Vec<&'a File>>,
    twins: Vec<Twin<'a>>,
    files: Vec<&'a File>,
    stale: Vec<&'a str>,
}

fn twin<'t, 'a>(twins: &'t mut BTreeMap<&'a str, Twin<'a>>, folder: &'a str) -> &'t mut Twin<'a> {
    let new = || Twin { path: folder.to_owned(), files: Vec::new(), stale: Vec::new() };
    twins.entry(folder).or_insert_with(new)
}

/// The innermost folder that is there and that all changes are in.
fn innermost(twin: &Twin, disk: &OnDisk) -> Result<String> {
    let mut paths = twin.files.iter().map(|file| file.path.as_str()).chain(twin.stale.iter().copied());
    let first = paths.next().unwrap_or_default();
    let mut folder = first.rsplit_once('/').map_or("", |(folder, _)| folder);
    for path in paths {
        while !is_inside(path, folder) {
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
    while folder.len() > twin.path.len() && disk.entry(folder)? != Entry::Folder {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
    Ok(folder.to_owned())
}

/// A change that only has to be put into its place.
struct Prepared<'a> {
    change: &'a Change<'a>,
    target: &'a TargetFolder<'a>,
    scratch: Scratch,
    steps: Vec<Step>,
}

impl<'a> Prepared<'a> {
    fn prepare(&mut self, parts: Parts<'a>, disk: &OnDisk) -> Result<()> {
        let mut single = parts.files;
        let mut stale = parts.stale;
        for (folder, files) in parts.new {
            let staged = self.next();
            fs::create_dir(&staged)
                .with_context(|| format!("cannot write to {}", self.target.path.display()))?;
            stage(&staged, self.target.path, &folder, &files)?;
            self.step(Kind::Add, &folder)?;
        }
        for twin in parts.twins {
            let staged = self.next();
            match twin.build(self.target, disk, &staged) {
                Ok(()) => self.step(Kind::Exchange, &twin.path)?,
                // A file of somebody else that may not be linked, or a file system without links.
                Err(error) if is_without_links(&error) => {
                    fs::remove_dir_all(&staged).ok();
                    single.extend(twin.files);
                    stale.extend(twin.stale);
                }
                Err(error) => {
                    let folder = self.target.path.join(&twin.path);
                    return Err(error).with_context(|| format!("cannot write {}", folder.display()));
                }
            }
        }
        for file in single {
            fs::write(self.next(), &file.content).with_context(|| cannot_write(self.target.path, file))?;
            let kind = if disk.entry(&file.path)? == Entry::File { Kind::Exchange } else { Kind::Add };
            self.step(kind, &file.path)?;
        }
        stale.into_iter().try_for_each(|path| self.step(Kind::Remove, path))
    }

    fn next(&self) -> PathBuf {
        self.scratch.path().join(self.steps.len().to_string())
    }

    fn step(&mut self, kind: Kind, path: &str) -> Result<()> {
        let inode = match kind {
            Kind::Remove => None,
            _ => Some(fs::symlink_metadata(self.next())?.ino()),
        };
        let staged = self.steps.len().to_string();
        self.steps.push(Step { kind, staged, path: path.to_owned(), inode });
        Ok(())
    }

    fn take(self) -> Result<Ended> {
        // One step needs no note: it is taken or not.
        if self.steps.len() > 1 {
            let noted = self.scratch.note(&self.steps);
            noted.with_context(|| format!("nothing was changed in {}", self.target.path.display()))?;
        }
        for (taken, step) in self.steps.iter().enumerate() {
            let Err(error) = scratch::take(self.target, self.scratch.path(), step) else { continue };
            let path = self.target.path.join(&step.path);
            let is_overtaken = step.kind == Kind::Add && is_overtaken(&error);
            let folder = self.target.path.display().to_string();
            let undone = self.undo(taken);
            return match undone {
                Ok(()) if is_overtaken => Ok(Ended::Overtaken),
                undone => {
                    let said = undone.err().unwrap_or_else(|| format!("nothing was changed in {folder}"));
                    Err(error).with_context(|| format!("cannot change {}", path.display())).context(said)
                }
            };
        }
        self.finish()
    }

    fn finish(self) -> Result<Ended> {
        for step in self.steps.iter().filter(|step| step.kind == Kind::Exchange) {
            let twin = Twin {
                path: step.path.clone(),
                files: self.change.files.to_vec(),
                stale: self.change.stale.iter().map(String::as_str).collect(),
            };
            let old = self.old(step);
            if old.is_dir() {
                twin.rescue(self.target, &old).with_context(|| format!("cannot move {}", old.display()))?;
            }
        }
        self.scratch.forget().context("cannot write")?;
        let stale = self.change.stale.iter().map(String::as_str);
        remove_empty_folders(self.target.path, stale);
        Ok(Ended::Done)
    }

    fn old(&self, step: &Step) -> PathBuf {
        let staged = self.scratch.path().join(&step.staged);
        let old = scratch::old(&staged);
        if old.exists() { old } else { staged }
    }

    /// Takes the first steps back; what could not be is the error.
    fn undo(self, taken: usize) -> Result<(), String> {
        let undone = self.steps[..taken].iter().rev().map(|step| (self.take_back(step), &step.path));
        let stuck: Vec<String> =
            undone.filter(|(undone, _)| undone.is_err()).map(|(_, path)| path.clone()).collect();
        if stuck.is_empty() {
            self.scratch.forget().ok();
            return Ok(());
        }
        self.scratch.forget().ok();
        let kept = self.scratch.keep();
        Err(format!("could not put back {}; what was there is in {}", stuck.join(", "), kept.display()))
    }

    fn take_back(&self, step: &Step) -> io::Result<()> {
        let staged = self.scratch.path().join(&step.staged);
        let (folder, name) = self.target.place(&step.path)?;
        match step.kind {
            Kind::Exchange if scratch::old(&staged).exists() => {
                renameat(&folder, name, CWD, &staged)?;
                Ok(renameat(CWD, scratch::old(&staged), &folder, name)?)
            }
            Kind::Exchange => scratch::take(self.target, self.scratch.path(), step),
            Kind::Remove => Ok(renameat(CWD, &staged, &folder, name)?),
            Kind::Add => self.remove_new(&step.path),
        }
    }

    /// Removes the files that were added at a path. Another process may have put its own beside them since.
    fn remove_new(&self, path: &str) -> io::Result<()> {
        let all = self.change.files.iter().map(|file| file.path.as_str());
        let files = || all.clone().filter(|it| is_inside(it, path));
        files().try_for_each(|file| fs::remove_file(self.target.path.join(file)))?;
        remove_empty_folders(self.target.path, files());
        Ok(())
    }
}

/// Writes files, those below `above`, into `staged`; for errors, they are those of `folder`.
fn stage(staged: &Path, folder: &Path, above: &str, files: &[&File]) -> Result<()> {
    let mut made = HashSet::new();
    for file in files {
        let path = file.path.strip_prefix(above).unwrap_or(&file.path).trim_start_matches('/');
        write_below(staged, path, &file.content, &mut made).with_context(|| cannot_write(folder, file))?;
    }
    Ok(())
}

fn cannot_write(folder: &Path, file: &File) -> String {
    format!("cannot write {}", folder.join(&file.path).display())
}

fn is_without_links(error: &anyhow::Error) -> bool {
    use rustix::io::Errno;
    let error = error.downcast_ref::<Errno>();
    error.is_some_and(|it| {
        matches!(*it, Errno::PERM | Errno::ACCESS | Errno::XDEV | Errno::MLINK | Errno::NOTSUP)
    })
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
