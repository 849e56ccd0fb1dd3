//! The tree of a merge, folder by folder. libgit2 would read every folder of the two commits, of
//! which a partial clone has only some and which may hold more paths than anybody can count, and refuse to write
//! one whose files were not fetched. What both sides have alike, and what only one of them changed, is taken as it
//! is.
//!
//! Renames are not followed: two manifests that look alike are still two applications, and a change meant for one
//! must never be applied to the other.

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;
use git2::{FileMode, IndexEntry, IndexTime, ObjectType, Oid, Tree};

use super::repository::Repository;
use super::tree::check_depth;

/// What stands at a name in a folder: mode and id.
type Slot = Option<(i32, Oid)>;

/// A folder as the common ancestor, the one and the other side have it.
type Folders = [Option<Oid>; 3];

/// So many conflicts are named at most.
const MOST_CONFLICTS: usize = 100;

/// What a merge gives.
#[derive(Debug, PartialEq, Eq)]
pub enum MergedTree {
    Clean(Oid),
    /// The paths that people have to look at, in their order.
    Conflicts(Vec<String>),
}

impl Repository {
    /// Writes the tree that a merge of `head` into `base` gives, unless they conflict.
    pub fn merged_tree(&self, base: Oid, head: Oid) -> Result<MergedTree> {
        let (root, conflicts) = self.merge_with(base, head, true)?;
        match root {
            _ if !conflicts.is_empty() => Ok(MergedTree::Conflicts(conflicts)),
            Some((_, tree)) => Ok(MergedTree::Clean(tree)),
            None => self.edit_tree(None, &super::Edits::new()).map(MergedTree::Clean),
        }
    }

    /// Whether `head` merges into `base` without a conflict. Writes nothing.
    pub fn merges_cleanly(&self, base: Oid, head: Oid) -> Result<bool> {
        Ok(self.merge_with(base, head, false)?.1.is_empty())
    }

    fn merge_with(&self, base: Oid, head: Oid, writes: bool) -> Result<(Slot, Vec<String>)> {
        let ancestor = self.common_ancestor(base, head)?;
        let ancestor = ancestor.map(|ancestor| self.tree_id(ancestor)).transpose()?;
        let sides = [ancestor, Some(self.tree_id(base)?), Some(self.tree_id(head)?)];
        let mut merge = Merge { repository: self, writes, known: HashMap::new(), conflicts: Vec::new() };
        let tree = |id| (FileMode::Tree.into(), id);
        let root = merge.slots(sides.map(|id| id.map(tree)), "")?;
        Ok((root, merge.conflicts))
    }
}

struct Merge<'r> {
    repository: &'r Repository,
    writes: bool,
    /// Folders that were merged without a conflict. The same may stand in many places.
    known: HashMap<Folders, Slot>,
    conflicts: Vec<String>,
}

impl Merge<'_> {
    fn slots(&mut self, [ancestor, ours, theirs]: [Slot; 3], path: &str) -> Result<Slot> {
        if ours == theirs || ancestor == theirs || self.conflicts.len() == MOST_CONFLICTS {
            return Ok(ours);
        }
        if ancestor == ours {
            return Ok(theirs);
        }
        let is_folder = |slot: &Slot| slot.is_none_or(|(mode, _)| mode == i32::from(FileMode::Tree));
        if [ancestor, ours, theirs].iter().all(is_folder) {
            return self.folders([ancestor, ours, theirs].map(|slot| slot.map(|(_, id)| id)), path);
        }
        match (ancestor, ours, theirs) {
            (Some(ancestor), Some(ours), Some(theirs)) if ours.0 == theirs.0 && is_file(ours.0) => {
                self.files([ancestor, ours, theirs], path)
            }
            _ => Ok(self.conflict(path, ours)),
        }
    }

    fn folders(&mut self, ids: Folders, path: &str) -> Result<Slot> {
        if let Some(known) = self.known.get(&ids) {
            return Ok(*known);
        }
        check_depth(self.repository, path)?;
        let conflicts = self.conflicts.len();
        let find = |id: Option<Oid>| id.map(|id| self.repository.find_tree(id)).transpose();
        let folders = [find(ids[0])?, find(ids[1])?, find(ids[2])?];
        let repository = self.repository;
        let mut builder =
            repository.git.treebuilder(folders[1].as_ref()).map_err(|e| repository.write_fault(e))?;
        let names: BTreeSet<Vec<u8>> = folders
            .iter()
            .flatten()
            .flat_map(|folder| folder.iter().map(|it| it.name_bytes().to_vec()))
            .collect();
        for name in names {
            let slots = [0, 1, 2].map(|side| slot(folders[side].as_ref(), &name));
            let shown = String::from_utf8_lossy(&name);
            let below = if path.is_empty() { shown.into_owned() } else { format!("{path}/{shown}") };
            let changed = match self.slots(slots, &below)? {
                merged if merged == slots[1] => Ok(()),
                Some((mode, id)) => builder.insert(name, id, mode).map(drop),
                None => builder.remove(name),
            };
            changed.map_err(|e| repository.write_fault(e))?;
        }
        let merged = match builder.is_empty() {
            true => None,
            false if !self.writes => ids[1].or(ids[2]).map(|id| (FileMode::Tree.into(), id)),
            false => Some((FileMode::Tree.into(), repository.write(|| builder.write())?)),
        };
        if self.conflicts.len() == conflicts {
            self.known.insert(ids, merged);
        }
        Ok(merged)
    }

    fn files(&mut self, slots: [(i32, Oid); 3], path: &str) -> Result<Slot> {
        let repository = self.repository;
        slots.iter().try_for_each(|(_, id)| repository.prepare(*id, ObjectType::Blob))?;
        let [ancestor, ours, theirs] = slots.map(|(mode, id)| entry(mode, id));
        let merged = repository.git.merge_file_from_index(&ancestor, &ours, &theirs, None);
        let merged = merged.map_err(|e| repository.read_fault(e))?;
        if !merged.is_automergeable() {
            return Ok(self.conflict(path, Some(slots[1])));
        }
        let id = match self.writes {
            true => repository.write(|| repository.git.blob(merged.content()))?,
            false => slots[1].1,
        };
        Ok(Some((slots[1].0, id)))
    }

    /// What is on one side stays, so that the rest can be looked at.
    fn conflict(&mut self, path: &str, ours: Slot) -> Slot {
        self.conflicts.push(path.to_owned());
        ours
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
            let expected = self.merged_by_libgit2(base, head);
            assert_eq!(merged, expected);
            let is_clean = self.repository.merges_cleanly(base, head).unwrap();
            assert_eq!(is_clean, matches!(merged, MergedTree::Clean(_)));
            match merged {
                MergedTree::Clean(tree) => Some(tree),
                MergedTree::Conflicts(_) => None,
            }
        }

        fn merged_by_libgit2(&self, base: Oid, head: Oid) -> MergedTree {
            let git = &self.repository.git;
            let (base, head) = (git.find_commit(base).unwrap(), git.find_commit(head).unwrap());
            let mut options = git2::MergeOptions::new();
            options.find_renames(false);
            let mut merged = git.merge_commits(&base, &head, Some(&options)).unwrap();
            if !merged.has_conflicts() {
                return MergedTree::Clean(merged.write_tree_to(git).unwrap());
            }
            let path = |conflict: git2::IndexConflict| {
                let side = conflict.our.or(conflict.their).or(conflict.ancestor).unwrap();
                String::from_utf8(side.path).unwrap()
            };
            let paths = merged.conflicts().unwrap().map(|conflict| path(conflict.unwrap()));
            MergedTree::Conflicts(paths.collect())
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

    /// Ten folders with ten folders each, ten levels deep, of eleven objects.
    fn bomb(repository: &Repository, text: &[u8]) -> Oid {
        let mut id = repository.git.blob(text).unwrap();
        let mut mode = FileMode::Blob;
        for _ in 0..10 {
            let mut builder = repository.git.treebuilder(None).unwrap();
            for number in 0..10 {
                builder.insert(format!("f{number}"), id, mode.into()).unwrap();
            }
            id = builder.write().unwrap();
            mode = FileMode::Tree;
        }
        id
    }

    #[test]
    fn folders_that_nobody_can_count_are_taken_as_they_are() {
        let scene = Scene::new();
        let root = scene.commit(&[], &[("README.md", Some("root"))]);
        let with = |text: &str, extra: (&str, Option<&str>)| {
            let commit = scene.commit(&[root], &[extra]);
            let tree = scene.repository.find_tree(scene.repository.tree_id(commit).unwrap()).unwrap();
            let mut builder = scene.repository.git.treebuilder(Some(&tree)).unwrap();
            let bomb = bomb(&scene.repository, text.as_bytes());
            builder.insert("bomb", bomb, FileMode::Tree.into()).unwrap();
            let (tree, time) = (builder.write().unwrap(), jiff::Timestamp::UNIX_EPOCH);
            scene.repository.commit(NewCommit { tree, parents: &[root], message: "Add", time }).unwrap()
        };
        let (one, other) = (with("x", ("a", Some("a"))), with("y", ("b", Some("b"))));
        let plain = scene.commit(&[root], &[("c", Some("c"))]);
        let of = |base, head| scene.repository.merged_tree(base, head).unwrap();
        assert!(
            matches!(of(one, plain), MergedTree::Clean(_)) && matches!(of(plain, one), MergedTree::Clean(_))
        );
        let MergedTree::Conflicts(paths) = of(one, other) else { panic!("it has conflicts") };
        assert_eq!((paths.len(), paths[0].as_str()), (MOST_CONFLICTS, "bomb/f0/f0/f0/f0/f0/f0/f0/f0/f0/f0"));
    }
}
