//! Reading a folder that another tool will read: all its files, with links followed as long as
//! they stay where they may.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::vocabulary::{Diagnostic, Place};

/// Larger than any chart or overlay; a folder that has more was named by mistake.
const LARGEST: u64 = 256 << 20;

/// What is done with a file: its path, relative to the root, and its content.
pub type Visit<'a> = &'a mut dyn FnMut(&Path, Vec<u8>) -> Result<()>;

/// Reads the file or folder `path`, relative to `root`, in the order of names. Links are followed,
/// but only to what is inside of `inside`, which is `root` or below it. `.git` is left out.
pub fn walk(root: &Path, path: &Path, inside: &Path, visit: Visit) -> Result<()> {
    let inside = inside.canonicalize().with_context(|| format!("cannot read {}", inside.display()))?;
    let mut size = 0;
    let entries = WalkDir::new(root.join(path)).follow_links(true).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git") {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let from = root.join(path);
        if entry.depth() == 0 || entry.path_is_symlink() {
            refuse_outside(&from, &inside)?;
        }
        if entry.file_type().is_dir() {
            continue;
        }
        let context = || format!("cannot read {}", from.display());
        size += entry.metadata().with_context(context)?.len();
        if size > LARGEST || !entry.file_type().is_file() {
            return Err(refused(&from, size > LARGEST));
        }
        visit(path, fs::read(&from).with_context(context)?)?;
    }
    Ok(())
}

fn refuse_outside(from: &Path, inside: &Path) -> Result<()> {
    let resolved = from.canonicalize().with_context(|| format!("cannot read {}", from.display()))?;
    if resolved.starts_with(inside) {
        return Ok(());
    }
    let message = format!("this link points outside {}", inside.display());
    let hint = "copy the file here; tools cannot read files outside the folder";
    Err(Diagnostic::new(message).at(Place::file(from)).hint(hint).into())
}

fn refused(from: &Path, too_large: bool) -> anyhow::Error {
    let what = if too_large { "there are more than 256 MB" } else { "this is not a regular file" };
    let hint = "set the step's `path` to the chart or overlay itself";
    Diagnostic::new(what).at(Place::file(from)).hint(hint).into()
}

fn unreadable(error: walkdir::Error) -> anyhow::Error {
    let path = error.path().map(Path::to_owned).unwrap_or_default();
    if error.loop_ancestor().is_some() {
        return Diagnostic::new("this link points to a parent folder").at(Place::file(path)).into();
    }
    let context = format!("cannot read {}", path.display());
    match error.into_io_error() {
        Some(error) => anyhow::Error::from(error).context(context),
        None => anyhow::Error::msg(context),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn files(root: &Path, inside: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        walk(root, Path::new("a"), &root.join(inside), &mut |path, _| {
            found.push(path.display().to_string());
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn links_are_followed_inside_and_refused_outside() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("a/sub")).unwrap();
        fs::create_dir_all(root.join("b")).unwrap();
        fs::write(root.join("a/sub/x"), "").unwrap();
        fs::write(root.join("b/y"), "").unwrap();
        symlink("sub", root.join("a/link")).unwrap();
        assert_eq!(files(root, "a").unwrap(), ["a/link/x", "a/sub/x"]);
        symlink("../b", root.join("a/out")).unwrap();
        assert_eq!(files(root, ".").unwrap(), ["a/link/x", "a/out/y", "a/sub/x"]);
        assert!(files(root, "a").unwrap_err().to_string().contains("a/out: this link points outside"));
        symlink("..", root.join("a/sub/up")).unwrap();
        assert!(files(root, ".").unwrap_err().to_string().ends_with("this link points to a parent folder"));
    }
}
