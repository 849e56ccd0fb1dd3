//! Asked: reporters that write nothing to the forge, and say when asked where the clusters are.

use anyhow::Result;
use git2::Oid;

use super::times::whole_second;
use crate::forge::CommitStatus;
use crate::gitops::Destination;
use crate::reporters::{Asking, Reporter};

/// The statuses of the forge, and what such reporters say about one of `commits`, oldest first. What stands on
/// the forge in one of their contexts is not theirs.
pub fn with_asked(
    destination: &Destination,
    expected: &[Reporter],
    commits: &[Oid],
    mut statuses: Vec<CommitStatus>,
) -> Result<Vec<CommitStatus>> {
    let mut asked: Vec<&Reporter> = expected.iter().filter(|reporter| reporter.asks()).collect();
    if asked.is_empty() {
        return Ok(statuses);
    }
    statuses.retain(|status| !asked.iter().any(|reporter| reporter.contexts.matches(&status.context)));
    // One entry of the file stands for several, a cluster each, and is asked once.
    asked.dedup_by(|one, other| one.is_of_entry(other));
    let asking = Asking {
        access: &destination.access,
        repository: &destination.environment.gitops.repository,
        branch: destination.base_branch(),
    };
    for reporter in asked {
        let answers = reporter.ask(&asking)?.into_iter().filter(|(commit, _)| commits.contains(commit));
        statuses.extend(
            answers.map(|(_, status)| CommitStatus { created_at: whole_second(status.created_at), ..status }),
        );
    }
    statuses.sort_by_key(|status| status.created_at);
    Ok(statuses)
}
