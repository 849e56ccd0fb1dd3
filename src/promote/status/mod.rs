//! Status: what is deployed, proposed and verified where, and who brought it there. All of it is
//! read from git and the forge.
//!
//! - [`detail`]: one environment in full
//! - [`judgement`]: how an environment is doing, in one word
//! - [`mod@history`]: what was deployed before
//! - [`figures`]: what that tells about delivery

pub mod detail;
pub mod figures;
pub mod history;
mod judgement;
mod next;

use std::rc::Rc;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

pub use self::history::{HistoryEntry, history};
pub use self::judgement::Judgement;
pub use self::next::NextAction;
use super::open::open;
use crate::forge::{PullRequest, StatusState};
use crate::git::{Marker, Repository, overrides_in};
use crate::gitops::{Content, Deployment, Destination, Destinations, Hold};
use crate::release::Release;
use crate::render::RingRecord;
use crate::render::ownership::Drift;
use crate::render::taken_out::Rollback;
use crate::rollout::{self, Awaited, Observation, withdrawal::Withdrawal};
use crate::vocabulary::Diagnostic;

/// One environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentStatus {
    pub environment: String,
    pub deployed: Option<Deployed>,
    /// What is waiting to be merged.
    pub proposed: Option<Proposed>,
    /// What people changed by hand since it was deployed.
    pub drift: Vec<Drift>,
    /// What people took out, if nothing has come since.
    pub withdrawn: Option<Withdrawal>,
    /// What was rolled back and is not deployed again by itself, the last one first.
    pub holds: Vec<Hold>,
    /// What the reporters say now, where that is not settled: there is no verdict, or it is a failure.
    pub rollout: Option<Observation>,
    /// Why the reporters could not be asked. Everything else is known without them.
    pub not_asked: Option<String>,
}

/// What stands on the base branch.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployed {
    pub release: Release,
    pub rollback: Option<Rollback>,
    /// The commit that brought it.
    pub commit: Oid,
    pub at: Timestamp,
    /// How long ago that was.
    pub age_seconds: i64,
    pub verdict: Option<Verdict>,
    /// The gates that did not count for it, and who said so.
    pub overrides: Vec<String>,
    /// How far it has come, until it is in all targets.
    pub ring: Option<RingRecord>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    /// `None`: it takes the application out.
    pub release: Option<Release>,
    pub rollback: Option<Rollback>,
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

/// Every environment of the pipeline, in its order. One that cannot be read hides no other; it is an
/// error when none can.
pub fn status(destinations: &Destinations) -> Result<Vec<(String, Result<EnvironmentStatus>)>> {
    let environments = destinations.pipeline.environments.iter();
    let opened: Vec<_> = environments.map(|it| (it.name.clone(), open(destinations, it))).collect();
    let readable = || opened.iter().filter_map(|(_, destination)| destination.as_ref().ok());
    let _looks: Vec<_> = readable().map(Destination::look).collect();
    // The pull requests of all come before the tips of their branches, see below. One that cannot be read is told
    // of where it is needed.
    readable().for_each(|destination| drop(destination.pulls()));
    let bases = base_branches(readable());
    let _tips: Vec<_> = bases.iter().map(|(repository, branches)| repository.look(branches)).collect();
    let status =
        |destination: Result<Destination>| destination.and_then(|it| environment_status(&it, unsettled));
    let found: Vec<_> = opened.into_iter().map(|(name, destination)| (name, status(destination))).collect();
    match found.iter().any(|(_, status)| status.is_ok()) {
        true => Ok(found),
        false => found.into_iter().map(|(name, status)| Ok((name, Ok(status?)))).collect(),
    }
}

/// The base branches in each repository, which one request asks for.
fn base_branches<'d, 'a: 'd>(
    destinations: impl Iterator<Item = &'d Destination<'a>>,
) -> Vec<(Rc<Repository>, Vec<&'a str>)> {
    let mut found: Vec<(Rc<Repository>, Vec<&str>)> = Vec::new();
    for Destination { repository, environment, .. } in destinations {
        let branch = environment.gitops.branch.as_str();
        match found.iter_mut().find(|(known, _)| Rc::ptr_eq(known, repository)) {
            Some((_, branches)) if branches.contains(&branch) => {}
            Some((_, branches)) => branches.push(branch),
            None => found.push((repository.clone(), vec![branch])),
        }
    }
    found
}

/// One environment. `asks`: whether the reporters are asked about what is deployed.
fn environment_status(destination: &Destination, asks: fn(&Deployed) -> bool) -> Result<EnvironmentStatus> {
    let now = destination.clock.now();
    // The tip comes after the pull requests: what is merged in between is on it.
    let pulls = destination.pulls()?;
    let tip = destination.base_tip()?;
    let deployed = destination.deployment(tip)?;
    let pull = pulls.iter().find(|pull| pull.is_open()).or(pulls.first());
    let open = pull.filter(|pull| pull.is_open());
    let is_merged = open.map_or(Ok(false), |pull| destination.is_merged_unseen(pull, tip))?;
    let open = open.filter(|_| !is_merged);
    let drift = deployed.as_ref().map(|deployed| deployed.drift(&destination.repository)).transpose()?;
    let content = deployed.as_ref().map(|found| found.content(&destination.repository)).transpose()?;
    let deployed = deployed.map(|found| deployed_since(destination, found, tip, &pulls, now)).transpose()?;
    let (rollout, not_asked) = match (&deployed, &content) {
        (Some(deployed), Some(content)) if has_reporters(destination) && asks(deployed) => {
            let awaited = Awaited { content: Some(content), ..Awaited::default() };
            match rollout::observe(destination, awaited) {
                Ok(seen) => (Some(seen), None),
                Err(error) => (None, Some(error)),
            }
        }
        _ => (None, None),
    };
    Ok(EnvironmentStatus {
        drift: drift.unwrap_or_default(),
        environment: destination.environment.name.clone(),
        deployed,
        proposed: open.map(|pull| proposed(destination, pull, now)).transpose()?,
        withdrawn: rollout::withdrawal::last(destination, &pulls, tip)?,
        holds: destination.holds(tip)?,
        rollout,
        not_asked: not_asked.map(|error| Diagnostic::line(&error)),
    })
}

fn has_reporters(destination: &Destination) -> bool {
    let reporters = &destination.environment.rollout.reporters;
    reporters.as_ref().is_some_and(|reporters| !reporters.is_empty())
}

/// Whether no success is recorded.
fn unsettled(deployed: &Deployed) -> bool {
    deployed.verdict.as_ref().is_none_or(|verdict| verdict.state != StatusState::Success)
}

fn deployed_since(
    destination: &Destination,
    deployed: Deployment,
    tip: Oid,
    pulls: &[PullRequest],
    now: Timestamp,
) -> Result<Deployed> {
    let repository = &destination.repository;
    let commit = brought_by(destination, &deployed.content(repository)?, tip, pulls)?;
    let at = repository.commit_time(commit)?;
    Ok(Deployed {
        ring: deployed.descriptor.ring.clone(),
        rollback: deployed.descriptor.rollback.clone(),
        release: deployed.descriptor.into_release(),
        commit,
        at,
        age_seconds: age(at, now),
        verdict: verdict(destination, commit)?,
        overrides: overrides(destination, commit, pulls)?,
    })
}

/// The commit that brought what stands in `tip`: the last merge of a proposal, where its files are these. The
/// commits in between are not looked at, however many others have made: what a run of Towline decides does not
/// depend on this.
fn brought_by(destination: &Destination, content: &Content, tip: Oid, pulls: &[PullRequest]) -> Result<Oid> {
    let repository = &destination.repository;
    let merged = pulls.iter().find_map(|pull| pull.merge_commit);
    // What cannot be read any more was lost long ago.
    let stands = |merged: &Oid| content.stands_in(repository, *merged).unwrap_or(false);
    merged.filter(stands).map_or_else(|| content.brought_by(repository, tip, None), Ok)
}

fn proposed(destination: &Destination, pull: &PullRequest, now: Timestamp) -> Result<Proposed> {
    let at = destination.repository.commit_time(pull.head_commit)?;
    let (release, rollback) = recorded(destination, pull.head_commit)?;
    Ok(Proposed {
        release,
        rollback,
        number: pull.number,
        url: pull.url.clone(),
        at,
        age_seconds: age(at, now),
    })
}

/// The gates that did not count, as the merge or else the pull request tells: people may have merged it with a
/// message of their own.
fn overrides(destination: &Destination, commit: Oid, pulls: &[PullRequest]) -> Result<Vec<String>> {
    let told = overrides_in(&destination.repository.message(commit)?);
    let pull = pulls.iter().find(|pull| pull.merge_commit == Some(commit)).filter(|_| told.is_empty());
    let marker = pull.and_then(|pull| Marker::parse(&pull.body));
    Ok(marker.map_or(told, |marker| marker.overrides))
}

fn recorded(destination: &Destination, commit: Oid) -> Result<(Option<Release>, Option<Rollback>)> {
    let Some(found) = destination.deployment(commit)? else { return Ok((None, None)) };
    let rollback = found.descriptor.rollback.clone();
    Ok((Some(found.descriptor.into_release()), rollback))
}

fn verdict(destination: &Destination, commit: Oid) -> Result<Option<Verdict>> {
    let found = rollout::verdict::latest(destination, commit)?;
    Ok(found.map(|status| Verdict {
        state: status.state,
        description: status.description,
        at: status.created_at,
    }))
}

fn age(at: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(at).as_secs().max(0)
}
