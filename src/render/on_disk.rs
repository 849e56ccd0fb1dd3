//! What stands in a folder that a rendering is written to.
//!
//! Each folder is listed once and each file read once: there are thousands of them, and asking for every
//! one whether it is there is most of the work.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result};
use git2::{ObjectType, Oid};

use super::ownership::Standing;
use crate::vocabulary::{Diagnostic, Place};

/// A folder with files, as it was when it was looked at.
pub struct OnDisk<'a> {
    folder: &'a Path,
    is_there: bool,
    listings: RefCell<HashMap<PathBuf, Rc<Listing>>>,
    contents: RefCell<HashMap<String, Option<Rc<Vec<u8>>>>>,
}

pub type Listing = HashMap<std::ffi::OsString, fs::FileType>;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Nothing, and the outermost folder on the way that is not there, if there is one.
    Missing(Option<String>),
    File,
    Folder,
    /// A file is where a folder should be on the way.
    BelowFile,
}

impl<'a> OnDisk<'a> {
    pub fn new(folder: &'a Path) -> Result<Self> {
        use io::ErrorKind::{NotADirectory, NotFound};
        let is_there = match fs::metadata(folder) {
            Ok(found) if found.is_dir() => true,
            Err(error) if !matches!(error.kind(), NotFound | NotADirectory) => {
                return Err(error).with_context(|| format!("cannot read {}", folder.display()));
            }
            _ => {
                refuse_no_folder(folder)?;
                false
            }
        };
        Ok(Self { folder, is_there, listings: RefCell::default(), contents: RefCell::default() })
    }

    /// Whether the folder itself is there.
    pub fn is_there(&self) -> bool {
        self.is_there
    }

    /// What stands at a path. Following a link would write somewhere else, so one on the way is refused.
    pub fn entry(&self, path: &str) -> Result<Entry> {
        if !self.is_there {
            return Ok(Entry::Missing(None));
        }
        let mut above = PathBuf::new();
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let found = self.listing(&above)?.get(OsStr::new(part)).copied();
            above.push(part);
            let is_last = parts.peek().is_none();
            match found {
                None if is_last => return Ok(Entry::Missing(None)),
                None => return Ok(Entry::Missing(Some(above.to_string_lossy().into_owned()))),
                Some(kind) if kind.is_symlink() => return Err(self.link(&above).into()),
                Some(kind) if kind.is_dir() => {}
                Some(kind) if !kind.is_file() => {
                    return Err(in_the_way("is neither a file nor a folder", &self.folder.join(above)).into());
                }
                Some(_) if is_last => return Ok(Entry::File),
                Some(_) => return Ok(Entry::BelowFile),
            }
        }
        Ok(Entry::Folder)
    }

    /// The content of the file at a path, if there is one.
    pub fn read(&self, path: &str) -> Result<Option<Rc<Vec<u8>>>> {
        if let Some(known) = self.contents.borrow().get(path) {
            return Ok(known.clone());
        }
        let content = match self.entry(path)? {
            Entry::File => {
                let file = self.folder.join(path);
                let content = read(&file).with_context(|| format!("cannot read {}", file.display()))?;
                Some(Rc::new(content))
            }
            _ => None,
        };
        self.contents.borrow_mut().insert(path.to_owned(), content.clone());
        Ok(content)
    }

    /// The names in a folder, and what they are.
    pub fn listing(&self, folder: &Path) -> Result<Rc<Listing>> {
        if let Some(known) = self.listings.borrow().get(folder) {
            return Ok(known.clone());
        }
        let path = self.folder.join(folder);
        let entries = fs::read_dir(&path).and_then(|entries| {
            let entry = |entry: io::Result<fs::DirEntry>| {
                let entry = entry?;
                Ok((entry.file_name(), entry.file_type()?))
            };
            entries.map(entry).collect::<io::Result<Listing>>()
        });
        let listing = Rc::new(entries.with_context(|| format!("cannot list {}", path.display()))?);
        self.listings.borrow_mut().insert(folder.to_owned(), listing.clone());
        Ok(listing)
    }

    fn link(&self, path: &Path) -> Diagnostic {
        Diagnostic::refused("is a link, and Towline does not write through links")
            .at(Place::file(self.folder.join(path)))
            .hint("remove it, or choose another folder")
    }
}

/// Refuses what is in the place of a folder, or of one above it.
fn refuse_no_folder(folder: &Path) -> Result<(), Diagnostic> {
    match folder.ancestors().find(|it| it.symlink_metadata().is_ok()) {
        Some(found) if !found.exists() => Err(in_the_way("is a link to nothing", found)),
        Some(found) if !found.is_dir() => Err(in_the_way("is not a folder", found)),
        _ => Ok(()),
    }
}

fn in_the_way(what: &str, path: &Path) -> Diagnostic {
    Diagnostic::refused(what).at(Place::file(path)).hint("move it away, or choose another folder")
}

/// Reads a file without asking for its size before: most manifests fit into the first piece.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    const PIECE: usize = 8 << 10;
    let mut content = Vec::with_capacity(PIECE);
    fs::File::open(file)?.take(u64::MAX).read_to_end(&mut content)?;
    content.shrink_to_fit();
    Ok(content)
}

impl Standing for OnDisk<'_> {
    fn id(&self, path: &str) -> Result<Option<Oid>> {
        let content = self.read(path)?;
        Ok(content.map(|content| Oid::hash_object(ObjectType::Blob, &content)).transpose()?)
    }

    fn content(&self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.read(path)?.map(|content| content.to_vec()))
    }
}
