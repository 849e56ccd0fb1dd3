//! Verdict: Towline's own commit status on the merged commit, which says how a release did in an
//! environment. It is the only thing that tells a later run that there is nothing left to do.

use anyhow::Result;
use git2::Oid;

use crate::config::Environment;
use crate::forge::{CommitStatus, Forge, NewStatus, PullRequest, StatusState};
use crate::git::{Repository, head_branch};
use crate::gitops::deployment::Deployment;
use crate::release::Release;
use crate::render::descriptor::Descriptor;
use crate::vocabulary::text;

/// As many characters as every forge takes in a status.
const DESCRIPTION: usize = 140;

/// Where the verdicts of one application in one environment are.
#[derive(Clone, Copy)]
pub struct Verdicts<'a> {
    pub application: &'a str,
    pub environment: &'a Environment,
    pub repository: &'a Repository,
    pub forge: &'a dyn Forge,
}

impl Verdicts<'_> {
    /// The latest verdict on `commit`.
    pub fn on(&self, commit: Oid) -> Result<Option<CommitStatus>> {
        let context = self.context();
        Ok(self.forge.commit_statuses(commit)?.into_iter().find(|status| status.context == context))
    }

    pub fn is_success(&self, commit: Oid) -> Result<bool> {
        Ok(self.on(commit)?.is_some_and(|verdict| verdict.state == StatusState::Success))
    }

    /// Writes a verdict, unless the latest one says the same.
    pub fn write(&self, commit: Oid, state: StatusState, description: &str) -> Result<()> {
        let description = text::shorten(&text::one_line(description), DESCRIPTION);
        let same = |verdict: CommitStatus| verdict.state == state && verdict.description == description;
        if self.on(commit)?.is_some_and(same) {
            return Ok(());
        }
        let context = self.context();
        self.forge.set_commit_status(commit, &NewStatus { context, state, description, target_url: None })
    }

    /// A commit of the base branch on which `release` has a success, whether or not it is still
    /// what is deployed.
    pub fn verified(&self, release: &Release) -> Result<Option<Oid>> {
        let gitops = &self.environment.gitops;
        let head = head_branch(self.application, &self.environment.name);
        let pulls = self.forge.list_pulls(Some(&head))?.into_iter();
        let here = |pull: &PullRequest| pull.base == gitops.branch;
        let mut candidates: Vec<_> = pulls.filter(here).filter_map(|pull| pull.merge_commit).collect();
        let tip = self.repository.branch_tip(&gitops.branch)?;
        if let Some(deployed) = Deployment::read(self.repository, tip, &gitops.descriptor)? {
            candidates.push(deployed.brought_by(self.repository, tip, None)?);
        }
        for commit in candidates {
            // A force-push may have taken it out again.
            if !self.repository.is_ancestor(commit, tip)? {
                continue;
            }
            let deployed = Deployment::read(self.repository, commit, &gitops.descriptor)?;
            if deployed.is_some_and(|deployed| is_of(&deployed.descriptor, release))
                && self.is_success(commit)?
            {
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }

    fn context(&self) -> String {
        format!("towline/{}/{}", self.application, self.environment.name)
    }
}

/// Whether a descriptor is of this release. Build and commit are compared where both are known:
/// who promotes by hand rarely types them.
pub fn is_of(descriptor: &Descriptor, release: &Release) -> bool {
    let same =
        |one: &Option<String>, other: &Option<String>| one.is_none() || other.is_none() || one == other;
    let recorded = &descriptor.release;
    recorded.version == release.version
        && same(&recorded.build, &release.build)
        && same(&recorded.commit, &release.commit)
        && descriptor.images == release.images
}
