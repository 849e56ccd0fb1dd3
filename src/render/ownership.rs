//! Ownership: which files Towline may delete and overwrite.
//!
//! Anybody who can write to the GitOps repository can write a descriptor. So being listed in it is
//! not enough. A file is Towline's only if
//! 1. the descriptor lists it,
//! 2. it stands in a folder that the pipeline file gives to this environment, and
//! 3. its content is what Towline wrote, as recorded in the descriptor.
//!
//! A listed file outside of the folders is refused. One whose content is another one is drift: a
//! change that people made by hand, which is overwritten only if they say so.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use anyhow::Result;
use git2::{ObjectType, Oid};
use schemars::JsonSchema;
use serde::Serialize;

use super::descriptor::{Descriptor, Folder};
use super::digest::Digest;
use super::file_names;
use super::manifest::{File, join};
use crate::vocabulary::paths::{ROOT, is_inside};
use crate::vocabulary::{Diagnostic, text};

/// What stands where files go: a commit, or a folder on disk.
pub trait Standing {
    /// The id of whatever stands at a path.
    fn id(&self, path: &str) -> Result<Option<Oid>>;
    /// The content of the file at a path.
    fn content(&self, path: &str) -> Result<Option<Vec<u8>>>;
}

/// A file that people changed after Towline wrote it
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// From the root of the GitOps repository
    pub path: String,
    pub change: HandEdit,
}

/// What people did to a file
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HandEdit {
    Changed,
    Removed,
}

impl fmt::Display for HandEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HandEdit::Changed => "changed",
            HandEdit::Removed => "removed",
        })
    }
}

/// What Towline once wrote, and where it may write now.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// The listed files and the descriptors.
    pub files: BTreeSet<String>,
    /// The descriptors themselves, for messages.
    pub descriptors: Vec<String>,
    /// Those of `files` that people changed.
    pub hand_edits: Vec<Drift>,
    /// Where this environment may have files.
    pub folders: Vec<String>,
}

/// What a rendering does to the files that stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Files that go.
    pub stale: Vec<String>,
    /// What people did and this undoes.
    pub drift: Vec<Drift>,
}

/// The listed files that are not as the descriptor records them.
pub fn hand_edits(descriptor: &Descriptor, standing: &dyn Standing) -> Result<Vec<Drift>> {
    let mut edits = Vec::new();
    for folder in descriptor.folders() {
        let same_as_a_whole = folder.files.digest().is_none() && has_digest(&folder, standing)?;
        for (name, recorded) in folder.files.iter() {
            let path = join(folder.path, name);
            let change = match standing.id(&path)? {
                None => HandEdit::Removed,
                found if found == recorded || same_as_a_whole => continue,
                Some(_) => HandEdit::Changed,
            };
            edits.push(Drift { path, change });
        }
    }
    Ok(edits)
}

/// Whether the files of an older record, which has no ids, are all as they were written.
fn has_digest(folder: &Folder, standing: &dyn Standing) -> Result<bool> {
    let mut digest = Digest::default();
    for name in folder.files.names() {
        match standing.content(&join(folder.path, name))? {
            Some(content) => digest.add(name, &content),
            None => return Ok(false),
        }
    }
    Ok(digest.finish() == folder.digest)
}

/// What `files` do to what stands there. It is an error when that would touch files that are not
/// Towline's.
pub fn replace(claim: &Claim, files: &[File], standing: &dyn Standing) -> Result<Replacement> {
    let new = by_path(files);
    refuse_outside(claim, standing)?;
    refuse_in_the_way(claim, &new, standing)?;
    let stale = claim.files.iter().filter(|path| !new.contains_key(path.as_str())).cloned().collect();
    Ok(Replacement { stale, drift: undone(&claim.hand_edits, &claim.files, files, standing)? })
}

/// Those of the hand edits that `files` would undo. Who changed a file to what it becomes anyway
/// loses nothing, nor who removed one that goes. `listed` are the files of the descriptor: one that was
/// removed comes back as well when its whole folder moves.
pub fn undone(
    hand_edits: &[Drift],
    listed: &BTreeSet<String>,
    files: &[File],
    standing: &dyn Standing,
) -> Result<Vec<Drift>> {
    let new = by_path(files);
    let places = Places::of(new.keys().copied());
    let moves = |path: &str| places.may_have(path, &|other| !listed.contains(other));
    let mut undone = Vec::new();
    for edit in hand_edits {
        let wanted = new.get(edit.path.as_str()).copied();
        let is_undone = match edit.change {
            HandEdit::Changed => match wanted {
                Some(file) => standing.id(&edit.path)? != Some(id(file)?),
                None => true,
            },
            HandEdit::Removed => wanted.is_some() || moves(&edit.path),
        };
        undone.extend(is_undone.then(|| edit.clone()));
    }
    Ok(undone)
}

/// Whether a file of a descriptor may be one of a folder. In the root of a branch, that is only what a
/// layout writes there: no other file of the repository can be claimed.
fn may_be_in(path: &str, folder: &str) -> bool {
    let is_written = || path.ends_with(".yaml") && path.matches('/').count() <= 1 && !path.starts_with('.');
    is_inside(path, folder) && (folder != ROOT || is_written())
}

/// Where files are, by their names.
struct Places<'a> {
    folders: HashSet<&'a str>,
    named: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Places<'a> {
    fn of(paths: impl Iterator<Item = &'a str>) -> Self {
        let mut places = Self { folders: HashSet::new(), named: HashMap::new() };
        for path in paths {
            let (folder, name) = split(path);
            places.folders.insert(folder);
            places.named.entry(name).or_default().push(path);
        }
        places
    }

    /// Whether a file that is gone from `path` may be one of these now. With one file for all resources,
    /// every name may be it.
    fn may_have(&self, path: &str, is_new: &dyn Fn(&str) -> bool) -> bool {
        let (folder, name) = split(path);
        let near = |other: &str| {
            let other = split(other).0;
            !self.folders.contains(folder) || is_inside(other, folder) || is_inside(folder, other)
        };
        let names = [name, file_names::SINGLE].into_iter().filter_map(|name| self.named.get(name)).flatten();
        let all = self.named.values().flatten().filter(|_| name == file_names::SINGLE);
        names.chain(all).any(|other| near(other) && is_new(other))
    }
}

/// The folder of a path, and the file's name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn by_path(files: &[File]) -> BTreeMap<&str, &File> {
    files.iter().map(|file| (file.path.as_str(), file)).collect()
}

/// The id that git gives the content of a file.
fn id(file: &File) -> Result<Oid> {
    Ok(Oid::hash_object(ObjectType::Blob, &file.content)?)
}

fn refuse_outside(claim: &Claim, standing: &dyn Standing) -> Result<()> {
    let inside = |path: &String| {
        claim.descriptors.contains(path) || claim.folders.iter().any(|folder| may_be_in(path, folder))
    };
    let mut outside = Vec::new();
    for path in claim.files.iter().filter(|path| !inside(path)) {
        if standing.id(path)?.is_some() {
            outside.push(path.as_str());
        }
    }
    if outside.is_empty() {
        return Ok(());
    }
    let (descriptor, folders) = (claim.descriptors.join(", "), claim.folders.join(", "));
    Err(Diagnostic::refused(format!(
        "{descriptor} lists files outside the folders of this environment ({folders}): {}",
        text::listed(&outside)
    ))
    .hint(format!(
        "if `gitops.path` or a target was changed or removed, add `formerly: {{path: OLD}}` to the environment, with \
         the folder of these files: they are moved or deleted. If somebody edited {descriptor}, restore it from git"
    ))
    .into())
}

fn refuse_in_the_way(claim: &Claim, new: &BTreeMap<&str, &File>, standing: &dyn Standing) -> Result<()> {
    let mut in_the_way = Vec::new();
    for (path, file) in new.iter().filter(|(path, _)| !claim.files.contains(**path)) {
        if let Some(found) = standing.id(path)?
            && found != id(file)?
        {
            in_the_way.push(*path);
        }
    }
    if in_the_way.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::refused(format!(
        "already in the GitOps repository, and not owned by Towline: {}",
        text::listed(&in_the_way)
    ))
    .hint(match claim.files.is_empty() {
        true => format!(
            "if somebody deleted {}, restore it from git; if `gitops.descriptor` was changed, add `formerly: \
             {{descriptor: OLD}}` to the environment; else remove or move the files, or change `gitops.path`",
            claim.descriptors.join(", ")
        ),
        false => format!(
            "remove or move it, or change `gitops.path`; Towline overwrites only files that {} lists",
            claim.descriptors.join(", ")
        ),
    })
    .into())
}
