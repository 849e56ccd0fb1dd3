//! A look: branches that are needed together are asked for together, and stand still while it lasts.

use std::collections::BTreeMap;

use anyhow::Result;
use git2::Oid;

use super::remote::{Look, Remote};
use crate::git::Repository;

/// While it lives, the branches of the look stand where they stood when the first of them was asked for.
#[must_use = "the look ends when this is dropped"]
pub struct Looking<'r>(Option<&'r Remote>);

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        if let Some(remote) = self.0 {
            remote.end_look();
        }
    }
}

impl Repository {
    /// Begins a look at these branches: one request tells where all of them stand, and one more
    /// fetches what is new. A push ends it. Inside a look at the same branches it is a part of that. A
    /// repository that is not remote needs none.
    pub fn look(&self, branches: &[&str]) -> Looking<'_> {
        let Some(remote) = &self.remote else { return Looking(None) };
        let has = |look: &Look| branches.iter().all(|branch| look.branches.iter().any(|name| name == branch));
        let mut look = remote.look.borrow_mut();
        if look.as_ref().is_some_and(has) {
            return Looking(None);
        }
        let branches = branches.iter().map(|branch| (*branch).to_owned()).collect();
        *look = Some(Look { branches, found: None });
        Looking(Some(remote))
    }

    /// Ends the look, if there is one: what is asked next is asked of the server.
    pub fn end_look(&self) {
        if let Some(remote) = &self.remote {
            remote.end_look();
        }
    }
}

impl Remote {
    /// Where a branch stands, with those of the look that it belongs to.
    pub fn find_together(&self, branch: &str) -> Result<BTreeMap<String, Oid>> {
        let branches = match &*self.look.borrow() {
            Some(look) if look.branches.iter().any(|name| name == branch) => match &look.found {
                Some(found) => return Ok(found.clone()),
                None => look.branches.clone(),
            },
            _ => return self.find_branches(&[branch.to_owned()]),
        };
        let found = self.find_branches(&branches)?;
        if let Some(look) = &mut *self.look.borrow_mut() {
            look.found = Some(found.clone());
        }
        Ok(found)
    }

    pub(super) fn end_look(&self) {
        *self.look.borrow_mut() = None;
    }
}
