//! Plan: what a rollback will propose. It depends on git and the forge alone, so that anybody can go on with what
//! somebody else began: what stands is a rollback already, or one is proposed.

use std::path::Path;

use anyhow::Result;
use git2::Oid;

use super::target::{Target, target};
use crate::forge::PullRequest;
use crate::gitops::{Deployment, Destination, Destinations};
use crate::propose::hold::{holds_after, stay_held};
use crate::propose::recorded;
use crate::release::{self, Release};
use crate::render::taken_out::{Failure, Rollback, TakenOut};
use crate::render::{ReleaseInputs, Rendering};
use crate::rollout::verdict;
use crate::secrets;
use crate::vocabulary::paths::is_inside;
use crate::vocabulary::{Diagnostic, text};

/// As many characters of a reason are recorded.
const REASON: usize = 500;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The version to go back to; `None`: the last that was verified.
    pub to: Option<&'a str>,
    pub reason: Option<&'a str>,
    /// The release that failed, where nobody asked.
    pub failed: Option<(&'a Release, Failure)>,
}

/// What a rollback proposes.
#[derive(Debug)]
pub struct Plan {
    /// What it takes out.
    pub from: TakenOut,
    /// What it brings back.
    pub to: Release,
    /// The commit whose files it brings back.
    pub restored: Oid,
    /// What its verdict says. `None`: it stands already.
    pub verdict: Option<String>,
    pub rendering: Rendering,
}

impl Plan {
    /// What to propose. It is refused where there is nothing verified to go back to, or where another release
    /// stands by now than the one that failed.
    pub fn find(destination: &Destination, destinations: &Destinations, wanted: &Wanted) -> Result<Self> {
        let tip = destination.base_tip()?;
        let environment = &destination.environment.name;
        let Some(standing) = destination.deployment(tip)? else {
            let message = format!("{} is not deployed in `{environment}`", destination.application);
            return Err(Diagnostic::refused(message).into());
        };
        let version = &standing.descriptor.release.version;
        if let Some(rollback) = standing.descriptor.rollback.clone()
            && wanted.to.is_none_or(|to| to == version)
            && wanted.failed.is_none_or(|(failed, _)| rollback.from.is(failed))
        {
            return Self::standing(destination, destinations, (standing, tip), rollback);
        }
        if let Some((failed, _)) =
            wanted.failed.filter(|(failed, _)| !verdict::is_of(&standing.descriptor, failed))
        {
            let message = format!("{version} has taken the place of {}", failed.version);
            return Err(Diagnostic::refused(message).into());
        }
        if wanted.to == Some(version) {
            let message = format!("{version} is what stands in `{environment}`");
            let hint = format!("`towline status --history {environment}` lists what was deployed");
            return Err(Diagnostic::refused(message).hint(hint).into());
        }
        Self::new(destination, destinations, (&standing, tip), wanted)
    }

    /// It is on the branch, and may have to be awaited.
    fn standing(
        destination: &Destination,
        destinations: &Destinations,
        (standing, tip): (Deployment, Oid),
        rollback: Rollback,
    ) -> Result<Self> {
        let since = destination.described_since(tip, |descriptor| *descriptor == standing.descriptor)?;
        let found = destination.deployment(since)?.unwrap_or(standing);
        let rendering = owned(recorded::rendering(destination, &found, since)?, destinations);
        let Rollback { from, restored } = rollback;
        Ok(Self { from, to: found.release(), restored, verdict: None, rendering })
    }

    fn new(
        destination: &Destination,
        destinations: &Destinations,
        (standing, tip): (&Deployment, Oid),
        wanted: &Wanted,
    ) -> Result<Self> {
        let source = Some(destinations.pipeline.root.as_path());
        let begun = begun(destination, standing)?;
        let version = wanted.to.or(begun.as_ref().map(|(version, _)| version.as_str()));
        let Target { deployment, commit, verdict, over } =
            target(destination, (standing, tip), version, source)?;
        let begun = begun.filter(|(version, _)| *version == deployment.descriptor.release.version);
        let begun = begun.map(|(_, from)| from);
        let reason = match wanted.reason {
            Some(reason) => Some(reason.to_owned()),
            None => match &begun {
                Some(begun) => begun.reason.clone(),
                None => failure(destination, standing, tip)?,
            },
        };
        let from = TakenOut {
            failure: wanted.failed.map(|(_, failure)| failure).or(begun.and_then(|begun| begun.failure)),
            reason: reason.map(|reason| text::shorten(&text::one_line(&secrets::redact(&reason)), REASON)),
            ..TakenOut::new(&standing.release())
        };
        let to = deployment.release();
        let mut rendering = owned(recorded::rendering(destination, &deployment, commit)?, destinations);
        refuse_outside(destination, &rendering)?;
        refuse_lost_package(destination, &deployment, (commit, tip))?;
        let holds = holds(standing, over, &to, source);
        rendering.record_rollback(Rollback { from: from.clone(), restored: commit }, holds)?;
        Ok(Self { from, to, restored: commit, verdict: Some(verdict.description), rendering })
    }
}

/// What is on hold besides what stands: what was so before, and what is gone back over.
fn holds(standing: &Deployment, over: Vec<TakenOut>, to: &Release, source: Option<&Path>) -> Vec<TakenOut> {
    let mut holds: Vec<TakenOut> = Vec::new();
    for held in holds_after(standing, to, source).into_iter().chain(stay_held(over, to, source)) {
        let is_known = |known: &TakenOut| known.is(&held.release());
        if !held.is(&standing.release()) && !holds.iter().any(is_known) {
            holds.push(held);
        }
    }
    holds
}

/// The version that an open proposal goes back to, and what it says of `standing`.
fn begun(destination: &Destination, standing: &Deployment) -> Result<Option<(String, TakenOut)>> {
    let Some(pull) = destination.newest_pull()?.filter(PullRequest::is_open) else { return Ok(None) };
    // People may have damaged the descriptor.
    let proposed = destination.deployment(pull.head_commit).ok().flatten();
    Ok(proposed.and_then(|proposed| {
        let from = proposed.descriptor.rollback?.from;
        from.is(&standing.release()).then_some((proposed.descriptor.release.version, from))
    }))
}

/// What the verdict says, if what stands has failed.
fn failure(destination: &Destination, standing: &Deployment, tip: Oid) -> Result<Option<String>> {
    let (_, verdict) = verdict::of_deployed(destination, standing, tip)?;
    Ok(verdict.filter(verdict::is_failure).map(|verdict| verdict.description))
}

/// With the source that asks for it in place of the one that it came from: what another one deployed is not its to
/// roll back.
fn owned(rendering: Rendering, destinations: &Destinations) -> Rendering {
    let pipeline = destinations.pipeline;
    let repository = release::source_repository(&pipeline.root, &destinations.access.variables);
    let release = Release { repository, ..rendering.release };
    let inputs = ReleaseInputs { pipeline: ReleaseInputs::place(pipeline), ..rendering.inputs };
    Rendering { release, inputs, ..rendering }
}

/// Nobody applies files that are outside of the folders of today.
fn refuse_outside(destination: &Destination, rendering: &Rendering) -> Result<()> {
    let environment = destination.environment;
    let folders =
        environment.targets.iter().map(|target| &target.path).chain(environment.high_level_folders());
    let folders: Vec<&String> = folders.collect();
    let is_outside = |path: &&str| {
        *path != environment.gitops.descriptor && !folders.iter().any(|folder| is_inside(path, folder))
    };
    let outside: Vec<&str> =
        rendering.files.iter().map(|file| file.path.as_str()).filter(is_outside).collect();
    if outside.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} had files outside of the folders that `{}` has now ({}): {}",
        rendering.release.version,
        environment.name,
        text::listed(&folders),
        text::listed(&outside)
    );
    let hint = "promote a newer release with what was right in it";
    Err(Diagnostic::refused(message).hint(hint).into())
}

/// The chart that it was released as is not restored.
fn refuse_lost_package(
    destination: &Destination,
    deployment: &Deployment,
    (commit, tip): (Oid, Oid),
) -> Result<()> {
    let Some(package) = &deployment.descriptor.package else { return Ok(()) };
    let repository = &destination.repository;
    if repository.entry_id(commit, &package.file)? == repository.entry_id(tip, &package.file)? {
        return Ok(());
    }
    let message = format!("{} is no longer what it was when {} was verified", package.file, package.version);
    let hint = "restore it in the GitOps repository from git";
    Err(Diagnostic::refused(message).hint(hint).into())
}
