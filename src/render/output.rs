//! `-o DIR`: a rendering on disk, all of it or nothing.
//!
//! [`on_disk`](super::on_disk) is what stands there, and [`folder_change`] what becomes of it. Files that
//! are only edited are exchanged in the same way. [`TargetFolder`] has one process write at a time.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::descriptor::Descriptor;
use super::edits::Edit;
use super::folder_change::{self, Change, Ended};
use super::manifest::File;
use super::on_disk::{Entry, OnDisk};
use super::ownership::{self, Claim, Drift, HandEdit};
use super::rendering::Rendering;
use super::scratch;
use super::target_folder::TargetFolder;
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId, text};
use crate::{interrupt, yaml};

impl Rendering {
    /// Writes all files below `folder`, as they would stand in the GitOps repository: all of
    /// them or, on any error, none. Files of the rendering that was there before and that this
    /// one has no more are deleted; a file that is not Towline's is never touched, but for the
    /// edits: where `folder` has the file, it is edited there, else that is one of the warnings.
    pub fn write_to(&self, folder: &Path) -> Result<Vec<Warning>> {
        for _ in 0..ROUNDS {
            // An interrupt need not wait as long as this does.
            let target = TargetFolder::open(folder)?;
            let once = interrupt::wholly(|| write_once(self, folder, target.as_ref()));
            if let (Ended::Done, warnings) = once? {
                return Ok(warnings);
            }
        }
        Err(Diagnostic::new("nothing was written: other programs keep making and removing folders here")
            .at(Place::file(folder))
            .into())
    }
}

/// How often other processes may have made a folder first: many more times than there are levels of them.
const ROUNDS: usize = 100;

fn write_once(
    rendering: &Rendering,
    folder: &Path,
    target: Option<&TargetFolder>,
) -> Result<(Ended, Vec<Warning>)> {
    target.map_or(Ok(()), scratch::sweep)?;
    let disk = OnDisk::new(folder)?;
    if disk.is_there() != target.is_some() {
        return Ok((Ended::Overtaken, Vec::new()));
    }
    let claim = claim(rendering, folder, &disk)?;
    let (edited, warnings) = edited_files(rendering, folder, &disk)?;
    let mut changed = changed_files(rendering, folder, &disk, &claim.files)?;
    changed.extend(&edited);
    let replaced = ownership::replace(&claim, &rendering.files, &disk)?;
    refuse_drift(&replaced.drift, folder)?;
    let change = Change { files: &changed, stale: &replaced.stale, folders: &rendering.folders };
    let ended = match target {
        Some(target) => change.apply(target, &disk)?,
        None => folder_change::make(folder, &changed)?,
    };
    Ok((ended, warnings))
}

/// What the descriptor that is there lists, and the descriptor itself.
fn claim(rendering: &Rendering, folder: &Path, disk: &OnDisk) -> Result<Claim> {
    let descriptors = vec![rendering.descriptor.clone()];
    let claim = Claim { descriptors, folders: rendering.folders.clone(), ..Claim::default() };
    let Some(content) = disk.read(&rendering.descriptor)? else { return Ok(claim) };
    let path = folder.join(&rendering.descriptor);
    let descriptor = Descriptor::parse(content.to_vec(), &path)?;
    descriptor.check_owner(&path, &rendering.application, &rendering.environment)?;
    let files = descriptor.files().chain([rendering.descriptor.clone()]).collect();
    let mut hand_edits = ownership::hand_edits(&descriptor, disk)?;
    if descriptor.is_edited(&content) {
        hand_edits.push(Drift { path: rendering.descriptor.clone(), change: HandEdit::Changed });
    }
    Ok(Claim { files, hand_edits, ..claim })
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
fn edited_files(rendering: &Rendering, folder: &Path, disk: &OnDisk) -> Result<(Vec<File>, Vec<Warning>)> {
    let (mut edited, mut warnings) = (Vec::new(), Vec::new());
    for edit in &rendering.edits {
        let path = folder.join(&edit.file);
        let before = disk.read(&edit.file)?.map(|bytes| yaml::text(bytes.to_vec(), &path)).transpose()?;
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
    disk: &OnDisk,
    owned: &BTreeSet<String>,
) -> Result<Vec<&'a File>> {
    // A link is refused also where a file would only be deleted.
    owned.iter().try_for_each(|path| disk.entry(path).map(drop))?;
    let mut changed = Vec::new();
    for file in &rendering.files {
        match disk.entry(&file.path)? {
            Entry::Missing(_) => changed.push(file),
            Entry::Folder | Entry::BelowFile => return Err(in_the_way(&folder.join(&file.path))),
            Entry::File if disk.read(&file.path)?.is_some_and(|there| *there == file.content) => {}
            Entry::File if owned.contains(&file.path) => changed.push(file),
            Entry::File => return Err(in_the_way(&folder.join(&file.path))),
        }
    }
    Ok(changed)
}

fn in_the_way(path: &Path) -> anyhow::Error {
    Diagnostic::refused("a file that Towline does not own is in the way")
        .at(Place::file(path))
        .hint("move it away, or choose another folder")
        .into()
}
