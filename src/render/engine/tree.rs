//! Reading a folder that another tool will read: all its files, with links followed as long as
//! they stay where they may.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::vocabulary::{Diagnostic, Place};

/// Larger than any chart or overlay; a folder that has more was named by mistake.
const LARGEST: u64 = 256 << 20;

/// What is done with a file: its path, relative to the root, and its content.
pub type Visit<'a> = &'a mut dyn FnMut(&Path, Vec<u8>) -> Result<()>;

/// Reads the file or folder `path`, relative to `root`, in the order of names. Links are followed,
/// but only to what is inside of `inside`, which is `root` or below it. `.git` is left out.
pub fn walk(root: &Path, path: &Path, inside: &Path, visit: Visit) -> Result<()> {
    let inside = inside.canonicalize().with_context(|| format!("cannot read {}", inside.display()))?;
    Walk { root, inside, visit, open: Vec::new(), size: 0 }.any(path)
}

/// `path` seen from `folder`, without `.` and `..`; an error when it leads out of the root, which
/// both are relative to.
pub fn join(folder: &Path, path: &str) -> Result<PathBuf> {
    let mut joined = folder.to_path_buf();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => joined.push(name),
            Component::CurDir => {}
            Component::ParentDir if joined.pop() => {}
            _ => bail!("{path} leads out of the folder of the pipeline file"),
        }
    }
    Ok(joined)
}

struct Walk<'a> {
    root: &'a Path,
    inside: PathBuf,
    visit: Visit<'a>,
    /// The folders around, resolved: one of them again is a loop of links.
    open: Vec<PathBuf>,
    size: u64,
}

impl Walk<'_> {
    fn any(&mut self, path: &Path) -> Result<()> {
        let from = self.root.join(path);
        let resolved = from.canonicalize().with_context(|| format!("cannot read {}", from.display()))?;
        if !resolved.starts_with(&self.inside) {
            let message = format!("this link leads out of {}", self.inside.display());
            let hint = "copy the file here; a tool gets to see nothing outside";
            return Err(Diagnostic::new(message).at(Place::file(&from)).hint(hint).into());
        }
        if resolved.is_dir() { self.folder(path, resolved) } else { self.file(path, &from) }
    }

    fn folder(&mut self, path: &Path, resolved: PathBuf) -> Result<()> {
        let from = self.root.join(path);
        if self.open.contains(&resolved) {
            return Err(Diagnostic::new("this link leads to a folder around it")
                .at(Place::file(&from))
                .into());
        }
        let entries = fs::read_dir(&resolved).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<std::io::Result<Vec<_>>>()
        });
        let mut names = entries.with_context(|| format!("cannot list {}", from.display()))?;
        names.sort();
        self.open.push(resolved);
        for name in names.iter().filter(|name| *name != ".git") {
            self.any(&if path == Path::new(".") { PathBuf::from(name) } else { path.join(name) })?;
        }
        self.open.pop();
        Ok(())
    }

    fn file(&mut self, path: &Path, from: &Path) -> Result<()> {
        let context = || format!("cannot read {}", from.display());
        let metadata = from.metadata().with_context(context)?;
        self.size += metadata.len();
        if self.size > LARGEST || !metadata.is_file() {
            let what =
                if metadata.is_file() { "there are more than 256 MB" } else { "this is no regular file" };
            let hint = "let `path` of the step name the chart or overlay itself";
            return Err(Diagnostic::new(what).at(Place::file(from)).hint(hint).into());
        }
        (self.visit)(path, fs::read(from).with_context(context)?)
    }
}

#[cfg(test)]
mod tests {
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
    #[cfg(unix)]
    fn links_are_followed_inside_and_refused_outside() {
        use std::os::unix::fs::symlink;
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
        assert!(files(root, "a").unwrap_err().to_string().contains("a/out: this link leads out of"));
        symlink("..", root.join("a/sub/up")).unwrap();
        assert!(files(root, ".").unwrap_err().to_string().ends_with("this link leads to a folder around it"));
    }

    #[test]
    fn joined_paths_stay_below_the_root() {
        assert_eq!(join(Path::new("a/b"), "../c/./d").unwrap(), Path::new("a/c/d"));
        assert!(join(Path::new("a"), "../../c").is_err());
        assert!(join(Path::new("a"), "/etc").is_err());
    }
}
