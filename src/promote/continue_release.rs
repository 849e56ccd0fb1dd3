//! Continue: the release that an environment waits for or has, as the descriptor in the GitOps
//! repository records it. A run that was not told what the release is can go on with it, so that a
//! pipeline can end while people and operators take their time, and needs no memory of its own.

use anyhow::{Context, Result};

use super::site::Site;
use crate::config::Pipeline;
use crate::forge::{Access, PullState};
use crate::git::head_branch;
use crate::gitops::deployment::Deployment;
use crate::release::{self, Release};
use crate::vocabulary::Diagnostic;

/// The release that is proposed for an environment, else the one that is deployed there. It is an
/// error when the source that is checked out is not the one that the release was made from: other
/// templates would give another release under its name.
pub fn release_to_continue(pipeline: &Pipeline, environment: &str, access: &Access) -> Result<Release> {
    let site = Site::open(pipeline, pipeline.environment(environment)?, access)?;
    let release = recorded(&site).with_context(|| format!("cannot go on in environment `{environment}`"))?;
    check_source(&release, pipeline)?;
    check_images(&release, pipeline)?;
    Ok(release)
}

fn recorded(site: &Site) -> Result<Release> {
    let (gitops, name) = (&site.environment.gitops, &site.environment.name);
    let pull = site.forge.find_pull(&head_branch(site.application, name), &gitops.branch)?;
    let at = match pull.filter(|pull| pull.state == PullState::Open) {
        Some(pull) => pull.head_commit,
        None => site.repository.branch_tip(&gitops.branch)?,
    };
    match Deployment::read(&site.repository, at, &gitops.descriptor)? {
        Some(deployment) => Ok(deployment.descriptor.into_release()),
        None => Err(Diagnostic::new(format!("no release of {} is proposed or deployed", site.application))
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
