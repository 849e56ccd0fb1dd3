//! Statuses: those of all the commits that count.
//!
//! Operators report on the head of the branch as they found it. Where other applications merge many
//! times an hour, many commits count, and to read them all with every look would use up the
//! requests that a forge grants. So what was read is kept, and read again
//! - when its fingerprint has changed, where the forge tells fingerprints;
//! - elsewhere for the newest commits with every look, because the next report is there, and for
//!   the others in turn. That can only delay what is seen, because what seems final is found again
//!   with all of them read anew.

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

#[derive(Debug, Clone)]
struct Read {
    /// Before it was read: what came in between is read once more.
    fingerprint: Option<String>,
    statuses: Vec<CommitStatus>,
}

/// What one look has read.
pub struct Statuses {
    /// Oldest first.
    pub all: Vec<CommitStatus>,
    /// Whether all of it is known to be as it is now.
    pub is_fresh: bool,
}

impl Known {
    /// Reads the statuses of `commits`, which are in their order on the branch: `all` of them, or
    /// what may have changed.
    pub fn read(&mut self, forge: &dyn Forge, commits: &[Oid], all: bool) -> Result<Statuses> {
        let few = commits.len() <= EVERY_TIME || forge.budget().is_none();
        let fingerprints = if few { None } else { forge.fingerprints(commits)? };
        let older = commits.len().saturating_sub(EVERY_TIME);
        let turn = self.turn % older.max(1);
        self.turn = turn + 1;
        let mut statuses = Vec::new();
        let mut is_fresh = true;
        for (index, commit) in commits.iter().enumerate() {
            let fingerprint = fingerprints.as_ref().and_then(|texts| texts.get(index)).cloned();
            let same = |read: &&Read| fingerprint.is_some() && read.fingerprint == fingerprint;
            let due = all || few || index >= older || index == turn;
            let known = self.by_commit.get(commit).filter(|read| same(read) || fingerprint.is_none() && !due);
            is_fresh &= known.is_none_or(|read| same(&read));
            let read = match known {
                Some(known) => known.clone(),
                None => Read { fingerprint, statuses: forge.statuses(*commit)? },
            };
            statuses.extend(read.statuses.iter().rev().cloned());
            self.by_commit.insert(*commit, read);
        }
        // Stable: of two in one second, the later one in its commit, or on the later commit, stays
        // last.
        statuses.sort_by_key(|status| status.created_at);
        statuses.iter_mut().for_each(|status| status.created_at = whole_second(status.created_at));
        Ok(Statuses { all: statuses, is_fresh })
    }
}
