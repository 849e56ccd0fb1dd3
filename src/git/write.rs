//! Commits, and branches that are moved to them.

use anyhow::{Result, bail};
use git2::{Commit, Oid, Signature, Time};
use jiff::Timestamp;

use super::repository::Repository;
use super::tree::Edits;
use crate::secrets;

/// A commit to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewCommit<'a> {
    pub tree: Oid,
    pub parents: &'a [Oid],
    pub message: &'a str,
    pub time: Timestamp,
}

/// How a compare-and-swap ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    Done,
    /// The reference was not what was expected; it is this now.
    Moved(Option<Oid>),
    /// What the commit builds on is no longer the tip of any branch, and this repository has too
    /// little of it to send: build on what the branches have now.
    Outdated,
}

impl Repository {
    /// Writes a commit that no branch has yet, signed when git's settings say so. Unless it is
    /// signed, the same input gives the same id. The message loses its secrets.
    pub fn commit(&self, new: NewCommit<'_>) -> Result<Oid> {
        let message = secrets::redact(new.message);
        let new = NewCommit { message: &message, ..new };
        let settings = self.settings()?;
        match settings.is_true("commit.gpgsign") {
            true => self.commit_signed(new, &settings),
            false => self.record(new),
        }
    }

    /// Writes a commit that is nobody's word, only a record: never signed.
    pub(crate) fn record(&self, new: NewCommit<'_>) -> Result<Oid> {
        let tree = self.find_tree(new.tree)?;
        let parents = new.parents.iter().map(|id| self.find_commit(*id)).collect::<Result<Vec<_>>>()?;
        let parents: Vec<&Commit> = parents.iter().collect();
        let settings = self.settings()?;
        let (author, committer) = (settings.author(new.time)?, settings.committer(new.time)?);
        self.write(|| self.git.commit(None, &author, &committer, new.message, &tree, &parents))
    }

    /// Writes a commit without files, parents or an author of its own: its message alone gives its id, on every
    /// machine.
    pub fn nameless_commit(&self, message: &str) -> Result<Oid> {
        let tree = self.find_tree(self.edit_tree(None, &Edits::new())?)?;
        let nobody = Signature::new("Towline", "towline@localhost", &Time::new(0, 0))?;
        self.write(|| self.git.commit(None, &nobody, &nobody, message, &tree, &[]))
    }

    /// Points `branch` at `new`, only if it is still at `expected` (`None`: does not exist).
    pub fn update_branch(&self, branch: &str, new: Oid, expected: Option<Oid>) -> Result<Update> {
        let name = format!("refs/heads/{branch}");
        if !git2::Reference::is_valid_name(&name) {
            bail!("`{branch}` cannot be the name of a branch");
        }
        match &self.remote {
            Some(remote) => remote.update_branch(branch, new, expected),
            None if self.has_hooks()? => self.push_to_itself(&self.resolve(&name), new, expected),
            None => self.update_reference(&name, new, expected),
        }
    }

    /// Who Towline is in this repository: whom git would name as the committer.
    pub(crate) fn signature(&self, time: Timestamp) -> Result<Signature<'static>> {
        self.settings()?.committer(time)
    }

    /// The reference that a symbolic one stands for.
    pub(super) fn resolve(&self, name: &str) -> String {
        let resolved = self.git.find_reference(name).and_then(|reference| reference.resolve());
        resolved
            .ok()
            .and_then(|found| found.name().ok().map(str::to_owned))
            .unwrap_or_else(|| name.to_owned())
    }
}
