//! Candidates: the commits that a report may stand on: the merged one and its first-parent
//! descendants on the base branch, as long as our files in them are the same. Operators report on
//! the branch's head, so a later commit may carry the report and the merged one never will.

use anyhow::Result;
use git2::Oid;

use crate::gitops::Destination;
use crate::vocabulary::Diagnostic;

/// The commits whose statuses count, and the next one with another deployment, if there is one.
pub struct Candidates {
    /// In their order on the branch.
    pub same: Vec<Oid>,
    pub next: Option<Oid>,
}

impl Candidates {
    pub fn since(destination: &Destination, merged: Oid) -> Result<Self> {
        let repository = &destination.repository;
        let tip = destination.base_tip()?;
        let later = repository.first_parent_descendants(merged, tip)?;
        // Whatever has it in its history is among those.
        if later.is_empty() && merged != tip {
            return Err(lost(destination, merged));
        }
        let Some(deployment) = destination.deployment(merged)? else {
            let (application, environment) = (destination.application, &destination.environment.name);
            let message =
                format!("commit {merged} leaves nothing of {application} in {environment} to wait for");
            return Err(Diagnostic::new(message).into());
        };
        let content = deployment.content(repository)?;
        content.prefetch(repository, &later)?;
        let mut same = vec![merged];
        for commit in later {
            if !content.stands_in(repository, commit)? {
                return Ok(Self { same, next: Some(commit) });
            }
            same.push(commit);
        }
        Ok(Self { same, next: None })
    }
}

fn lost(destination: &Destination, merged: Oid) -> anyhow::Error {
    let branch = destination.base_branch();
    Diagnostic::new(format!("the merge was lost: {branch} no longer has commit {merged} (force-push?)"))
        .hint("deploy the release again with `towline promote --again`, or restore the branch")
        .into()
}
