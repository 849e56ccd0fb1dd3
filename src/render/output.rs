//! `-o DIR`: a rendering on disk, all of it or nothing.
//!
//! Everything that can fail for want of space happens first, in a scratch folder inside DIR, so
//! on the same disk. Then files are moved into place; the ones they replace are moved to the
//! scratch folder, and moved back when a later move fails. Files that are only edited are
//! exchanged in the same way.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use git2::{ObjectType, Oid};
use tempfile::TempDir;

use super::descriptor::Descriptor;
use super::edits::Edit;
use super::manifest::File;
use super::ownership::{self, Claim, Drift, HandEdit, Standing};
use super::rendering::Rendering;
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId, text};
use crate::{interrupt, yaml};

impl Rendering {
    /// Writes all files below `folder`, as they would stand in the GitOps repository: all of
    /// them or, on any error, none. Files of the rendering that was there before and that this
    /// one has no more are deleted; a file that is not Towline's is never touched, but for the
    /// edits: where `folder` has the file, it is edited there, else that is one of the warnings.
    pub fn write_to(&self, folder: &Path) -> Result<Vec<Warning>> {
        interrupt::wholly(|| write(self, folder))
    }
}

fn write(rendering: &Rendering, folder: &Path) -> Result<Vec<Warning>> {
    let claim = claim(rendering, folder)?;
    let (edited, warnings) = edited_files(rendering, folder)?;
    let mut changed = changed_files(rendering, folder, &claim.files)?;
    changed.extend(&edited);
    let replaced = ownership::replace(&claim, &rendering.files, &OnDisk(folder))?;
    refuse_drift(&replaced.drift, folder)?;
    let stale = replaced.stale;
    let mut change = Change::begin(folder)?;
    match change.apply(&changed, &stale) {
        Ok(()) => {
            change.finish(&stale);
            Ok(warnings)
        }
        Err(error) => Err(error.context(change.undo())),
    }
}

/// What the descriptor that is there lists, and the descriptor itself.
fn claim(rendering: &Rendering, folder: &Path) -> Result<Claim> {
    let descriptors = vec![rendering.descriptor.clone()];
    let claim = Claim { descriptors, folders: rendering.folders.clone(), ..Claim::default() };
    let standing = OnDisk(folder);
    let Some(content) = standing.content(&rendering.descriptor)? else { return Ok(claim) };
    let path = folder.join(&rendering.descriptor);
    let descriptor = Descriptor::parse(content.clone(), &path)?;
    descriptor.check_owner(&path, &rendering.application, &rendering.environment)?;
    let files = descriptor.files().chain([rendering.descriptor.clone()]).collect();
    let mut hand_edits = ownership::hand_edits(&descriptor, &standing)?;
    if descriptor.is_edited(&content) {
        hand_edits.push(Drift { path: rendering.descriptor.clone(), change: HandEdit::Changed });
    }
    Ok(Claim { files, hand_edits, ..claim })
}

/// A folder with files.
struct OnDisk<'a>(&'a Path);

impl Standing for OnDisk<'_> {
    fn id(&self, path: &str) -> Result<Option<Oid>> {
        let content = self.content(path)?;
        Ok(content.map(|content| Oid::hash_object(ObjectType::Blob, &content)).transpose()?)
    }

    fn content(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let path = self.0.join(path);
        match fs::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(_) if !path.is_file() => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
}

/// Files that were removed are written again: what is on disk can be made anew at any time, but not
/// what people wrote there.
fn refuse_drift(drift: &[Drift], folder: &Path) -> Result<()> {
    let changed = drift.iter().filter(|drift| drift.change == HandEdit::Changed);
    let changed: Vec<_> = changed.map(|drift| drift.path.as_str()).collect();
    match changed.is_empty() {
        true => Ok(()),
        false => Err(Diagnostic::refused(format!("changed by hand: {}", text::listed(&changed)))
            .at(Place::file(folder))
            .hint("put the change into the templates and delete the file, or write to another folder")
            .into()),
    }
}

/// What becomes of the files that are edited, and a warning for each that is not there: a folder
/// is not always a checkout of the whole GitOps repository.
fn edited_files(rendering: &Rendering, folder: &Path) -> Result<(Vec<File>, Vec<Warning>)> {
    let (mut edited, mut warnings) = (Vec::new(), Vec::new());
    for edit in &rendering.edits {
        refuse_links(folder, &edit.file)?;
        let path = folder.join(&edit.file);
        let before = match fs::read(&path) {
            Ok(bytes) => Some(yaml::text(bytes, &path)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        if before.is_none() && !edit.set().is_empty() {
            warnings.push(not_edited(edit, &path));
            continue;
        }
        let after = edit.apply(before.as_deref())?;
        if before.as_ref() != Some(&after) {
            edited.push(File { path: edit.file.clone(), content: after.into_bytes() });
        }
    }
    Ok((edited, warnings))
}

fn not_edited(edit: &Edit, path: &Path) -> Warning {
    let keys: Vec<String> = edit.set().iter().map(|(key, _)| format!("`{key}`")).collect();
    let diagnostic = Diagnostic::new(format!("the file does not exist; not set: {}", keys.join(", ")))
        .at(Place::file(path))
        .hint("render into a checkout of the GitOps repository, or see the change with `--diff`");
    Warning::new(WarningId::FileNotEdited, diagnostic)
}

/// The files whose bytes are not there yet. One in the way that is not ours is an error.
fn changed_files<'a>(
    rendering: &'a Rendering,
    folder: &Path,
    owned: &BTreeSet<String>,
) -> Result<Vec<&'a File>> {
    for path in owned.iter().chain(rendering.files.iter().map(|file| &file.path)) {
        refuse_links(folder, path)?;
    }
    let mut changed = Vec::new();
    for file in &rendering.files {
        let path = folder.join(&file.path);
        match fs::read(&path) {
            Ok(bytes) if bytes == file.content => {}
            Ok(_) if !owned.contains(&file.path) => return Err(in_the_way(&path)),
            Ok(_) => changed.push(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => changed.push(file),
            Err(_) if path.is_dir() || has_file_above(folder, &file.path) => return Err(in_the_way(&path)),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
    Ok(changed)
}

/// Following a link, or a file where a folder should be, would write somewhere else.
fn refuse_links(folder: &Path, path: &str) -> Result<()> {
    let mut at = folder.to_owned();
    for part in path.split('/') {
        at.push(part);
        if fs::symlink_metadata(&at).is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(Diagnostic::refused("is a link, and Towline does not write through links")
                .at(Place::file(&at))
                .hint("remove it, or choose another folder")
                .into());
        }
    }
    Ok(())
}

/// Whether one of the folders that a path goes through is a file.
fn has_file_above(folder: &Path, path: &str) -> bool {
    Path::new(path).ancestors().skip(1).any(|above| folder.join(above).is_file())
}

fn in_the_way(path: &Path) -> anyhow::Error {
    Diagnostic::refused("a file that Towline does not own is in the way")
        .at(Place::file(path))
        .hint("move it away, or choose another folder")
        .into()
}

/// A change of a folder that can be undone.
struct Change {
    folder: PathBuf,
    scratch: TempDir,
    /// Folders that were made, the outer ones first.
    made: Vec<PathBuf>,
    /// Moves that were done: from, to.
    moved: Vec<(PathBuf, PathBuf)>,
}

impl Change {
    fn begin(folder: &Path) -> Result<Self> {
        let mut made = Vec::new();
        make_folders(folder, &mut made).with_context(|| format!("cannot make {}", folder.display()))?;
        let scratch = tempfile::Builder::new().prefix(".towline-").tempdir_in(folder);
        match scratch {
            Ok(scratch) => Ok(Self { folder: folder.to_owned(), scratch, made, moved: Vec::new() }),
            Err(error) => {
                remove_folders(&made);
                Err(error).with_context(|| format!("cannot write to {}", folder.display()))
            }
        }
    }

    fn apply(&mut self, changed: &[&File], stale: &[String]) -> Result<()> {
        for (index, file) in changed.iter().enumerate() {
            let staged = self.staged(index);
            fs::write(&staged, &file.content)
                .with_context(|| format!("cannot write {}", self.folder.join(&file.path).display()))?;
        }
        for file in changed {
            let path = self.folder.join(&file.path);
            let parent = path.parent().unwrap_or(&self.folder);
            make_folders(parent, &mut self.made)
                .with_context(|| format!("cannot make {}", parent.display()))?;
        }
        for (index, file) in changed.iter().enumerate() {
            let path = self.folder.join(&file.path);
            if path.exists() {
                self.rename(path.clone(), self.scratch.path().join(format!("old-{index}")))?;
            }
            self.rename(self.staged(index), path)?;
        }
        for (index, path) in stale.iter().enumerate() {
            let path = self.folder.join(path);
            if path.exists() {
                self.rename(path, self.scratch.path().join(format!("stale-{index}")))?;
            }
        }
        Ok(())
    }

    fn staged(&self, index: usize) -> PathBuf {
        self.scratch.path().join(format!("new-{index}"))
    }

    fn rename(&mut self, from: PathBuf, to: PathBuf) -> Result<()> {
        fs::rename(&from, &to)
            .with_context(|| format!("cannot move {} to {}", from.display(), to.display()))?;
        self.moved.push((from, to));
        Ok(())
    }

    /// Removes folders that the deletions left empty. Their being there does no harm.
    fn finish(self, stale: &[String]) {
        for path in stale {
            let path = self.folder.join(path);
            let parents = path.ancestors().skip(1).take_while(|parent| *parent != self.folder);
            for parent in parents {
                if fs::remove_dir(parent).is_err() {
                    break;
                }
            }
        }
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
        let folder = self.folder;
        // The scratch folder may be inside a folder that was made.
        drop(self.scratch);
        remove_folders(&self.made);
        format!("nothing was changed in {}", folder.display())
    }
}

/// Makes `folder` and those above it, and notes the new ones.
fn make_folders(folder: &Path, made: &mut Vec<PathBuf>) -> io::Result<()> {
    let missing: Vec<_> =
        folder.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists()).collect();
    for folder in missing.into_iter().rev() {
        if let Err(error) = fs::create_dir(folder) {
            remove_folders(made);
            return Err(error);
        }
        made.push(folder.to_owned());
    }
    Ok(())
}

fn remove_folders(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        // One that others have used in the meantime is not empty, and stays.
        let _ = fs::remove_dir(folder);
    }
}
