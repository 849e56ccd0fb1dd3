//! Merging, only if the head is as expected.
//!
//! Forges say no in few ways, each for many reasons, and the answer to a merge that was done may be
//! lost. So after every no the pull request is read again, and its state tells what happened.

use anyhow::Result;
use git2::Oid;

use super::pulls::{Pull, Pulls, wait_for_head};
use crate::forge::{MergeRequest, MergeResult, PullRequest, PullState};
use crate::http::Fault;

/// How often a merge is tried that only the speed of other merges is in the way of.
const TRIES: u32 = 6;

/// A forge's calls about merging.
pub trait Merges: Pulls {
    /// Looks until the forge has worked out whether it can be merged.
    fn work_out(&self, pull: Pull<Self::Wire>) -> Result<Pull<Self::Wire>> {
        Ok(pull)
    }

    /// The result that is known before anything is asked for: no waiting helps against it, or it is
    /// left to the forge.
    fn before_merge(&self, pull: &Pull<Self::Wire>, request: &MergeRequest) -> Result<Option<MergeResult>> {
        let _ = (pull, request);
        Ok(None)
    }

    fn ask_to_merge(&self, pull: &Pull<Self::Wire>, request: &MergeRequest) -> Result<Asked>;

    /// What comes of a pull request that is still open at the expected head. `None` tries again.
    fn judge(&self, attempt: Attempt<'_, Self::Wire>) -> Result<Option<MergeResult>>;

    /// The result when the head is another.
    fn moved(&self, pull: &Pull<Self::Wire>) -> Result<MergeResult> {
        Ok(MergeResult::HeadMoved(pull.head_commit))
    }
}

/// What came of asking for a merge.
pub enum Asked {
    Done(MergeResult),
    /// Only the state tells whether it was done.
    Accepted,
    Refused(Fault),
}

impl From<Result<(), Fault>> for Asked {
    fn from(sent: Result<(), Fault>) -> Self {
        sent.map_or_else(Asked::Refused, |()| Asked::Accepted)
    }
}

/// A try to merge that left the pull request open.
pub struct Attempt<'a, W> {
    pub request: &'a MergeRequest,
    pub before: &'a Pull<W>,
    pub after: &'a Pull<W>,
    /// `None`: done, the forge says.
    pub fault: Option<Fault>,
    pub is_last: bool,
}

/// See [`crate::forge::Forge::merge_pull`].
pub fn merge<A: Merges>(api: &A, number: u64, request: &MergeRequest) -> Result<MergeResult> {
    let head = request.expected_head;
    let mut turn = 0;
    loop {
        let (before, _) = wait_for_head(api, number, head)?;
        let before = api.work_out(before)?;
        if let Some(result) = settled(api, &before, head)? {
            return Ok(result);
        }
        if let Some(result) = api.before_merge(&before, request)? {
            return Ok(result);
        }
        let fault = match api.ask_to_merge(&before, request)? {
            Asked::Done(result) => return Ok(result),
            Asked::Accepted => None,
            Asked::Refused(fault) => Some(fault),
        };
        let after = api.read_pull(number)?;
        if let Some(result) = settled(api, &after, head)? {
            return Ok(result);
        }
        let is_last = turn + 1 == TRIES;
        let attempt = Attempt { request, before: &before, after: &after, fault, is_last };
        match api.judge(attempt)? {
            // Not every forge says that it is a conflict.
            Some(MergeResult::NotMergeable(_)) if before.mergeable == Some(false) => {
                return Ok(conflict(&before));
            }
            Some(result) => return Ok(result),
            None if is_last => {
                return Ok(MergeResult::NotMergeable(format!("{}{number} stays open", api.row().mark)));
            }
            None => api.client().pause(turn),
        }
        turn += 1;
    }
}

/// The result for a head that cannot be joined with its base.
pub fn conflict(pull: &PullRequest) -> MergeResult {
    MergeResult::Conflict(format!("it conflicts with {}", pull.base))
}

/// The result that needs no merge any more.
pub fn settled<A: Merges>(api: &A, pull: &Pull<A::Wire>, expected: Oid) -> Result<Option<MergeResult>> {
    Ok(match (pull.merge_commit, pull.state) {
        (Some(commit), _) => Some(MergeResult::Merged(commit)),
        (None, PullState::Open) if pull.head_commit == expected => None,
        (None, PullState::Open) => Some(api.moved(pull)?),
        (None, PullState::Merged) => Some(match api.merge_commits(&[pull.number])?.get(&pull.number) {
            Some(commit) => MergeResult::Merged(*commit),
            None => MergeResult::NotMergeable(format!(
                "{}{} is already merged; {} does not report as which commit",
                api.row().mark,
                pull.number,
                api.row().name
            )),
        }),
        (None, _) => {
            let row = api.row();
            Some(MergeResult::NotMergeable(format!("{}{} is {}", row.mark, pull.number, row.closed)))
        }
    })
}
