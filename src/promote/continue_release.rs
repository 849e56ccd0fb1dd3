//! Continue: the release that an environment waits for or has, as the descriptor in the GitOps
//! repository records it. A run that was not told what the release is can go on with it, so that a
//! pipeline can end while people and operators take their time, and needs no memory of its own.

use anyhow::{Context, Result};
use git2::Oid;

use super::open::open;
use crate::config::Pipeline;
use crate::forge::{PullRequest, PullState};
use crate::gitops::{Deployment, Destination, Destinations};
use crate::release::{self, Release};
use crate::render::{InputDigests, ReleaseInputs, SourcePaths};
use crate::variables::Inputs;
use crate::vocabulary::text::listed;
use crate::vocabulary::{Diagnostic, Place};

/// The release that is proposed for an environment, else the one that is deployed there. It is an
/// error when the source that is checked out is not the one that the release was made from: other
/// templates would give another release under its name.
pub fn release_to_continue(
    destinations: &Destinations,
    environment: &str,
    inputs: &Inputs,
) -> Result<Release> {
    let pipeline = destinations.pipeline;
    let destination = open(destinations, pipeline.environment(environment)?)?;
    let recorded = recorded(&destination, pipeline)
        .with_context(|| format!("cannot continue in environment `{environment}`"))?;
    let release = recorded.release();
    check_source(&release, pipeline)?;
    let release = with_repositories(release, pipeline)?;
    check_inputs(&release, &recorded.descriptor.inputs, &ReleaseInputs::read(pipeline, inputs)?)?;
    Ok(release)
}

/// The release that `deployed` records in an environment, from the same source. Another source is an error, as above.
pub fn deployed_release(
    destinations: &Destinations,
    destination: &Destination,
    deployed: &Deployment,
    inputs: &Inputs,
) -> Result<Release> {
    let pipeline = destinations.pipeline;
    let release = deployed.release();
    refuse_peoples_descriptor(destination, destination.base_tip()?, pipeline)?;
    check_source(&release, pipeline)?;
    let release = with_repositories(release, pipeline)?;
    check_inputs(&release, &deployed.descriptor.inputs, &ReleaseInputs::read(pipeline, inputs)?)?;
    Ok(release)
}

/// The release that is deployed in an environment, with the variables that are checked out. Everything else has to be
/// as it was released, wherever it is committed by now.
pub fn release_to_configure(
    destinations: &Destinations,
    environment: &str,
    inputs: &Inputs,
) -> Result<Release> {
    let pipeline = destinations.pipeline;
    let destination = open(destinations, pipeline.environment(environment)?)?;
    let tip = destination.base_tip()?;
    let Some(deployed) = destination.deployment(tip)? else {
        let message = format!("no release of {} is deployed in `{environment}`", destination.application);
        let hint = format!("promote one first, with `towline promote {}`", release_arguments(pipeline));
        return Err(Diagnostic::refused(message).hint(hint).into());
    };
    refuse_peoples_descriptor(&destination, tip, pipeline)?;
    let release = with_repositories(deployed.release(), pipeline)?;
    refuse_dirty(&release, pipeline)?;
    if let Some(names) = ReleaseInputs::read(pipeline, inputs)?.difference(&deployed.descriptor.inputs) {
        let message = format!(
            "{} in `{environment}` was made from other inputs than these, so this is more than a change of its \
             variables: {}",
            release.version,
            listed(&names)
        );
        let hint = match &release.commit {
            Some(commit) => format!("put these files back to commit {commit}, or promote a new release"),
            None => "put these files back, or promote a new release".to_owned(),
        };
        return Err(Diagnostic::refused(message).hint(hint).into());
    }
    let here = release::source_commit(&pipeline.root).filter(|here| Some(here) != release.commit.as_ref());
    Ok(Release { configuration: here, ..release })
}

/// What is typed for a release, for hints.
pub(super) fn release_arguments(pipeline: &Pipeline) -> String {
    let images = pipeline.images.iter().map(|image| format!(" --image {}=TAG", image.name));
    format!("--release VERSION{}", images.collect::<String>())
}

fn recorded(destination: &Destination, pipeline: &Pipeline) -> Result<Deployment> {
    let pull = destination.newest_pull()?;
    let open = pull.filter(|pull| pull.state == PullState::Open);
    let at = open.as_ref().map_or_else(|| destination.base_tip(), |pull| Ok(pull.head_commit))?;
    let deployment = destination.deployment(at)?;
    match &open {
        Some(pull) if deployment.is_none() => return Err(removal(destination, pull).into()),
        Some(_) => {}
        None => refuse_peoples_descriptor(destination, at, pipeline)?,
    }
    let application = destination.application;
    match deployment {
        Some(deployment) => Ok(deployment),
        None => Err(Diagnostic::new(format!("no release of {application} is proposed or deployed"))
            .hint(format!("start one with `towline promote {}`", release_arguments(pipeline)))
            .into()),
    }
}

/// What is proposed is to take the application out, so there is nothing to go on with.
fn removal(destination: &Destination, pull: &PullRequest) -> Diagnostic {
    let Destination { application, environment, .. } = destination;
    Diagnostic::refused(format!("{} removes {application} from {}", pull.url, environment.name))
        .hint("merge it, or close it to go on with what is deployed")
}

/// Everybody who can write to the GitOps repository can write a descriptor. Only one that a merged
/// proposal brought says what to deploy.
fn refuse_peoples_descriptor(destination: &Destination, tip: Oid, pipeline: &Pipeline) -> Result<()> {
    let Some(found) = destination.descriptor_id(tip)? else { return Ok(()) };
    let pulls = destination.pulls()?;
    let mut merged = pulls.iter().filter_map(|pull| pull.merge_commit).peekable();
    // What cannot be read any more was lost long ago.
    let has_it = |commit| destination.descriptor_id(commit).is_ok_and(|id| id == Some(found));
    if merged.peek().is_none() || merged.any(has_it) {
        return Ok(());
    }
    let path = &destination.environment.gitops.descriptor;
    Err(Diagnostic::refused(format!("people changed {path}: it is not what a proposal brought"))
        .hint(format!(
            "restore it from git, or name the release with `towline promote {}`",
            release_arguments(pipeline)
        ))
        .into())
}

fn check_source(release: &Release, pipeline: &Pipeline) -> Result<()> {
    refuse_dirty(release, pipeline)?;
    let Some(made_from) = release.source() else { return Ok(()) };
    match release::source_commit(&pipeline.root) {
        Some(here) if here != *made_from => {
            let message = format!("{} was made from commit {made_from}, but {here} is here", release.version);
            Err(Diagnostic::refused(message).hint(format!("run `git checkout {made_from}` first")).into())
        }
        _ => Ok(()),
    }
}

fn refuse_dirty(release: &Release, pipeline: &Pipeline) -> Result<()> {
    let files = SourcePaths::of(pipeline)?.pathspecs();
    release::refuse_uncommitted(release, &pipeline.root, &files)?;
    if release.is_dirty() {
        let message = format!("{} was made from files that are in no commit", release.version);
        let hint = format!("commit them, and start with `towline promote {}`", release_arguments(pipeline));
        return Err(Diagnostic::refused(message).hint(hint).into());
    }
    Ok(())
}

/// Where the source has no commit, and for `--set` and `--vars`, only the inputs tell that it is still
/// the same release. What an older version recorded is let pass: its commit was compared.
fn check_inputs(release: &Release, recorded: &InputDigests, ours: &ReleaseInputs) -> Result<()> {
    match ours.difference(recorded).filter(|_| recorded.release.is_some()) {
        Some(names) => {
            let message =
                format!("{} was made from other inputs than these: {}", release.version, listed(&names));
            let hint = "pass the same `--set` and `--vars` as for the first run, from the same files";
            Err(Diagnostic::refused(message).hint(hint).into())
        }
        None => Ok(()),
    }
}

/// The release with the repositories of the pipeline file. Who can write to the GitOps repository says
/// which tag is deployed, and not whose image: a descriptor with another repository is refused.
fn with_repositories(release: Release, pipeline: &Pipeline) -> Result<Release> {
    for declared in &pipeline.images {
        let Some(image) = release.images.iter().find(|image| image.name == declared.name) else {
            let message = format!("{} was released without the image `{}`", release.version, declared.name);
            return Err(Diagnostic::refused(message).at(declared.place.clone()).into());
        };
        if image.repository != declared.repository {
            let message = format!(
                "{} is recorded with the image `{}` from {}, but the pipeline file says {}",
                release.version, image.name, image.repository, declared.repository
            );
            let hint = format!(
                "name the release instead of `--continue`: `towline promote {}`",
                release_arguments(pipeline).replace("VERSION", &release.version)
            );
            return Err(Diagnostic::refused(message).at(declared.place.clone()).hint(hint).into());
        }
    }
    let names: Vec<_> = pipeline.images.iter().map(|declared| &declared.name).collect();
    match release.images.iter().find(|image| !names.contains(&&image.name)) {
        Some(unknown) => Err(Diagnostic::refused(format!(
            "{} is recorded with the image `{}`, which the pipeline file does not have",
            release.version, unknown.name
        ))
        .at(Place::file(&pipeline.file))
        .hint("promote it with `--release` and `--image` instead of `--continue`")
        .into()),
        None => Ok(release),
    }
}
