//! Status: what is deployed, proposed and verified where, and who brought it there. All of it is
//! read from git and the forge.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::site::Site;
use crate::config::Pipeline;
use crate::forge::Access;
use crate::forge::{PullRequest, PullState, StatusState};
use crate::git::head_branch;
use crate::gitops::deployment::Deployment;
use crate::release::Release;
use crate::render::descriptor::Descriptor;

/// One environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentStatus {
    pub environment: String,
    pub deployed: Option<Deployed>,
    /// What waits to be merged.
    pub proposed: Option<Proposed>,
}

/// What stands on the base branch.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployed {
    pub release: Release,
    /// The commit that brought it.
    pub commit: Oid,
    pub at: Timestamp,
    /// How long ago that was.
    pub age_seconds: i64,
    pub verdict: Option<Verdict>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    /// `None` when the branch has no descriptor that can be read.
    pub release: Option<Release>,
    pub number: u64,
    pub url: String,
    pub at: Timestamp,
    pub age_seconds: i64,
}

/// What Towline found when it had waited and checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    pub state: StatusState,
    pub description: String,
    pub at: Timestamp,
}

/// A deployment in the past.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    pub commit: Oid,
    pub at: Timestamp,
    /// The author of the commit on the base branch: who merged.
    pub author: String,
    /// `None`: the application was removed.
    pub release: Option<Release>,
    /// The number of the pull request, if there was one.
    pub pull: Option<u64>,
    pub verdict: Option<Verdict>,
}

/// Every environment of the pipeline, in its order.
pub fn status(pipeline: &Pipeline, access: &Access) -> Result<Vec<EnvironmentStatus>> {
    let sites = pipeline.environments.iter().map(|environment| Site::open(pipeline, environment, access));
    sites.map(|site| environment_status(&site?, access.clock.now())).collect()
}

/// What was deployed in an environment, the newest first.
pub fn history(pipeline: &Pipeline, environment: &str, access: &Access) -> Result<Vec<HistoryEntry>> {
    let site = Site::open(pipeline, pipeline.environment(environment)?, access)?;
    let gitops = &site.environment.gitops;
    let pulls = site.forge.list_pulls(Some(&head_branch(&pipeline.application, environment)))?;
    let mut entries = Vec::new();
    let mut at = Some(site.repository.branch_tip(&gitops.branch)?);
    while let Some(commit) = at {
        let parent = site.repository.parents(commit)?.first().copied();
        let before = parent.map(|parent| site.repository.entry_id(parent, &gitops.descriptor)).transpose()?;
        if site.repository.entry_id(commit, &gitops.descriptor)? != before.flatten() {
            entries.push(entry(&site, commit, &pulls)?);
        }
        at = parent;
    }
    Ok(entries)
}

fn environment_status(site: &Site, now: Timestamp) -> Result<EnvironmentStatus> {
    let gitops = &site.environment.gitops;
    let tip = site.repository.branch_tip(&gitops.branch)?;
    let deployed = Deployment::read(&site.repository, tip, &gitops.descriptor)?;
    let pull =
        site.forge.find_pull(&head_branch(site.application, &site.environment.name), &gitops.branch)?;
    let open = pull.as_ref().filter(|pull| pull.state == PullState::Open);
    Ok(EnvironmentStatus {
        environment: site.environment.name.clone(),
        deployed: deployed.map(|found| deployed_since(site, found, tip, pull.as_ref(), now)).transpose()?,
        proposed: open.map(|pull| proposed(site, pull, now)).transpose()?,
    })
}

fn deployed_since(
    site: &Site,
    deployed: Deployment,
    tip: Oid,
    pull: Option<&PullRequest>,
    now: Timestamp,
) -> Result<Deployed> {
    let commit = deployed.brought_by(&site.repository, tip, pull)?;
    let at = site.repository.commit_time(commit)?;
    Ok(Deployed {
        release: deployed.descriptor.into_release(),
        commit,
        at,
        age_seconds: age(at, now),
        verdict: verdict(site, commit)?,
    })
}

fn proposed(site: &Site, pull: &PullRequest, now: Timestamp) -> Result<Proposed> {
    let at = site.repository.commit_time(pull.head_commit)?;
    Ok(Proposed {
        release: descriptor(site, pull.head_commit)?.map(Descriptor::into_release),
        number: pull.number,
        url: pull.url.clone(),
        at,
        age_seconds: age(at, now),
    })
}

fn entry(site: &Site, commit: Oid, pulls: &[PullRequest]) -> Result<HistoryEntry> {
    let pull = pulls.iter().find(|pull| pull.merge_commit == Some(commit));
    Ok(HistoryEntry {
        commit,
        at: site.repository.commit_time(commit)?,
        author: site.repository.author(commit)?,
        release: descriptor(site, commit)?.map(Descriptor::into_release),
        pull: pull.map(|pull| pull.number),
        verdict: verdict(site, commit)?,
    })
}

fn descriptor(site: &Site, commit: Oid) -> Result<Option<Descriptor>> {
    let deployment = Deployment::read(&site.repository, commit, &site.environment.gitops.descriptor)?;
    Ok(deployment.map(|deployment| deployment.descriptor))
}

fn verdict(site: &Site, commit: Oid) -> Result<Option<Verdict>> {
    let found = site.verdicts().on(commit)?;
    Ok(found.map(|status| Verdict {
        state: status.state,
        description: status.description,
        at: status.created_at,
    }))
}

fn age(at: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(at).as_secs().max(0)
}
