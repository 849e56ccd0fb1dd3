//! The scratch copy in which a tool runs: the files of a step at the places they have below the
//! pipeline's folder, and nothing else, so that neither the tool nor a chart can touch the user's
//! own files, read what lies beside them, or leave anything behind.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::error::{Diagnostic, Place};

/// Larger than any chart or overlay; a folder that has more was named by mistake.
const LARGEST: u64 = 256 << 20;

/// The name of the folder for the tool's own things, which stands beside that of the copies.
pub const HOME: &str = "home";

/// What happens to a file on its way into the copy. The path is relative to the pipeline's folder.
pub type Edit<'a> = &'a dyn Fn(&Path, Vec<u8>) -> Result<Vec<u8>>;

/// Leaves files as they are.
pub fn as_it_is(_: &Path, content: Vec<u8>) -> Result<Vec<u8>> {
    Ok(content)
}

pub struct Scratch {
    /// Deletes the copy when it is dropped.
    _folder: TempDir,
    files: PathBuf,
    home: PathBuf,
}

impl Scratch {
    pub fn new() -> Result<Scratch> {
        let context = "could not make a scratch folder";
        let folder = tempfile::Builder::new().prefix("towline-").tempdir().context(context)?;
        // Tools print resolved paths, and they are to be recognised in what they print.
        let path = folder.path().canonicalize().context(context)?;
        let (files, home) = (path.join("files"), path.join(HOME));
        fs::create_dir(&files).and_then(|()| fs::create_dir(&home)).context(context)?;
        Ok(Scratch { _folder: folder, files, home })
    }

    /// Where the copies stand: the tool's working folder.
    pub fn files(&self) -> &Path {
        &self.files
    }

    /// A folder for the tool's own things, empty at first.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Copies the file or folder `path` (relative to `root`) to the same place in the copy. Links
    /// are followed, but only to what is inside of `inside`, which is `root` or below it.
    pub fn copy(&self, root: &Path, path: &Path, inside: &Path, edit: Edit) -> Result<()> {
        let inside = inside.canonicalize().with_context(|| format!("could not read {}", inside.display()))?;
        let mut copying = Copying { root, to: &self.files, inside, edit, open: Vec::new(), size: 0 };
        copying.any(path)
    }

    /// Writes a file of our own. The path is relative to where the copies stand.
    pub fn write(&self, path: &Path, text: &str) -> Result<()> {
        write(&self.files.join(path), text.as_bytes())
    }

    /// A text of the tool with the copy's paths made into those that the user knows.
    pub fn without_its_path(&self, text: &str) -> String {
        let files = self.files.to_string_lossy();
        text.replace(&format!("{files}/"), "").replace(files.as_ref(), ".")
    }
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

struct Copying<'a> {
    root: &'a Path,
    to: &'a Path,
    inside: PathBuf,
    edit: Edit<'a>,
    /// The folders that are being copied, resolved: one of them again is a loop of links.
    open: Vec<PathBuf>,
    size: u64,
}

impl Copying<'_> {
    fn any(&mut self, path: &Path) -> Result<()> {
        let from = self.root.join(path);
        let resolved = from.canonicalize().with_context(|| format!("could not read {}", from.display()))?;
        if !resolved.starts_with(&self.inside) {
            let message = format!("this link leads out of {}", self.inside.display());
            return Err(Diagnostic::new(message).at(Place::file(&from)).into());
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
        let context = || format!("could not copy {}", from.display());
        fs::create_dir_all(self.to.join(path)).with_context(context)?;
        let entries = fs::read_dir(&resolved).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<std::io::Result<Vec<_>>>()
        });
        let mut names = entries.with_context(context)?;
        names.sort();
        self.open.push(resolved);
        for name in names.iter().filter(|name| *name != ".git") {
            self.any(&path.join(name))?;
        }
        self.open.pop();
        Ok(())
    }

    fn file(&mut self, path: &Path, from: &Path) -> Result<()> {
        let context = || format!("could not copy {}", from.display());
        let metadata = from.metadata().with_context(context)?;
        self.size += metadata.len();
        if self.size > LARGEST || !metadata.is_file() {
            let what =
                if metadata.is_file() { "there are more than 256 MB" } else { "this is no regular file" };
            let diagnostic = Diagnostic::new(format!("{what}, which cannot be copied")).at(Place::file(from));
            return Err(diagnostic.hint("let `path` of the step name the chart or overlay itself").into());
        }
        let content = (self.edit)(path, fs::read(from).with_context(context)?)?;
        write(&self.to.join(path), &content)
    }
}

fn write(to: &Path, content: &[u8]) -> Result<()> {
    let context = || format!("could not write {}", to.display());
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).with_context(context)?;
    }
    fs::write(to, content).with_context(context)
}
