//! Continue: the release that an environment waits for or has, as the descriptor in the GitOps
//! repository records it. A run that was not told what the release is can go on with it, so that a
//! pipeline can end while people and operators take their time, and needs no memory of its own.

use anyhow::{Context, Result};

use crate::config::Pipeline;
use crate::forge::PullState;
use crate::gitops::{Destination, Destinations};
use crate::release::{self, Release};
use crate::vocabulary::Diagnostic;

/// The release that is proposed for an environment, else the one that is deployed there. It is an
/// error when the source that is checked out is not the one that the release was made from: other
/// templates would give another release under its name.
pub fn release_to_continue(destinations: &Destinations, environment: &str) -> Result<Release> {
    let pipeline = destinations.pipeline;
    let destination = super::open(destinations, pipeline.environment(environment)?)?;
    let release =
        recorded(&destination).with_context(|| format!("cannot continue in environment `{environment}`"))?;
    check_source(&release, pipeline)?;
    check_images(&release, pipeline)?;
    Ok(release)
}

fn recorded(destination: &Destination) -> Result<Release> {
    let pull = destination.newest_pull()?;
    let at = match pull.filter(|pull| pull.state == PullState::Open) {
        Some(pull) => pull.head_commit,
        None => destination.base_tip()?,
    };
    let application = destination.application;
    match destination.deployment(at)? {
        Some(deployment) => Ok(deployment.release()),
        None => Err(Diagnostic::new(format!("no release of {application} is proposed or deployed"))
            .hint("start one with `towline promote --release VERSION`")
            .into()),
    }
}

fn check_source(release: &Release, pipeline: &Pipeline) -> Result<()> {
    let Some(made_from) = &release.commit else { return Ok(()) };
    match release::source_commit(&pipeline.root) {
        Some(here) if here != *made_from => {
            let message = format!("{} was made from commit {made_from}, but {here} is here", release.version);
            Err(Diagnostic::refused(message).hint(format!("run `git checkout {made_from}` first")).into())
        }
        _ => Ok(()),
    }
}

fn check_images(release: &Release, pipeline: &Pipeline) -> Result<()> {
    let has = |name: &String| release.images.iter().any(|image| image.name == *name);
    match pipeline.images.iter().find(|declared| !has(&declared.name)) {
        Some(missing) => {
            let message = format!("{} was released without the image `{}`", release.version, missing.name);
            Err(Diagnostic::refused(message).at(missing.place.clone()).into())
        }
        None => Ok(()),
    }
}
