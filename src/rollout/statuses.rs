//! Statuses: those of all the commits that count.
//!
//! Operators report on the head of the branch as they found it. Where other applications merge many
//! times an hour, many commits count, and to read them all with every look would use up the
//! requests that a forge grants. So what was read is kept, and read again
//! - where the forge tells fingerprints, when that of the commit has changed, and once more with the
//!   next look: servers answer from several copies of their data, and what told of the change may
//!   have seen it before what was read. Commits that have no statuses are not read;
//! - elsewhere for the newest commits with every look, because the next report is there, and for
//!   the others in turn.
//!
//! That can only delay what is seen, because what seems final is found again with all of them read
//! anew.
//!
//! The newest commit is read first. Where its statuses and those of the commits after it show a success that has
//! held, no older one is read: operators report on the newest commit that they know.

use std::collections::BTreeMap;

use anyhow::Result;
use git2::Oid;

use super::times::whole_second;
use crate::forge::{CommitStatus, Forge};

/// Up to so many commits are read with every look, and if there are more, the newest of them.
const EVERY_TIME: usize = 2;

/// What was read before.
#[derive(Debug, Default)]
pub struct Known {
    by_commit: BTreeMap<Oid, Read>,
    /// Which of the older commits is next.
    turn: usize,
}

#[derive(Debug, Clone, Default)]
struct Read {
    /// Before it was read: what came in between is read once more.
    fingerprint: Option<String>,
    /// Whether the fingerprint was the same a look earlier, or nobody looked before.
    is_settled: bool,
    statuses: Vec<CommitStatus>,
}

/// What one look has read.
pub struct Statuses {
    /// Oldest first.
    pub all: Vec<CommitStatus>,
    /// Whether nothing of it is from an earlier look.
    pub is_fresh: bool,
}

impl Known {
    /// Reads the statuses of `commits`, which are in their order on the branch, until those that were read
    /// show a success, as `is_success` says: `all` of them, or what may have changed.
    pub fn refresh(
        &mut self,
        forge: &dyn Forge,
        commits: &[Oid],
        all: bool,
        is_success: &dyn Fn(&[CommitStatus]) -> bool,
    ) -> Result<Statuses> {
        let few = commits.len() <= EVERY_TIME || forge.budget().is_none();
        let fingerprints = if few { None } else { forge.status_fingerprints(commits)? };
        let is_first_look = self.by_commit.is_empty();
        let older = commits.len().saturating_sub(EVERY_TIME);
        let turn = self.turn % older.max(1);
        self.turn = turn + 1;
        let mut newest_first = Vec::new();
        let mut is_fresh = true;
        for (index, commit) in commits.iter().enumerate().rev() {
            let fingerprint = fingerprints.as_ref().and_then(|texts| texts.get(index)).cloned();
            let known = self.by_commit.get(commit);
            let is_due = match &fingerprint {
                Some(text) => is_due(known, text),
                None => known.is_none() || index >= older || index == turn,
            };
            // A commit that never had a status has none, also when all are read anew.
            let is_empty = fingerprint.as_deref() == Some("") && known.is_none();
            let read = if is_empty {
                Read { fingerprint, is_settled: is_first_look, statuses: Vec::new() }
            } else if all || few || is_due {
                let is_settled = is_first_look || known.is_some_and(|read| read.fingerprint == fingerprint);
                Read { fingerprint, is_settled, statuses: forge.commit_statuses(*commit)? }
            } else {
                is_fresh = false;
                known.cloned().unwrap_or(Read { fingerprint, is_settled: true, statuses: Vec::new() })
            };
            let says_nothing = read.statuses.is_empty();
            newest_first.push(read.statuses.clone());
            self.by_commit.insert(*commit, read);
            if !few && !says_nothing && is_success(&in_order(&newest_first)) {
                break;
            }
        }
        Ok(Statuses { all: in_order(&newest_first), is_fresh })
    }
}

/// The oldest first. Of two in one second, the later one in its commit, or on the later commit, is last.
fn in_order(newest_first: &[Vec<CommitStatus>]) -> Vec<CommitStatus> {
    let mut all: Vec<CommitStatus> =
        newest_first.iter().rev().flat_map(|statuses| statuses.iter().rev().cloned()).collect();
    all.sort_by_key(|status| status.created_at);
    all.iter_mut().for_each(|status| status.created_at = whole_second(status.created_at));
    all
}

/// Whether a commit that has this fingerprint now is to be read.
fn is_due(known: Option<&Read>, fingerprint: &str) -> bool {
    match known {
        Some(read) => !read.is_settled || read.fingerprint.as_deref() != Some(fingerprint),
        None => !fingerprint.is_empty(),
    }
}
