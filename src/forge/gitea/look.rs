//! Looking until the server knows: whether a pull request can be merged, and what of it was.
//!
//! `mergeable` is false both for a conflict and as long as the server has not tried. It tries within
//! seconds of a push, so a pull request that stays unmergeable while its branches stand still is one
//! that conflicts.

use std::collections::HashMap;
use std::sync::PoisonError;

use anyhow::{Context, Result};
use git2::Oid;

use super::client::Gitea;
use crate::forge::github_style::{Reference, WirePull};
use crate::forge::protocol::{Api, Pull, Pulls};
use crate::forge::text::commit_id;

/// How often an unmergeable pull request is looked at again: about eight seconds.
const LOOKS: u32 = 4;

impl Gitea {
    /// Looks until the server has worked out whether it can merge, or it is clear that it cannot.
    pub(super) fn settle(&self, mut pull: Pull<WirePull>) -> Result<Pull<WirePull>> {
        let mut turn = 0;
        // A draft is never mergeable, which tells nothing of conflicts.
        while pull.is_open() && pull.mergeable.is_none() && !pull.wire.draft {
            let (head, base) = pull.wire.tips();
            let tips = (head.to_owned(), base.to_owned());
            let mut conflicts = self.conflicts.lock().unwrap_or_else(PoisonError::into_inner);
            if turn == LOOKS || conflicts.contains(&tips) {
                conflicts.insert(tips);
                pull.request.mergeable = Some(false);
                return Ok(pull);
            }
            drop(conflicts);
            self.client().pause(turn);
            let again = self.read_pull(pull.number)?;
            turn = if again.wire.tips() == pull.wire.tips() { turn + 1 } else { 0 };
            pull = again;
        }
        Ok(pull)
    }

    /// The heads of all pull requests, by number, as they were when they ended.
    pub(super) fn heads(&self) -> Result<HashMap<u64, Oid>> {
        let found = self.references("pull").context("cannot read the heads of pull requests")?;
        let numbered = found.into_iter().filter_map(|reference| {
            let number = reference.name.strip_prefix("refs/pull/")?.strip_suffix("/head")?.parse().ok()?;
            Some((number, reference.object.sha))
        });
        numbered.map(|(number, sha)| Ok((number, commit_id(&sha)?))).collect()
    }

    /// The head that was merged: the branch, whose tip the pull request shows, may have gone on.
    pub(super) fn merged_head(&self, number: u64) -> Result<Option<Oid>> {
        let found = self.references(&format!("pull/{number}/head"));
        let found = found.with_context(|| format!("cannot read the head of {}", self.name(number)))?;
        let name = format!("refs/pull/{number}/head");
        let found = found.into_iter().find(|known| known.name == name);
        found.map(|found| commit_id(&found.object.sha)).transpose()
    }

    fn references(&self, below: &str) -> Result<Vec<Reference>> {
        let answer = self.client().get(&self.path(&format!("git/refs/{below}"))).send_optional()?;
        Ok(answer.map(|answer| answer.json()).transpose()?.unwrap_or_default())
    }
}
