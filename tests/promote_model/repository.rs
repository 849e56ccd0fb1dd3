//! The GitOps repository as git sees it, read and written with libgit2 alone, so that what Towline
//! did is judged by somebody else.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Oid, Signature, Time, TreeWalkMode, TreeWalkResult};

use super::app::Files;
use crate::rollout_model::git::Git;

pub struct Repository<'g> {
    pub git: &'g Git,
    /// The files of a tree.
    known: RefCell<HashMap<Oid, Rc<Files>>>,
}

/// A file and what it becomes: this text, this blob, or nothing.
pub enum To<'a> {
    Text(&'a str),
    Blob(Oid),
    Nothing,
}

impl<'g> Repository<'g> {
    pub fn new(git: &'g Git) -> Self {
        Self { git, known: RefCell::default() }
    }

    pub fn tree(&self, commit: Oid) -> Oid {
        self.git.git().find_commit(commit).unwrap().tree_id()
    }

    pub fn files(&self, commit: Oid) -> Rc<Files> {
        let tree = self.tree(commit);
        if let Some(known) = self.known.borrow().get(&tree) {
            return known.clone();
        }
        let mut files = Files::new();
        let git = self.git.git();
        let walk = |folder: &str, entry: &git2::TreeEntry| {
            if entry.kind() == Some(ObjectType::Blob) {
                files.insert(format!("{folder}{}", entry.name().unwrap()), entry.id());
            }
            TreeWalkResult::Ok
        };
        git.find_tree(tree).unwrap().walk(TreeWalkMode::PreOrder, walk).unwrap();
        let files = Rc::new(files);
        self.known.borrow_mut().insert(tree, files.clone());
        files
    }

    pub fn parents(&self, commit: Oid) -> Vec<Oid> {
        self.git.git().find_commit(commit).unwrap().parent_ids().collect()
    }

    pub fn message(&self, commit: Oid) -> String {
        self.git.git().find_commit(commit).unwrap().message().unwrap().to_owned()
    }

    pub fn author(&self, commit: Oid) -> String {
        self.git.git().find_commit(commit).unwrap().author().name().unwrap().to_owned()
    }

    /// The first-parent line that ends in `tip`, the newest first.
    pub fn line(&self, tip: Oid) -> Vec<Oid> {
        std::iter::successors(Some(tip), |id| self.parents(*id).first().copied()).collect()
    }

    pub fn contains(&self, tip: Oid, commit: Oid) -> bool {
        tip == commit || self.git.git().graph_descendant_of(tip, commit).unwrap()
    }

    /// What is reachable from `tips` and not from `others`.
    pub fn since(&self, tips: &[Oid], others: &[Oid]) -> Vec<Oid> {
        let git = self.git.git();
        let mut walk = git.revwalk().unwrap();
        tips.iter().for_each(|id| walk.push(*id).unwrap());
        others.iter().for_each(|id| walk.hide(*id).unwrap());
        walk.map(Result::unwrap).collect()
    }

    /// Every reference, with where it is.
    pub fn references(&self) -> BTreeMap<String, Oid> {
        let git = self.git.git();
        let all = git.references().unwrap().map(Result::unwrap);
        all.filter_map(|one| Some((one.name().ok()?.to_owned(), one.target()?))).collect()
    }

    /// The tree of `commit` with these changes.
    pub fn changed(&self, commit: Oid, changes: &[(String, To)]) -> Oid {
        let before = self.files(commit);
        let git = self.git.git();
        let mut update = TreeUpdateBuilder::new();
        for (path, to) in changes {
            match to {
                To::Text(text) => {
                    let blob = git.blob(text.as_bytes()).unwrap();
                    update.upsert(path.as_str(), blob, FileMode::Blob);
                }
                To::Blob(id) => {
                    update.upsert(path.as_str(), *id, FileMode::Blob);
                }
                To::Nothing if before.contains_key(path) => {
                    update.remove(path.as_str());
                }
                To::Nothing => {}
            }
        }
        let tree = git.find_commit(commit).unwrap().tree().unwrap();
        update.create_updated(&git, &tree).unwrap()
    }

    /// The tree of a merge; nothing when they conflict.
    pub fn merged(&self, one: Oid, other: Oid) -> Option<Oid> {
        let git = self.git.git();
        let [one, other] = [one, other].map(|id| git.find_commit(id).unwrap());
        let mut index = git.merge_commits(&one, &other, None).ok()?;
        if index.has_conflicts() { None } else { Some(index.write_tree_to(&git).unwrap()) }
    }

    /// The tree of `tip` with a commit taken back, as `git revert -m 1` makes it; nothing when they
    /// conflict, or nothing is left to take back.
    pub fn reverted(&self, tip: Oid, commit: Oid) -> Option<Oid> {
        let mainline = u32::from(self.parents(commit).len() > 1);
        let git = self.git.git();
        let [tip, commit] = [tip, commit].map(|id| git.find_commit(id).unwrap());
        let mut index = git.revert_commit(&commit, &tip, mainline, None).ok()?;
        if index.has_conflicts() {
            return None;
        }
        Some(index.write_tree_to(&git).unwrap()).filter(|tree| *tree != tip.tree_id())
    }

    /// A commit of people, on no branch.
    pub fn commit(&self, parents: &[Oid], tree: Oid, message: &str, at: i64) -> Oid {
        let git = self.git.git();
        let parents: Vec<_> = parents.iter().map(|id| git.find_commit(*id).unwrap()).collect();
        let who = Signature::new("Ann", "ann@example.com", &Time::new(at, 0)).unwrap();
        let tree = git.find_tree(tree).unwrap();
        git.commit(None, &who, &who, message, &tree, &parents.iter().collect::<Vec<_>>()).unwrap()
    }
}
