//! Merging: intention, then base branch, as the module above says.

use anyhow::Result;
use git2::Oid;

use super::record::{Merging, Record, RecordState};
use super::store::Snapshot;
use super::{LocalForge, Step};
use crate::error::Diagnostic;
use crate::forge::{MergeMethod, MergeRequest, MergeResult, PullState};
use crate::git::{Backoff, NewCommit, Repository, Update};

impl LocalForge {
    pub(super) fn merge_pull(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        for () in Backoff::default() {
            let attempt = self.transaction(|repository, snapshot| {
                let record = snapshot.get(repository, number)?;
                match self.settle(repository, snapshot, &record)? {
                    true => self.intend(repository, record, request),
                    false => Ok(Step::Again),
                }
            })?;
            match attempt {
                Attempt::Ended(result) => return Ok(result),
                Attempt::Intended { base, merging } => {
                    let repository = self.repository()?;
                    if repository.update_branch(&base, merging.commit, Some(merging.base))? == Update::Done {
                        return Ok(MergeResult::Merged(merging.commit));
                    }
                }
            }
        }
        Err(Diagnostic::new(format!("the base branch of {}#{number} keeps moving", self.location))
            .hint("run this again when it is quieter")
            .into())
    }

    /// Brings an open pull request to rest: completes the intention that somebody left, and
    /// records what a person merged with git. `false` says that something was done: look again.
    pub(super) fn settle(
        &self,
        repository: &Repository,
        snapshot: &Snapshot,
        record: &Record,
    ) -> Result<bool> {
        if record.state == RecordState::Closed {
            return Ok(true);
        }
        let Some(base) = repository.find_branch(&record.base)? else { return Ok(true) };
        match &record.merging {
            Some(merging) if merging.base == base && merging.commit != base => {
                self.complete(repository, snapshot, record, merging)?;
                Ok(false)
            }
            Some(merging) if repository.is_ancestor(merging.commit, base)? => Ok(true),
            _ => match merged_by_hand(repository, record, base)? {
                Some(merging) => {
                    let record = Record { merging: Some(merging), ..record.clone() };
                    let what = format!("See #{} merged", record.number);
                    snapshot.write(repository, &record, &what, self.clock.now())?;
                    Ok(false)
                }
                None => Ok(true),
            },
        }
    }

    /// The time of the merge is when it is completed, not when it was intended: deadlines count
    /// from it, and the process that intended it may have been killed long ago.
    fn complete(
        &self,
        repository: &Repository,
        snapshot: &Snapshot,
        record: &Record,
        merging: &Merging,
    ) -> Result<()> {
        let now = self.clock.now();
        if merging.at != now {
            let merging = Merging { at: now, ..merging.clone() };
            let record = Record { merging: Some(merging), ..record.clone() };
            let what = format!("Complete the merge of #{}", record.number);
            if !snapshot.write(repository, &record, &what, now)? {
                return Ok(());
            }
        }
        repository.update_branch(&record.base, merging.commit, Some(merging.base))?;
        Ok(())
    }

    fn intend(
        &self,
        repository: &Repository,
        record: Record,
        request: &MergeRequest,
    ) -> Result<Step<Attempt>> {
        let ended = |result| Ok(Step::Return(Attempt::Ended(result)));
        let not_mergeable = |why: String| ended(MergeResult::NotMergeable(why));
        let number = record.number;
        match (record.state(repository)?, &record.merging) {
            (PullState::Merged, Some(merging)) => return ended(MergeResult::Merged(merging.commit)),
            (PullState::Closed, _) => return not_mergeable(format!("#{number} is closed")),
            _ => {}
        }
        let Some(head) = repository.find_branch(&record.head)? else {
            return not_mergeable(format!("the head branch {} is gone", record.head));
        };
        if head != request.expected_head {
            return ended(MergeResult::HeadMoved(head));
        }
        let base = repository.branch_tip(&record.base)?;
        match self.merge_commit(repository, base, head, request)? {
            Ok(commit) => {
                let merging = Merging { commit, base, head, at: self.clock.now() };
                let attempt = Attempt::Intended { base: record.base.clone(), merging: merging.clone() };
                let record = Record { merging: Some(merging), ..record };
                Ok(Step::Write(Box::new(record), format!("Merge #{number}"), attempt))
            }
            Err(why) => not_mergeable(why),
        }
    }

    /// The commit that the base branch is to have, or why there can be none.
    fn merge_commit(
        &self,
        repository: &Repository,
        base: Oid,
        head: Oid,
        request: &MergeRequest,
    ) -> Result<std::result::Result<Oid, String>> {
        if request.method == MergeMethod::FastForward {
            return Ok(match repository.is_ancestor(base, head)? {
                true => Ok(head),
                false => {
                    Err("the base branch has commits that the head has not, so it cannot be fast-forwarded"
                        .into())
                }
            });
        }
        let mut merged = repository.merge(base, head)?;
        if merged.has_conflicts() {
            return Ok(Err(format!("conflicts with the base branch: {}", conflicts(&merged)?.join(", "))));
        }
        let tree = merged.write_tree_to(&repository.git).map_err(|e| repository.write_fault(e))?;
        let parents = match request.method {
            MergeMethod::Squash => vec![base],
            _ => vec![base, head],
        };
        let time = self.clock.now();
        repository.commit(NewCommit { tree, parents: &parents, message: &request.message, time }).map(Ok)
    }
}

enum Attempt {
    Ended(MergeResult),
    Intended { base: String, merging: Merging },
}

/// Whether the head merges into the base without a conflict.
pub fn is_clean(repository: &Repository, record: &Record) -> Result<bool> {
    let branches = (repository.find_branch(&record.base)?, repository.find_branch(&record.head)?);
    match branches {
        (Some(base), Some(head)) => Ok(!repository.merge(base, head)?.has_conflicts()),
        _ => Ok(false),
    }
}

fn conflicts(index: &git2::Index) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for conflict in index.conflicts()? {
        let conflict = conflict?;
        let side = conflict.our.or(conflict.their).or(conflict.ancestor);
        paths.extend(side.map(|side| String::from_utf8_lossy(&side.path).into_owned()));
    }
    Ok(paths)
}

/// The merge of a head branch that is in the history of the base branch without our doing.
fn merged_by_hand(repository: &Repository, record: &Record, base: Oid) -> Result<Option<Merging>> {
    let Some(head) = repository.find_branch(&record.head)? else { return Ok(None) };
    if !repository.is_ancestor(head, base)? {
        return Ok(None);
    }
    let commit = repository.first_parent_descendants(head, base)?.first().copied();
    let commit = match on_first_parent_line(repository, head, commit)? {
        true => head,
        false => commit.unwrap_or(head),
    };
    let before = repository.parents(commit)?.first().copied().unwrap_or(commit);
    Ok(Some(Merging { commit, base: before, head, at: repository.commit_time(commit)? }))
}

/// Whether `head` itself stands on the base branch, as after a fast-forward: then the oldest
/// commit above it, if any, has it as its first parent.
fn on_first_parent_line(repository: &Repository, head: Oid, above: Option<Oid>) -> Result<bool> {
    match above {
        Some(above) => Ok(repository.parents(above)?.first() == Some(&head)),
        None => Ok(true),
    }
}
