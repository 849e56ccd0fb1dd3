//! The local forge: pull requests and commit statuses in references of the bare repository itself,
//! without a server or an account.
//!
//! All pull requests live in one reference, `refs/towline/forge`: a commit whose tree has a JSON file for
//! each (see [`store`]). Every change is one commit and one compare-and-swap, so changes by any number of
//! processes stand in one order, and `git log --patch refs/towline/forge` is their history. Statuses are git
//! notes (see [`statuses`]).
//!
//! A merge has to move two references, which git cannot do at once. So it is three writes, each a
//! compare-and-swap:
//! 1. the record says "merging: commit M, onto base B",
//! 2. the base branch goes from B to M,
//! 3. the record says "merged", and when.
//!
//! It follows that:
//! - Whoever finds an intention does the writes that are missing, whether its process was killed
//!   or is only slow: while the base is B, the second; when M is in the base's history, the third.
//!   There is one M, so it does not matter who does them, nor how many.
//! - An intention whose base went on without M is void. It may be replaced, because the slow
//!   process' compare-and-swap from B can no longer succeed.
//! - What is recorded as merged is merged for ever, as on other forges. When somebody then
//!   force-pushes the base branch back to B, nobody merges again what they took out.
//!
//! A head branch that a person merged with git itself counts as merged too, and is recorded as
//! merged by whoever looks first.

mod former;
mod merge;
pub(crate) mod record;
mod statuses;
mod store;
mod transaction;

use std::path::Path;

use anyhow::Result;
use git2::Oid;

use self::record::{Comment, Record, RecordState};
use self::store::Snapshot;
pub use self::transaction::LocalForge;
use self::transaction::Step;
use super::row::Connection;
use super::{
    Ability, CommitStatus, Forge, MergeReadiness, MergeRequest, MergeResult, NewDeployment, NewPullRequest,
    NewStatus, Permission, PullRequest,
};
use crate::git::Repository;
use crate::vocabulary::{Diagnostic, not_supported_yet};

/// A local forge is the repository itself; there is none at the other end of a URL.
pub fn has_no_server(connection: &Connection) -> anyhow::Error {
    not_supported_yet(format_args!("the forge of {}", connection.remote.location), None)
}

impl Forge for LocalForge {
    fn find_pull(&self, head: &str, base: &str) -> Result<Option<PullRequest>> {
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

    fn open_pull(&self, new: &NewPullRequest) -> Result<PullRequest> {
        let number = self.transaction(|repository, snapshot| {
            let existing = snapshot.newest(repository, &new.head, &new.base)?;
            if let Some(record) = &existing
                && !self.settle(repository, snapshot, record)?
            {
                return Ok(Step::Again);
            }
            let head = head_to_merge(repository, new)?;
            if let Some(record) = existing
                && record.state == RecordState::Open
            {
                let ours = head == new.head_commit;
                return Ok(if ours { adopt(record, new) } else { Step::Return(record.number) });
            }
            let number = snapshot.next_number(repository)?;
            let record = Record::open(number, new, head, self.clock.now());
            let what = format!("Open #{number}: {}", new.title);
            Ok(Step::Write(Box::new(record), what, number))
        })?;
        self.get_pull(number)
    }

    fn update_pull(&self, number: u64, title: &str, body: &str) -> Result<PullRequest> {
        self.transaction(|repository, snapshot| {
            let mut record = snapshot.get(repository, number)?;
            if record.title == title && record.body == body {
                return Ok(Step::Return(()));
            }
            record.title = title.to_owned();
            record.body = body.to_owned();
            Ok(Step::Write(Box::new(record), format!("Update #{number}: {title}"), ()))
        })?;
        self.get_pull(number)
    }

    fn close_pull(&self, number: u64, why: &str) -> Result<()> {
        self.transaction(|repository, snapshot| {
            let mut record = snapshot.get(repository, number)?;
            if !self.settle(repository, snapshot, &record)? {
                return Ok(Step::Again);
            }
            match record.state {
                RecordState::Closed { .. } => return Ok(Step::Return(())),
                RecordState::Merged { .. } => {
                    let message = format!("{}#{number} is already merged", self.location);
                    return Err(Diagnostic::new(message).into());
                }
                RecordState::Open => {}
            }
            let now = self.clock.now();
            record.head_commit = repository.find_branch(&record.head)?.unwrap_or(record.head_commit);
            record.state = RecordState::Closed { closed_at: now };
            record.comments.push(Comment { at: now, text: why.to_owned() });
            Ok(Step::Write(Box::new(record), format!("Close #{number}: {why}"), ()))
        })
    }

    fn get_pull(&self, number: u64) -> Result<PullRequest> {
        self.transaction(|repository, snapshot| {
            let record = snapshot.get(repository, number)?;
            match self.settle(repository, snapshot, &record)? {
                true => Ok(Step::Return(self.view(repository, &record)?)),
                false => Ok(Step::Again),
            }
        })
    }

    /// It has neither reviewers nor rules.
    fn merge_readiness(&self, number: u64) -> Result<MergeReadiness> {
        self.get_pull(number).map(|_| MergeReadiness::default())
    }

    fn sticky_comment(&self, number: u64, text: &str) -> Result<()> {
        self.transaction(|repository, snapshot| {
            let mut record = snapshot.get(repository, number)?;
            if record.sticky_comment.as_ref().is_some_and(|comment| comment.text == text) {
                return Ok(Step::Return(()));
            }
            record.sticky_comment = Some(Comment { at: self.clock.now(), text: text.to_owned() });
            Ok(Step::Write(Box::new(record), format!("Comment on #{number}"), ()))
        })
    }

    /// Whoever may write to the folder may do everything.
    fn permissions(&self) -> Result<Vec<Permission>> {
        let repository = self.repository()?;
        let refs = repository.git.path().join("refs");
        let writable = is_writable(&refs);
        let of = |ability| Permission {
            ability,
            granted: Some(writable || matches!(ability, Ability::Read | Ability::ReadStatuses)),
            detail: match writable {
                true => format!("{} can be written to", refs.display()),
                false => format!("{} cannot be written to", refs.display()),
            },
        };
        Ok(Ability::ALL.map(of).into())
    }

    fn merge_pull(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        self.merge_by_intention(number, request)
    }

    /// It merges nothing by itself.
    fn cancel_merge(&self, number: u64) -> Result<()> {
        self.get_pull(number).map(drop)
    }

    fn commit_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        statuses::read_statuses(&*self.repository()?, commit)
    }

    fn set_commit_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let repository = self.repository()?;
        statuses::append(&repository, commit, status, self.clock.now())?;
        repository.collect_garbage();
        Ok(())
    }

    fn report_deployment(&self, _: Oid, _: &NewDeployment) -> Result<()> {
        Err(Diagnostic::new("the local forge has no deployments").into())
    }

    fn list_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let repository = self.repository()?;
        let snapshot = Snapshot::read(&repository)?;
        let records = match head {
            Some(head) => snapshot.of_head(&repository, head)?,
            None => snapshot.all(&repository)?,
        };
        records
            .into_iter()
            .map(|record| match self.settle(&repository, &snapshot, &record)? {
                true => self.listed(&repository, &record),
                false => self.get_pull(record.number),
            })
            .collect()
    }
}

impl LocalForge {
    fn view(&self, repository: &Repository, record: &Record) -> Result<PullRequest> {
        let pull = self.listed(repository, record)?;
        let mergeable = pull.is_open().then(|| merge::is_clean(repository, record)).transpose()?;
        Ok(PullRequest { mergeable, ..pull })
    }

    /// As a list shows it. Whether it can be merged takes a look at all files of the repository.
    fn listed(&self, repository: &Repository, record: &Record) -> Result<PullRequest> {
        let (mut head_commit, mut merge_commit, mut ended_at) = (record.head_commit, None, None);
        match record.state {
            RecordState::Open => head_commit = repository.find_branch(&record.head)?.unwrap_or(head_commit),
            RecordState::Merged { merged_at, merge_commit: commit, merged_head } => {
                (head_commit, merge_commit, ended_at) = (merged_head, Some(commit), merged_at);
            }
            RecordState::Closed { closed_at } => ended_at = Some(closed_at),
        }
        Ok(PullRequest {
            number: record.number,
            url: format!("{}#{}", self.location, record.number),
            state: record.state(),
            title: record.title.clone(),
            body: record.body.clone(),
            head: record.head.clone(),
            base: record.base.clone(),
            head_commit,
            merge_commit,
            created_at: record.created_at,
            ended_at,
            mergeable: None,
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

fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}
