//! The branches behind a fake forge: those of a real bare repository, so that what is pushed
//! shows at the forge and what the forge merges can be fetched.

use std::path::PathBuf;

use git2::{BranchType, Oid, Repository, Signature, Time};
use jiff::Timestamp;

pub struct Branches {
    path: PathBuf,
}

/// How a forge merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Merge,
    Squash,
}

impl Branches {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub fn tip(&self, branch: &str) -> Option<Oid> {
        let git = self.git();
        let reference = git.find_reference(&format!("refs/heads/{branch}")).ok()?;
        reference.target()
    }

    /// The branches whose names begin so.
    pub fn starting_with(&self, prefix: &str) -> Vec<(String, Oid)> {
        let git = self.git();
        let branches = git.branches(Some(BranchType::Local)).unwrap().map(|branch| branch.unwrap().0);
        let named = branches.map(|branch| (branch.name().unwrap().unwrap().to_owned(), branch));
        let found = named.filter(|(name, _)| name.starts_with(prefix));
        found.map(|(name, branch)| (name, branch.get().target().unwrap())).collect()
    }

    pub fn has_commit(&self, commit: &str) -> bool {
        Oid::from_str(commit).is_ok_and(|id| self.git().find_commit(id).is_ok())
    }

    /// Whether `ancestor` is in the history of `commit`.
    pub fn is_ancestor(&self, ancestor: Oid, commit: Oid) -> bool {
        ancestor == commit || self.git().graph_descendant_of(commit, ancestor).unwrap()
    }

    pub fn merge_base(&self, one: Oid, other: Oid) -> Oid {
        self.git().merge_base(one, other).unwrap()
    }

    pub fn is_clean(&self, base: Oid, head: Oid) -> bool {
        self.merged_tree(&self.git(), base, head).is_some()
    }

    /// Merges `head` into the branch `base` and moves it; none when they conflict.
    pub fn merge(&self, base: &str, head: Oid, method: Method, message: &str, now: Timestamp) -> Option<Oid> {
        let git = self.git();
        let tip = self.tip(base)?;
        let tree = git.find_tree(self.merged_tree(&git, tip, head)?).unwrap();
        let commits = [tip, head].map(|id| git.find_commit(id).unwrap());
        let parents = match method {
            Method::Merge => vec![&commits[0], &commits[1]],
            Method::Squash => vec![&commits[0]],
        };
        let author = Signature::new("Forge", "forge@example.com", &Time::new(now.as_second(), 0)).unwrap();
        let commit = git.commit(None, &author, &author, message, &tree, &parents).unwrap();
        self.set(base, commit);
        Some(commit)
    }

    /// One commit on `onto` with all that `head` has; no branch is moved.
    pub fn squashed(&self, onto: Oid, head: Oid, message: &str, now: Timestamp) -> Oid {
        let git = self.git();
        let [onto, head] = [onto, head].map(|id| git.find_commit(id).unwrap());
        let author = Signature::new("Forge", "forge@example.com", &Time::new(now.as_second(), 0)).unwrap();
        git.commit(None, &author, &author, message, &head.tree().unwrap(), &[&onto]).unwrap()
    }

    /// Moves a branch without asking.
    pub fn set(&self, branch: &str, commit: Oid) {
        self.git().reference(&format!("refs/heads/{branch}"), commit, true, "forge").unwrap();
    }

    fn merged_tree(&self, git: &Repository, base: Oid, head: Oid) -> Option<Oid> {
        let [base, head] = [base, head].map(|id| git.find_commit(id).unwrap());
        let mut index = git.merge_commits(&base, &head, None).unwrap();
        (!index.has_conflicts()).then(|| index.write_tree_to(git).unwrap())
    }

    fn git(&self) -> Repository {
        Repository::open_bare(&self.path).unwrap()
    }
}
