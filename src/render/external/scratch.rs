//! The scratch copy in which a tool runs: the files of a step at the places they have below the
//! pipeline's folder, and nothing else, so that neither the tool nor a chart can touch the user's
//! own files, read what lies beside them, or leave anything behind.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::files;
use crate::boundary::Boundary;
use crate::scratch;

/// The name of the folder for the tool's own things, which stands beside that of the copies.
pub const HOME: &str = "home";

/// What a link leads to that leads nowhere.
const NOWHERE: &str = "nowhere";

/// What happens to a file on its way into the copy. The path is relative to the pipeline's folder.
pub type Edit<'a> = &'a dyn Fn(&Path, Vec<u8>) -> Result<Vec<u8>>;

/// Text files by path, with `/`.
pub type Texts = BTreeMap<String, String>;

pub struct Scratch {
    /// The copy goes when it is dropped.
    _folder: scratch::Folder,
    /// How many folders of the repository are above the copies.
    above: usize,
    files: PathBuf,
    home: PathBuf,
}

impl Scratch {
    /// A scratch copy into which files may be copied that are so many folders above the pipeline's.
    pub fn new(above: usize) -> Result<Scratch> {
        let folder = scratch::Folder::new()?;
        let path = folder.path();
        let files = (0..above).fold(path.join("files"), |folder, _| folder.join("repository"));
        let home = path.join(HOME);
        [&files, &home]
            .into_iter()
            .try_for_each(|path| scratch::create_folders(path))
            .context("cannot create a scratch folder")?;
        Ok(Scratch { _folder: folder, above, files, home })
    }

    /// Where the copies stand: the tool's working folder.
    pub fn files(&self) -> &Path {
        &self.files
    }

    /// A folder for the tool's own things, empty at first.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Copies the file or folder `path` (relative to the boundary's root) to the same place in the copy.
    /// Links are followed inside of the boundary. One that leads nowhere still does, so that it is the tool
    /// that says whether that matters.
    pub fn copy(&self, boundary: &Boundary, path: &Path, edit: Edit) -> Result<()> {
        let dangling = files::walk(boundary, path, &mut |path, content| {
            write(&self.files.join(path), &edit(path, content)?)
        })?;
        for link in dangling {
            let to = self.files.join(&link);
            scratch::create_folders(to.parent().unwrap_or(&to))
                .and_then(|()| Ok(symlink(NOWHERE, &to)?))
                .with_context(|| format!("cannot copy the link {}", link.display()))?;
        }
        Ok(())
    }

    /// Writes a file of our own. The path is relative to where the copies stand.
    pub fn write(&self, path: &Path, text: &str) -> Result<()> {
        write(&self.files.join(path), text.as_bytes())
    }

    /// The copies, as they are now. What is not text is left out.
    pub fn texts(&self) -> Result<Texts> {
        let mut texts = Texts::new();
        files::walk(&Boundary::around(&self.files), Path::new(""), &mut |path, content| {
            if let Ok(text) = String::from_utf8(content) {
                let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
                texts.insert(names.join("/"), text);
            }
            Ok(())
        })?;
        Ok(texts)
    }

    /// A text of the tool with the copy's paths made into those that the user knows.
    pub fn without_its_path(&self, text: &str) -> String {
        let files = self.files.to_string_lossy();
        let text = text.replace(&format!("{files}/"), "").replace(files.as_ref(), ".");
        let outer = self.files.ancestors().nth(self.above).unwrap_or(&self.files);
        text.replace(outer.to_string_lossy().as_ref(), "../".repeat(self.above).trim_end_matches('/'))
    }
}

fn write(to: &Path, content: &[u8]) -> Result<()> {
    scratch::write(to, content).with_context(|| format!("cannot write {}", to.display()))
}
