//! The tree of a merge, folder by folder. libgit2 would read every folder of the two commits, of
//! which a partial clone has only some, and refuse to write one whose files were not fetched. What
//! both sides have alike, and what only one of them changed, is taken as it is.

use std::collections::BTreeSet;

use anyhow::Result;
use git2::{FileMode, IndexEntry, IndexTime, Oid, Tree};

use super::repository::Repository;

/// What stands at a name in a folder: mode and id.
type Slot = Option<(i32, Oid)>;

/// What stands there after the merge.
enum Merged {
    Slot(Slot),
    Conflict,
}

impl Repository {
    /// The tree that a merge of `head` into `base` gives; none when they conflict. Renames are not
    /// followed.
    pub fn merged_tree(&self, base: Oid, head: Oid) -> Result<Option<Oid>> {
        let ancestor = self.prepare_merge(base, head)?;
        let folders = [ancestor, Some(self.tree_id(base)?), Some(self.tree_id(head)?)];
        Ok(match self.merge_folders(folders)? {
            Merged::Slot(Some((_, tree))) => Some(tree),
            Merged::Slot(None) => Some(self.edit_tree(None, &super::Edits::new())?),
            Merged::Conflict => None,
        })
    }

    /// A folder as the common ancestor, the one and the other side have it.
    fn merge_folders(&self, folders: [Option<Oid>; 3]) -> Result<Merged> {
        let find = |id: Option<Oid>| id.map(|id| self.find_tree(id)).transpose();
        let [ancestor, ours, theirs] = folders;
        let folders = [find(ancestor)?, find(ours)?, find(theirs)?];
        let mut builder = self.git.treebuilder(folders[1].as_ref()).map_err(|e| self.write_fault(e))?;
        let names: BTreeSet<Vec<u8>> = folders
            .iter()
            .flatten()
            .flat_map(|folder| folder.iter().map(|it| it.name_bytes().to_vec()))
            .collect();
        for name in names {
            let slots = [0, 1, 2].map(|side| slot(folders[side].as_ref(), &name));
            let merged = match self.merge_slots(slots)? {
                Merged::Conflict => return Ok(Merged::Conflict),
                Merged::Slot(merged) => merged,
            };
            let changed = match merged {
                _ if merged == slots[1] => Ok(()),
                Some((mode, id)) => builder.insert(name, id, mode).map(drop),
                None => builder.remove(name),
            };
            changed.map_err(|e| self.write_fault(e))?;
        }
        Ok(Merged::Slot(match builder.is_empty() {
            true => None,
            false => Some((FileMode::Tree.into(), self.write(|| builder.write())?)),
        }))
    }

    fn merge_slots(&self, [ancestor, ours, theirs]: [Slot; 3]) -> Result<Merged> {
        if ours == theirs || ancestor == theirs {
            return Ok(Merged::Slot(ours));
        }
        if ancestor == ours {
            return Ok(Merged::Slot(theirs));
        }
        let is_folder = |slot: &Slot| slot.is_none_or(|(mode, _)| mode == i32::from(FileMode::Tree));
        if [ancestor, ours, theirs].iter().all(is_folder) {
            return self.merge_folders([ancestor, ours, theirs].map(|slot| slot.map(|(_, id)| id)));
        }
        match (ancestor, ours, theirs) {
            (Some(ancestor), Some(ours), Some(theirs)) if ours.0 == theirs.0 && is_file(ours.0) => {
                self.merge_files([ancestor, ours, theirs].map(|(mode, id)| entry(mode, id)))
            }
            _ => Ok(Merged::Conflict),
        }
    }

    fn merge_files(&self, [ancestor, ours, theirs]: [IndexEntry; 3]) -> Result<Merged> {
        let merged = self.git.merge_file_from_index(&ancestor, &ours, &theirs, None);
        let merged = merged.map_err(|e| self.read_fault(e))?;
        if !merged.is_automergeable() {
            return Ok(Merged::Conflict);
        }
        let id = self.write(|| self.git.blob(merged.content()))?;
        Ok(Merged::Slot(Some((ours.mode as i32, id))))
    }
}

fn slot(folder: Option<&Tree<'_>>, name: &[u8]) -> Slot {
    let entry = folder?.get_name_bytes(name)?;
    Some((entry.filemode(), entry.id()))
}

fn is_file(mode: i32) -> bool {
    [FileMode::Blob, FileMode::BlobExecutable].map(i32::from).contains(&mode)
}

fn entry(mode: i32, id: Oid) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: mode.unsigned_abs(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: b"file".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{Edits, NewCommit};

    struct Scene {
        _folder: tempfile::TempDir,
        repository: Repository,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            git2::Repository::init_bare(folder.path()).unwrap();
            let repository = Repository::open_path(folder.path(), "gitops").unwrap();
            Self { _folder: folder, repository }
        }

        fn commit(&self, parents: &[Oid], files: &[(&str, Option<&str>)]) -> Oid {
            let edits: Edits = files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), text.map(|text| text.as_bytes().to_vec())))
                .collect();
            let base = parents.first().map(|parent| self.repository.tree_id(*parent).unwrap());
            let tree = self.repository.edit_tree(base, &edits).unwrap();
            let time = jiff::Timestamp::UNIX_EPOCH;
            self.repository.commit(NewCommit { tree, parents, message: "Edit", time }).unwrap()
        }

        fn merged(&self, base: Oid, head: Oid) -> Option<Oid> {
            let merged = self.repository.merged_tree(base, head).unwrap();
            let mut by_libgit2 = self.repository.merge(base, head).unwrap();
            let expected =
                (!by_libgit2.has_conflicts()).then(|| self.repository.write_merged(&mut by_libgit2).unwrap());
            assert_eq!(merged, expected);
            merged
        }
    }

    #[test]
    fn a_merge_is_what_libgit2_makes_of_it() {
        let scene = Scene::new();
        let lines = "1\n2\n3\n4\n5\n6\n7\n";
        let root = scene
            .commit(&[], &[("a/x", Some(lines)), ("a/y", Some("y")), ("b/z", Some("z")), ("c", Some("c"))]);
        let head = scene.commit(&[root], &[("a/x", Some(&lines.replace('1', "one"))), ("n/new", Some("n"))]);
        let other = scene
            .commit(&[root], &[("a/x", Some(&lines.replace('7', "seven"))), ("b/z", None), ("c", Some("d"))]);
        assert!(scene.merged(head, other).is_some() && scene.merged(other, head).is_some());
        let against = scene.commit(&[root], &[("a/x", Some(&lines.replace('1', "uno")))]);
        assert_eq!(scene.merged(head, against), None);
        let gone = scene.commit(&[root], &[("a/x", None)]);
        assert_eq!(scene.merged(head, gone), None);
        let nothing = scene.commit(&[root], &[("a/x", None), ("a/y", None), ("b/z", None), ("c", None)]);
        assert!(scene.merged(root, nothing).is_some());
    }
}
