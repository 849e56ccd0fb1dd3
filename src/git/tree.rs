//! A tree with some files changed, at a cost that follows the change: only the trees along the
//! changed paths are read and written, however large the repository is.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use git2::{FileMode, ObjectType, Oid, Tree};

use super::repository::Repository;
use crate::vocabulary::Diagnostic;

/// Paths from the repository's root, and what is to stand there: a file's content, or nothing.
pub type Edits = BTreeMap<String, Option<Vec<u8>>>;

/// The mode of a folder in a tree.
const FOLDER: i32 = 0o040_000;

impl Repository {
    /// Writes the tree `base` (`None`: the empty tree) with `changes` made.
    ///
    /// Only regular files are ever written or removed. Where a file stands in the way of a folder,
    /// or a folder in the way of a file, it has to be removed by the same changes; links and
    /// submodules are left alone, and are an error where a change would go through them.
    pub fn edit_tree(&self, base: Option<Oid>, changes: &Edits) -> Result<Oid> {
        if let Some(base) = base {
            self.prefetch_trees(base, &changes.keys().map(String::as_str).collect::<Vec<_>>())?;
        }
        let base = base.map(|id| self.find_tree(id)).transpose()?;
        let edited = self.edit(base.as_ref(), &Edit::from(changes)?, "")?;
        edited.map_or_else(|| self.write_empty_tree(), Ok)
    }

    /// Whether `tree` is the tree `base` with `changes` made, and nothing else.
    pub fn differs_by(&self, base: Oid, tree: Oid, changes: &Edits) -> Result<bool> {
        Ok(self.edit_tree(Some(base), changes)? == tree)
    }

    /// The paths that are not the same in two trees, in their order, at most so many of them. Only the folders on
    /// the way to them are read.
    pub fn differing_paths(&self, one: Oid, other: Oid, most: usize) -> Result<Vec<String>> {
        let mut difference = Difference { repository: self, most, found: Vec::new(), alike: HashSet::new() };
        difference.compare([Some(one), Some(other)], "")?;
        Ok(difference.found)
    }

    /// The edited tree's id, or nothing when nothing is left in it.
    fn edit(&self, base: Option<&Tree<'_>>, edit: &Edit<'_>, path: &str) -> Result<Option<Oid>> {
        let mut builder = self.git.treebuilder(base).map_err(|e| self.write_fault(e))?;
        for (name, change) in &edit.entries {
            let path = if path.is_empty() { (*name).to_owned() } else { format!("{path}/{name}") };
            match self.edit_entry(base, name, change, &path)? {
                Entry::Kept => continue,
                Entry::Gone => {
                    if base.is_some_and(|base| base.get_name(name).is_some()) {
                        builder.remove(name).map_err(|e| self.write_fault(e))?;
                    }
                }
                Entry::File(id, mode) => {
                    builder.insert(name, id, mode.into()).map_err(|e| self.write_fault(e))?;
                }
                Entry::Folder(id) => {
                    builder.insert(name, id, FileMode::Tree.into()).map_err(|e| self.write_fault(e))?;
                }
            }
        }
        if builder.is_empty() {
            return Ok(None);
        }
        self.write(|| builder.write()).map(Some)
    }

    fn edit_entry(
        &self,
        base: Option<&Tree<'_>>,
        name: &str,
        change: &Edit<'_>,
        path: &str,
    ) -> Result<Entry> {
        let existing = self.existing(base, name)?;
        let below = match &existing {
            Existing::Folder(tree) if change.entries.is_empty() => Some(tree.id()),
            Existing::Folder(tree) => self.edit(Some(tree), change, path)?,
            _ => self.edit(None, change, path)?,
        };
        match (change.content, below, existing) {
            (Some(Some(_)), Some(_), _) => Err(in_the_way(path, "a folder with other files", "a file")),
            (Some(Some(_)), None, Existing::Other(what)) => Err(in_the_way(path, what, "a file")),
            (Some(Some(content)), None, existing) => {
                // A file that can be executed stays so.
                let mode = if let Existing::Executable = existing {
                    FileMode::BlobExecutable
                } else {
                    FileMode::Blob
                };
                self.write(|| self.git.blob(content)).map(|id| Entry::File(id, mode))
            }
            (_, Some(_), Existing::Other(what)) => Err(in_the_way(path, what, "a folder")),
            (None, Some(_), Existing::File | Existing::Executable) => {
                Err(in_the_way(path, "a file", "a folder"))
            }
            (_, Some(tree), _) => Ok(Entry::Folder(tree)),
            (_, None, Existing::Folder(_)) | (Some(None), None, Existing::File | Existing::Executable) => {
                Ok(Entry::Gone)
            }
            (_, None, _) => Ok(Entry::Kept),
        }
    }

    fn existing(&self, tree: Option<&Tree<'_>>, name: &str) -> Result<Existing<'_>> {
        let Some(entry) = tree.and_then(|tree| tree.get_name(name)) else { return Ok(Existing::Nothing) };
        let mode = entry.filemode();
        let is = |kind: FileMode| mode == i32::from(kind);
        Ok(match entry.kind() {
            Some(ObjectType::Tree) => Existing::Folder(self.find_tree(entry.id())?),
            Some(ObjectType::Commit) => Existing::Other("a submodule"),
            _ if is(FileMode::Link) => Existing::Other("a symbolic link"),
            _ if is(FileMode::BlobExecutable) => Existing::Executable,
            _ => Existing::File,
        })
    }

    fn write_empty_tree(&self) -> Result<Oid> {
        let builder = self.git.treebuilder(None).map_err(|e| self.write_fault(e))?;
        self.write(|| builder.write())
    }
}

struct Difference<'r> {
    repository: &'r Repository,
    most: usize,
    found: Vec<String>,
    /// Folders that have the same files. The same may stand in more places than anybody can count.
    alike: HashSet<[Option<Oid>; 2]>,
}

impl Difference<'_> {
    fn compare(&mut self, folders: [Option<Oid>; 2], path: &str) -> Result<()> {
        check_depth(self.repository, path)?;
        let before = self.found.len();
        let mut entries: BTreeMap<String, [Option<(Oid, i32)>; 2]> = BTreeMap::new();
        for (side, id) in folders.into_iter().enumerate() {
            let tree = id.map(|id| self.repository.find_tree(id)).transpose()?;
            for entry in tree.iter().flat_map(Tree::iter) {
                let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
                entries.entry(name).or_default()[side] = Some((entry.id(), entry.filemode()));
            }
        }
        for (name, sides) in entries.into_iter().filter(|(_, [one, other])| one != other) {
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            let folders = sides.map(|side| side.filter(|it| it.1 == FOLDER).map(|it| it.0));
            if folders != [None, None] && !self.alike.contains(&folders) {
                self.compare(folders, &path)?;
            }
            if self.found.len() == self.most {
                return Ok(());
            }
            if sides.iter().flatten().any(|it| it.1 != FOLDER) {
                self.found.push(path);
            }
        }
        if self.found.len() == before {
            self.alike.insert(folders);
        }
        Ok(())
    }
}

/// Refuses a folder that is deeper than any that people make: each level takes room on the stack.
pub(super) fn check_depth(repository: &Repository, path: &str) -> Result<()> {
    const MOST: usize = 256;
    if path.matches('/').count() < MOST {
        return Ok(());
    }
    let top = path.split('/').next().unwrap_or_default();
    let message = format!("{top} in {} has folders in more than {MOST} levels", repository.location());
    Err(Diagnostic::refused(message).hint(format!("remove {top} there")).into())
}

/// What an entry of a tree becomes.
enum Entry {
    Kept,
    Gone,
    File(Oid, FileMode),
    Folder(Oid),
}

/// What stands at an entry before the change.
enum Existing<'r> {
    Nothing,
    File,
    Executable,
    Folder(Tree<'r>),
    /// Not a regular file, so not Towline's.
    Other(&'static str),
}

/// Edits as a tree: what happens to the entry itself, and to entries below it.
#[derive(Default)]
struct Edit<'a> {
    content: Option<Option<&'a [u8]>>,
    entries: BTreeMap<&'a str, Edit<'a>>,
}

impl<'a> Edit<'a> {
    fn from(changes: &'a Edits) -> Result<Self> {
        let mut root = Self::default();
        for (path, content) in changes {
            let mut at = &mut root;
            for name in path.split('/') {
                if matches!(name, "" | "." | "..") || name.eq_ignore_ascii_case(".git") {
                    return Err(Diagnostic::new(format!("`{path}` cannot be a path in git")).into());
                }
                at = at.entries.entry(name).or_default();
            }
            at.content = Some(content.as_deref());
        }
        Ok(root)
    }
}

fn in_the_way(path: &str, what: &str, wanted: &str) -> anyhow::Error {
    Diagnostic::refused(format!("{path} is {what} in the GitOps repository, where {wanted} is needed"))
        .hint("move it away in the GitOps repository, or choose another path in the pipeline file")
        .into()
}
