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
    /// fetches what is new. A push ends it. A repository that is not remote needs none.
    pub fn look(&self, branches: &[&str]) -> Looking<'_> {
        if let Some(remote) = &self.remote {
            let branches = branches.iter().map(|branch| (*branch).to_owned()).collect();
            *remote.look.borrow_mut() = Some(Look { branches, found: None });
        }
        Looking(self.remote.as_ref())
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
