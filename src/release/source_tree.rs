//! Whether the files that a release is made from are committed. What is not would be deployed under
//! the name of a commit that does not have it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Release;
use crate::git::WorkTree;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::listed;

/// Behind the commit of a release that has files which are not committed.
const DIRTY: &str = "-dirty";
/// Stands for the commit where there is none yet.
const NO_COMMIT: &str = "none";

/// What git ignores of the files in `folder` that match `pathspecs`. A path that is itself named is
/// not ignored: generated templates are the ones that are rendered. Nothing where git cannot tell.
pub fn ignored_files(folder: &Path, named: &[PathBuf], pathspecs: &[String]) -> BTreeSet<PathBuf> {
    let found = WorkTree::discover(folder).ok().flatten().map(|tree| tree.ignored(pathspecs));
    let mut ignored: BTreeSet<_> = found.and_then(Result::ok).unwrap_or_default().into_iter().collect();
    ignored.retain(|path| !named.iter().any(|named| named.starts_with(path)));
    ignored
}

/// The release as it is recorded: refused when a file that it is made from is not committed, unless
/// `allow_dirty`.
pub fn committed(release: Release, root: &Path, pathspecs: &[String], allow_dirty: bool) -> Result<Release> {
    let files = uncommitted_files(root, pathspecs)?;
    match files.is_empty() {
        true => Ok(release),
        false if allow_dirty => Ok(release.dirty()),
        false => Err(dirty(&files)
            .hint("commit them, or use `--allow-dirty`: such a release cannot go on to other environments")
            .into()),
    }
}

/// Refuses to continue a release with files that are not committed.
pub fn refuse_uncommitted(release: &Release, root: &Path, pathspecs: &[String]) -> Result<()> {
    let files = uncommitted_files(root, pathspecs)?;
    match files.is_empty() {
        true => Ok(()),
        false => {
            let hint =
                format!("{} was made without these changes: commit or stash them first", release.version);
            Err(dirty(&files).hint(hint).into())
        }
    }
}

fn uncommitted_files(root: &Path, pathspecs: &[String]) -> Result<Vec<String>> {
    let files = WorkTree::discover(root)?.map(|tree| tree.uncommitted(pathspecs)).transpose();
    files.map(Option::unwrap_or_default).context("cannot tell whether the source tree is clean")
}

fn dirty(files: &[String]) -> Diagnostic {
    Diagnostic::refused(format!("files that the release is made from are not committed: {}", listed(files)))
}

impl Release {
    /// Whether it has files that are in no commit.
    pub fn is_dirty(&self) -> bool {
        self.commit.as_deref().is_some_and(is_dirty)
    }

    /// The release, made from files that are in no commit.
    fn dirty(mut self) -> Self {
        self.commit = Some(format!("{}{DIRTY}", self.commit.as_deref().unwrap_or(NO_COMMIT)));
        self
    }
}

/// The commit that files which are not committed were added to, if there was one.
pub fn clean(commit: &str) -> Option<&str> {
    Some(commit.strip_suffix(DIRTY).unwrap_or(commit)).filter(|commit| *commit != NO_COMMIT)
}

/// Whether a recorded commit stands for files that are not in it.
pub fn is_dirty(commit: &str) -> bool {
    commit.ends_with(DIRTY)
}
