//! The local forge: pull requests and commit statuses in references of the bare repository
//! itself. No server, no account.
//!
//! All pull requests live in one reference, `refs/towline/forge`: a commit whose tree has one
//! file `pulls/<number>.json` each. Every change is one commit and one compare-and-swap, so
//! changes by any number of processes stand in one order, and `git log --patch refs/towline/forge`
//! is their history. Statuses are git notes (see [`notes`]).
//!
//! A merge has to move two references, which git cannot do at once. So it is done in two steps:
//! first the record says "merging: commit M, onto base B" (compare-and-swap of the forge's
//! reference), then the base branch goes from B to M (compare-and-swap again). What follows:
//! - A pull request is *merged* if and only if M is in the history of the base branch. Nothing
//!   else says so, and nothing can disagree with it.
//! - Whoever finds an intention whose base is still B completes it, whether its process was killed
//!   or is only slow. Both write the same M.
//! - An intention whose base went on without M is void. It may be replaced, because the slow
//!   process' compare-and-swap from B can no longer succeed.
//!
//! A head branch that a person merged with git itself counts as merged too.

mod merge;
mod notes;
mod record;
mod store;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use git2::Oid;

use self::record::{Comment, Record, RecordState};
use self::store::Snapshot;
use super::{
    CommitStatus, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, PullRequest, PullState,
};
use crate::clock::Clock;
use crate::error::Diagnostic;
use crate::git::{Backoff, Repository};

/// See the module.
pub struct LocalForge {
    /// Opened anew for every call: cheap, and always sees what other processes wrote.
    path: PathBuf,
    location: String,
    clock: Arc<dyn Clock>,
}

impl LocalForge {
    pub fn new(repository: &Repository, clock: Arc<dyn Clock>) -> Self {
        let path = repository.git.path().to_owned();
        Self { path, location: repository.location().to_owned(), clock }
    }

    fn repository(&self) -> Result<Repository> {
        Repository::open_path(&self.path, &self.location)
    }

    /// Reads the forge, lets `change` decide, and writes what it decided: again and again until
    /// nobody wrote in between.
    fn transaction<T>(&self, mut change: impl FnMut(&Repository, &Snapshot) -> Result<Step<T>>) -> Result<T> {
        let repository = self.repository()?;
        for () in Backoff::default() {
            let snapshot = Snapshot::read(&repository)?;
            match change(&repository, &snapshot)? {
                Step::Return(result) => return Ok(result),
                Step::Again => {}
                Step::Write(record, what, result) => {
                    if snapshot.write(&repository, &record, &what, self.clock.now())? {
                        return Ok(result);
                    }
                }
            }
        }
        Err(Diagnostic::new(format!("others keep writing to {}", self.location))
            .hint("run this again when it is quieter")
            .into())
    }
}

/// What a transaction decided.
enum Step<T> {
    /// Nothing to write.
    Return(T),
    /// Something else was changed first; look again.
    Again,
    /// Write this record, with this line for the history, then return.
    Write(Box<Record>, String, T),
}

impl Forge for LocalForge {
    fn find(&self, head: &str, base: &str) -> Result<Option<PullRequest>> {
        self.transaction(|repository, snapshot| {
            let Some(record) = snapshot.newest(repository, head, base)? else {
                return Ok(Step::Return(None));
            };
            match self.settle(repository, snapshot, &record)? {
                true => Ok(Step::Return(Some(self.view(repository, &record)?))),
                false => Ok(Step::Again),
            }
        })
    }

    fn open(&self, new: &NewPullRequest) -> Result<PullRequest> {
        let number = self.transaction(|repository, snapshot| {
            let existing = snapshot.newest(repository, &new.head, &new.base)?;
            if let Some(record) = &existing
                && !self.settle(repository, snapshot, record)?
            {
                return Ok(Step::Again);
            }
            let head = head_to_merge(repository, new)?;
            if let Some(record) = existing
                && record.state(repository)? == PullState::Open
            {
                let ours = head == new.head_commit;
                return Ok(if ours { adopt(record, new) } else { Step::Return(record.number) });
            }
            let number = snapshot.next_number();
            let record = Record::open(number, new, head, self.clock.now());
            let what = format!("Open #{number}: {}", new.title);
            Ok(Step::Write(Box::new(record), what, number))
        })?;
        self.get(number)
    }

    fn update(&self, number: u64, title: &str, body: &str) -> Result<PullRequest> {
        self.transaction(|repository, snapshot| {
            let mut record = snapshot.get(repository, number)?;
            if record.title == title && record.body == body {
                return Ok(Step::Return(()));
            }
            record.title = title.to_owned();
            record.body = body.to_owned();
            Ok(Step::Write(Box::new(record), format!("Update #{number}: {title}"), ()))
        })?;
        self.get(number)
    }

    fn close(&self, number: u64, why: &str) -> Result<()> {
        self.transaction(|repository, snapshot| {
            let mut record = snapshot.get(repository, number)?;
            if !self.settle(repository, snapshot, &record)? {
                return Ok(Step::Again);
            }
            match record.state(repository)? {
                PullState::Closed => return Ok(Step::Return(())),
                PullState::Merged => {
                    return Err(
                        Diagnostic::new(format!("{}#{number} is merged already", self.location)).into()
                    );
                }
                PullState::Open => {}
            }
            let now = self.clock.now();
            record.head_commit = repository.find_branch(&record.head)?.unwrap_or(record.head_commit);
            record.state = RecordState::Closed;
            record.closed_at = Some(now);
            record.comments.push(Comment { at: now, text: why.to_owned() });
            Ok(Step::Write(Box::new(record), format!("Close #{number}: {why}"), ()))
        })
    }

    fn get(&self, number: u64) -> Result<PullRequest> {
        self.transaction(|repository, snapshot| {
            let record = snapshot.get(repository, number)?;
            match self.settle(repository, snapshot, &record)? {
                true => Ok(Step::Return(self.view(repository, &record)?)),
                false => Ok(Step::Again),
            }
        })
    }

    fn merge(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        self.merge_pull(number, request)
    }

    fn statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        notes::read(&self.repository()?, commit)
    }

    fn set_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        notes::append(&self.repository()?, commit, status, self.clock.now())
    }

    fn list(&self, prefix: &str) -> Result<Vec<PullRequest>> {
        let repository = self.repository()?;
        let snapshot = Snapshot::read(&repository)?;
        let records = snapshot.all(&repository)?.into_iter().filter(|record| record.head.starts_with(prefix));
        let mut merged = record::MergedCommits::default();
        records
            .map(|record| {
                let state = record.state_by(|commit, base| merged.contains(&repository, commit, base))?;
                self.view_as(&repository, &record, state)
            })
            .collect()
    }
}

impl LocalForge {
    fn view(&self, repository: &Repository, record: &Record) -> Result<PullRequest> {
        self.view_as(repository, record, record.state(repository)?)
    }

    fn view_as(&self, repository: &Repository, record: &Record, state: PullState) -> Result<PullRequest> {
        let tip = repository.find_branch(&record.head)?;
        let merging = record.merging.as_ref().filter(|_| state == PullState::Merged);
        let head_commit = match (state, merging) {
            (PullState::Open, _) => tip.unwrap_or(record.head_commit),
            (_, Some(merging)) => merging.head,
            _ => record.head_commit,
        };
        Ok(PullRequest {
            number: record.number,
            url: format!("{}#{}", self.location, record.number),
            state,
            title: record.title.clone(),
            body: record.body.clone(),
            head: record.head.clone(),
            base: record.base.clone(),
            head_commit,
            merge_commit: merging.map(|merging| merging.commit),
            created_at: record.created_at,
            ended_at: merging.map(|merging| merging.at).or(record.closed_at),
            mergeable: match state {
                PullState::Open => Some(tip.is_some() && merge::is_clean(repository, record)?),
                _ => None,
            },
        })
    }
}

/// The head's commit, if there is something to merge.
fn head_to_merge(repository: &Repository, new: &NewPullRequest) -> Result<Oid> {
    let base = repository.branch_tip(&new.base)?;
    let head = repository.branch_tip(&new.head)?;
    if repository.is_ancestor(head, base)? {
        let message = format!("there is nothing to merge from {} into {}", new.head, new.base);
        return Err(Diagnostic::new(message).into());
    }
    Ok(head)
}

/// The open pull request, with the new title, body, labels and reviewers.
fn adopt(record: Record, new: &NewPullRequest) -> Step<u64> {
    let number = record.number;
    let adopted = Record {
        title: new.title.clone(),
        body: new.body.clone(),
        labels: new.labels.clone(),
        reviewers: new.reviewers.clone(),
        head_commit: new.head_commit,
        ..record.clone()
    };
    match adopted == record {
        true => Step::Return(number),
        false => Step::Write(Box::new(adopted), format!("Update #{number}: {}", new.title), number),
    }
}
