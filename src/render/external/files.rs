//! Reading a folder that another tool will read: all its files, with links followed as long as
//! they stay where they may.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::boundary::{Boundary, LARGEST};
use crate::vocabulary::{Diagnostic, Place};

/// What is done with a file: its path, relative to the root, and its content.
pub type Visit<'a> = &'a mut dyn FnMut(&Path, Vec<u8>) -> Result<()>;

/// How far files may be from `root`, the pipeline file's folder: in its repository. Also gives how many
/// folders that is above.
pub fn boundary(root: &Path) -> Result<(Boundary, usize)> {
    let boundary = Boundary::of(root);
    let root = root.canonicalize().with_context(|| format!("cannot read {}", root.display()))?;
    let above = root.strip_prefix(boundary.folder()).map_or(0, |inside| inside.components().count());
    Ok((boundary, above))
}

/// Where the links at or below `path`, relative to `root`, lead to: also relative to it. What cannot
/// be read leads nowhere.
pub fn linked(root: &Path, path: &Path) -> Vec<PathBuf> {
    let Ok((inside, above)) = boundary(root) else { return Vec::new() };
    let Ok(real_root) = root.canonicalize() else { return Vec::new() };
    let links = WalkDir::new(root.join(path)).into_iter().flatten().filter(|it| it.path_is_symlink());
    let targets = links.filter_map(|link| link.path().canonicalize().ok());
    let relative = |target: PathBuf| match target.strip_prefix(&real_root) {
        Ok(below) => Some(below.to_owned()),
        Err(_) => Some(Path::new(&"../".repeat(above)).join(target.strip_prefix(inside.folder()).ok()?)),
    };
    targets.filter_map(relative).collect()
}

/// Reads the file or folder `path`, relative to the boundary's root, in the order of names. Links are
/// followed inside of the boundary. `.git` is left out. Gives the links that lead nowhere.
pub fn walk(boundary: &Boundary, path: &Path, visit: Visit) -> Result<Vec<PathBuf>> {
    let root = boundary.root();
    let (mut size, mut dangling) = (0, Vec::new());
    let entries = WalkDir::new(root.join(path)).follow_links(true).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git") {
        let entry = match entry {
            Err(error) if leads_nowhere(&error) => {
                let link = error.path().map(|link| link.strip_prefix(root).unwrap_or(link).to_owned());
                dangling.extend(link);
                continue;
            }
            entry => entry.map_err(unreadable)?,
        };
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let from = root.join(path);
        if entry.depth() == 0 || entry.path_is_symlink() {
            boundary.check(path).map_err(|error| error.about(&from))?;
        }
        if entry.file_type().is_dir() {
            continue;
        }
        if !entry.file_type().is_file() {
            return Err(refused(&from, "this is not a regular file"));
        }
        let content = boundary.read(path).map_err(|error| error.about(&from))?;
        size += content.len() as u64;
        if size > LARGEST {
            return Err(refused(&from, "there are more than 256 MB"));
        }
        visit(path, content)?;
    }
    Ok(dangling)
}

/// Whether the error is that of a link to what is not there.
fn leads_nowhere(error: &walkdir::Error) -> bool {
    let is_missing = error.io_error().is_some_and(|error| error.kind() == ErrorKind::NotFound);
    is_missing && error.path().is_some_and(Path::is_symlink)
}

fn refused(from: &Path, what: &str) -> anyhow::Error {
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
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn files(boundary: &Boundary, path: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        walk(boundary, Path::new(path), &mut |path, _| {
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
        let (wide, narrow) = (Boundary::around(root), Boundary::around(&root.join("a")));
        assert_eq!(files(&wide, "a").unwrap(), ["a/link/x", "a/sub/x"]);
        symlink("../b", root.join("a/out")).unwrap();
        assert_eq!(files(&wide, "a").unwrap(), ["a/link/x", "a/out/y", "a/sub/x"]);
        assert!(files(&narrow, "").unwrap_err().to_string().contains("a/out: is outside"));
        symlink("..", root.join("a/sub/up")).unwrap();
        assert!(files(&wide, "a").unwrap_err().to_string().ends_with("this link points to a parent folder"));
    }

    #[test]
    fn links_that_lead_nowhere_are_told() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("a")).unwrap();
        symlink("gone", root.join("a/link")).unwrap();
        let dangling = walk(&Boundary::around(root), Path::new("a"), &mut |_, _| Ok(())).unwrap();
        assert_eq!(dangling, [Path::new("a/link")]);
    }

    #[test]
    fn a_repository_is_the_boundary() {
        let repository = tempfile::tempdir().unwrap();
        let root = repository.path().join("apps/web");
        fs::create_dir_all(root.join("chart")).unwrap();
        assert_eq!(boundary(&root).unwrap().1, 0);
        fs::create_dir_all(repository.path().join(".git")).unwrap();
        let (found, above) = boundary(&root).unwrap();
        assert_eq!((found.folder(), above), (&*repository.path().canonicalize().unwrap(), 2));
        fs::create_dir_all(repository.path().join("library")).unwrap();
        symlink("../../../library", root.join("chart/library")).unwrap();
        symlink("chart", root.join("other")).unwrap();
        assert_eq!(linked(&root, Path::new("chart")), [Path::new("../../library")]);
        assert_eq!(linked(&root, Path::new("other")), [Path::new("chart"), Path::new("../../library")]);
    }
}
