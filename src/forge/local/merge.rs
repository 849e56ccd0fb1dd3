//! Merging: intention, base branch, record, as the module above says.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::record::{Merging, Record, RecordState};
use super::store::Snapshot;
use super::transaction::{LocalForge, Step};
use crate::forge::{MergeRequest, MergeResult};
use crate::git::{MergedTree, NewCommit, Repository};
use crate::vocabulary::{Diagnostic, MergeMethod, Outcome};

impl LocalForge {
    /// Writes an intention; what follows from it is done by [`LocalForge::settle`], as it is for
    /// whoever finds the intention of another.
    pub(super) fn merge_by_intention(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        self.transaction(|repository, snapshot| {
            let record = snapshot.get(repository, number)?;
            match self.complete(repository, snapshot, &record)? {
                Completed::Rests => self.intend(repository, snapshot, record, request),
                Completed::Changed => Ok(Step::Again),
                Completed::Declined(error) => Err(error),
            }
        })
    }

    /// Brings a pull request to rest. `false` says that there was something to do: look again.
    pub(super) fn settle(
        &self,
        repository: &Repository,
        snapshot: &Snapshot,
        record: &Record,
    ) -> Result<bool> {
        Ok(matches!(self.complete(repository, snapshot, record)?, Completed::Rests))
    }

    /// Completes the intention that somebody left, and records the merge that is in the history of the
    /// base branch, ours or one that a person made with git.
    fn complete(&self, repository: &Repository, snapshot: &Snapshot, record: &Record) -> Result<Completed> {
        if matches!(record.state, RecordState::Merged { .. }) {
            return Ok(Completed::Rests);
        }
        let open = record.state == RecordState::Open;
        if !open && record.merging.is_none() {
            return Ok(Completed::Rests);
        }
        let Some(base) = repository.find_branch(&record.base)? else { return Ok(Completed::Rests) };
        let merged = match &record.merging {
            Some(merging) if merging.base == base && open => {
                return match repository.update_branch(&record.base, merging.commit, Some(merging.base)) {
                    Ok(_) => Ok(Completed::Changed),
                    Err(error) if Diagnostic::outcome_of(&error) == Outcome::Refused => {
                        self.give_up(repository, snapshot, record, error)
                    }
                    Err(error) => Err(error),
                };
            }
            // The time of the merge is when it is seen, not when it was intended: deadlines count
            // from it, and the process that intended it may have been killed long ago.
            Some(merging) if repository.is_ancestor(merging.commit, base)? => {
                Some(record.clone().merged(merging.commit, merging.head, Some(self.clock.now())))
            }
            _ if open => merged_by_hand(repository, record, base, self.clock.now())?,
            _ => None,
        };
        let Some(merged) = merged else { return Ok(Completed::Rests) };
        snapshot.write(repository, &merged, &format!("Merged #{}", record.number), self.clock.now())?;
        Ok(Completed::Changed)
    }

    /// Takes an intention back that a hook of the repository declined. It would be tried by whoever
    /// looks next, for ever.
    fn give_up(
        &self,
        repository: &Repository,
        snapshot: &Snapshot,
        record: &Record,
        error: anyhow::Error,
    ) -> Result<Completed> {
        let open = Record { merging: None, ..record.clone() };
        snapshot.write(repository, &open, &format!("Declined #{}", record.number), self.clock.now())?;
        Ok(Completed::Declined(error))
    }

    /// Writes the intention to merge a pull request that is at rest, unless there is none to have.
    fn intend(
        &self,
        repository: &Repository,
        snapshot: &Snapshot,
        record: Record,
        request: &MergeRequest,
    ) -> Result<Step<MergeResult>> {
        let not_mergeable = |why: String| Ok(Step::Return(MergeResult::NotMergeable(why)));
        let number = record.number;
        match record.state {
            RecordState::Merged { merge_commit, .. } => {
                return Ok(Step::Return(MergeResult::Merged(merge_commit)));
            }
            RecordState::Closed { .. } => return not_mergeable(format!("#{number} is closed")),
            RecordState::Open => {}
        }
        let Some(head) = repository.find_branch(&record.head)? else {
            return not_mergeable(format!("the head branch {} no longer exists", record.head));
        };
        if head != request.expected_head {
            return Ok(Step::Return(MergeResult::HeadMoved(head)));
        }
        let base = repository.branch_tip(&record.base)?;
        match self.merge_commit(repository, base, head, request)? {
            Ok(commit) => {
                let record = Record { merging: Some(Merging { commit, base, head }), ..record };
                snapshot.write(repository, &record, &format!("Merge #{number}"), self.clock.now())?;
                Ok(Step::Again)
            }
            Err(result) => Ok(Step::Return(result)),
        }
    }

    /// The commit that the base branch is to have, or why there can be none.
    fn merge_commit(
        &self,
        repository: &Repository,
        base: Oid,
        head: Oid,
        request: &MergeRequest,
    ) -> Result<std::result::Result<Oid, MergeResult>> {
        if request.method == MergeMethod::FastForward {
            return Ok(match repository.is_ancestor(base, head)? {
                true => Ok(head),
                false => Err(MergeResult::Behind(
                    "the base branch has commits that the head lacks, so it cannot be fast-forwarded".into(),
                )),
            });
        }
        let tree = match repository.merged_tree(base, head)? {
            MergedTree::Clean(tree) => tree,
            MergedTree::Conflicts(paths) => {
                let message = format!("it conflicts with the base branch: {}", paths.join(", "));
                return Ok(Err(MergeResult::Conflict(message)));
            }
        };
        let parents = match request.method {
            MergeMethod::Squash => vec![base],
            _ => vec![base, head],
        };
        let time = self.clock.now();
        repository.commit(NewCommit { tree, parents: &parents, message: &request.message, time }).map(Ok)
    }
}

/// How far a pull request is.
enum Completed {
    /// There is nothing to do.
    Rests,
    /// There was something to do: look again.
    Changed,
    /// A hook of the repository refuses the merge.
    Declined(anyhow::Error),
}

/// Whether the head merges into the base without a conflict.
pub fn is_clean(repository: &Repository, record: &Record) -> Result<bool> {
    let branches = (repository.find_branch(&record.base)?, repository.find_branch(&record.head)?);
    match branches {
        (Some(base), Some(head)) => repository.merges_cleanly(base, head),
        _ => Ok(false),
    }
}

/// The pull request as merged, when its head is in the history of the base branch without our doing.
fn merged_by_hand(
    repository: &Repository,
    record: &Record,
    base: Oid,
    now: Timestamp,
) -> Result<Option<Record>> {
    let Some(head) = repository.find_branch(&record.head)? else { return Ok(None) };
    if !repository.is_ancestor(head, base)? {
        return Ok(None);
    }
    let commit = repository.first_parent_descendants(head, base)?.first().copied();
    // A head that was fast-forwarded is older than its merge, and git does not tell when that was:
    // it is when it is seen, so that no report from before counts. A merge commit is new, and its
    // date is that of the clock of whoever made it.
    let (commit, at) = match commit {
        Some(commit) if !on_first_parent_line(repository, head, Some(commit))? => (commit, None),
        _ => (head, Some(now)),
    };
    Ok(Some(record.clone().merged(commit, head, at)))
}

/// Whether `head` itself stands on the base branch, as after a fast-forward: then the oldest
/// commit above it, if any, has it as its first parent.
fn on_first_parent_line(repository: &Repository, head: Oid, above: Option<Oid>) -> Result<bool> {
    match above {
        Some(above) => Ok(repository.parents(above)?.first() == Some(&head)),
        None => Ok(true),
    }
}
