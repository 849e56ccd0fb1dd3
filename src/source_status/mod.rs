//! Source status: what becomes of a release, shown on the commit that it was made from, where the
//! developers of the application look: commit statuses, and deployments of the forge.
//!
//! It is information, and nothing in Towline reads it again except to see whether it says so already.
//! What cannot be written is a warning, said once.
//!
//! The repository may be on another forge than the GitOps repository, with a token of its own. Which
//! one it is, the pipeline file or the checkout tells: the descriptor in the GitOps repository, which
//! more people may write to, does not decide where statuses go.

mod step;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;

use anyhow::Result;
use git2::Oid;

use self::step::Step;
use crate::config::Pipeline;
use crate::forge::{Forge, NewDeployment, NewStatus, StatusState, trigger};
use crate::gitops::{Destination, Destinations};
use crate::promote::{Event, What};
use crate::propose::Proposal;
use crate::release::{self, Release};
use crate::vocabulary::text::{one_line, shorten};
use crate::vocabulary::{Diagnostic, ForgeKind, Outcome, Place};

/// As many characters as every forge takes in a status.
const DESCRIPTION: usize = 140;

/// Writes on the commits that releases are made from.
pub struct SourceStatus<'a> {
    destinations: &'a Destinations<'a>,
    forge: OnceCell<Result<Box<dyn Forge>, String>>,
    /// What could not be written, and was told.
    told: RefCell<BTreeSet<&'static str>>,
    /// Whether there is nothing to write to.
    is_off: Cell<bool>,
}

/// The application's own repository and its forge, where that is known.
pub fn repository(pipeline: &Pipeline, variables: &[(String, String)]) -> Result<(String, ForgeKind)> {
    let source = &pipeline.source;
    if let Some(named) = &source.repository {
        return Ok(named.clone());
    }
    let Some(location) = release::source_repository(&pipeline.root, variables) else {
        let message = "the application's own repository is not known: the checkout has no remote `origin`";
        return Err(Diagnostic::new(message).hint("set `source: {repository: URL}`").into());
    };
    let kind = trigger::kind(&location, source.forge).map_err(|_| {
        Diagnostic::new(format!("cannot detect the forge of the application's own repository, {location}"))
            .hint("set `source: {forge: github}`, `azureDevOps`, `gitlab` or `gitea`")
    })?;
    Ok((location, kind))
}

/// Refuses what cannot be written on the forge of the application's own repository. What cannot be
/// known where this runs is a warning.
pub fn check(pipeline: &Pipeline, variables: &[(String, String)]) -> Result<Option<Diagnostic>> {
    if !pipeline.source.is_on() {
        return Ok(None);
    }
    let place = || Place::file(&pipeline.file);
    match repository(pipeline, variables) {
        Ok((_, kind)) => {
            pipeline.source.check_forge(kind).map_err(|refused| refused.at(place()))?;
            Ok(None)
        }
        Err(unknown) => Ok(unknown.downcast_ref::<Diagnostic>().cloned().map(|unknown| unknown.at(place()))),
    }
}

impl<'a> SourceStatus<'a> {
    pub fn new(destinations: &'a Destinations<'a>) -> Self {
        let is_off = Cell::new(!destinations.pipeline.source.is_on());
        Self { destinations, forge: OnceCell::new(), told: RefCell::default(), is_off }
    }

    /// Shows what happens while a release is promoted.
    pub fn promotion(&self, release: &Release, event: &Event) {
        let Event { environment, what } = event;
        let Ok(declared) = self.destinations.pipeline.environment(environment) else { return };
        if let Some(step) = Step::of(what, &release.version, declared.is_observed()) {
            self.show(environment, release, &step);
        }
        if let What::Proposed { replaced: Some(before), .. } = what {
            self.replaced(environment, before, release);
        }
    }

    /// Shows that a release is proposed, or why not.
    pub fn proposed(&self, environment: &str, release: &Release, proposal: &Proposal) {
        if let (Outcome::Done, Some(pull)) = (proposal.outcome, &proposal.pull) {
            self.show(environment, release, &Step::proposed(&release.version, &pull.url));
        }
        if let Some(before) = &proposal.replaced {
            self.replaced(environment, before, release);
        }
    }

    /// Shows that the release that a commit brought is merged.
    pub fn merged(&self, destination: &Destination, commit: Oid, url: &str) {
        // Whether it can be read is for those to say who deploy it.
        if self.is_off.get() {
            return;
        }
        if let Ok(Some(deployed)) = destination.deployment(commit) {
            let release = deployed.release();
            let step = Step::deploying(&release.version, commit).at(Some(url));
            self.show(&destination.environment.name, &release, &step);
        }
    }

    /// Ends what is shown of a release that no run will follow any more.
    fn replaced(&self, environment: &str, before: &Release, by: &Release) {
        let Some(commit) = source_commit(before).filter(|_| before.commit != by.commit) else { return };
        let Some(context) = self.destinations.pipeline.source.statuses.get(environment) else { return };
        let mut waits = false;
        self.attempt("statuses", |forge| {
            let newest = newest(forge, commit, context)?;
            waits = newest.is_some_and(|(state, _)| state == StatusState::Pending);
            Ok(())
        });
        if waits {
            self.show(environment, before, &Step::replaced(&before.version, &by.version));
        }
    }

    fn show(&self, environment: &str, release: &Release, step: &Step) {
        let Some(commit) = source_commit(release) else { return };
        let Pipeline { source, application, .. } = self.destinations.pipeline;
        let (description, url) = (shorten(&one_line(&step.text), DESCRIPTION), &step.url);
        if let Some(context) = source.statuses.get(environment) {
            let status = NewStatus {
                context: context.clone(),
                state: step.state,
                description: description.clone(),
                target_url: url.clone(),
            };
            self.attempt("statuses", |forge| write(forge, commit, &status));
        }
        if let Some(name) = source.deployments.get(environment) {
            let deployment = NewDeployment {
                application: application.clone(),
                environment: name.clone(),
                reference: release.branch.clone(),
                state: step.deployment,
                description,
                log_url: url.clone(),
            };
            self.attempt("deployments", |forge| forge.report_deployment(commit, &deployment));
        }
    }

    /// Does it, and says once what is in the way.
    fn attempt(&self, what: &'static str, act: impl FnOnce(&dyn Forge) -> Result<()>) {
        if self.is_off.get() {
            return;
        }
        let forge = self.forge.get_or_init(|| self.open().map_err(|error| told(&error)));
        let error = match forge {
            Ok(forge) => match act(&**forge) {
                Ok(()) => return,
                Err(error) => told(&error),
            },
            Err(error) => {
                self.is_off.set(true);
                error.clone()
            }
        };
        if self.told.borrow_mut().insert(what) {
            let message = format!(
                "cannot write {what} on the application's own commits: {error}; the promotion goes on"
            );
            (self.destinations.access.notify)(&message);
        }
    }

    fn open(&self) -> Result<Box<dyn Forge>> {
        let Destinations { pipeline, access, .. } = self.destinations;
        let (location, kind) = repository(pipeline, &access.variables)?;
        let gitops = pipeline.environments.iter().map(|it| it.gitops.repository.as_str());
        let opened = access.open_source(kind, &location, &pipeline.root, &gitops.collect::<Vec<_>>());
        opened.map_err(|error| match kind {
            ForgeKind::Local => Diagnostic::new(format!("there is no bare repository {location}"))
                .hint("correct `source.repository`")
                .into(),
            _ => error,
        })
    }
}

/// The commit of a release, if it is one: files that are in no commit have none.
fn source_commit(release: &Release) -> Option<Oid> {
    release.commit.as_deref().and_then(|commit| Oid::from_str(commit).ok())
}

/// Writes a status, unless the newest one says the same.
fn write(forge: &dyn Forge, commit: Oid, status: &NewStatus) -> Result<()> {
    match newest(forge, commit, &status.context)? {
        Some((state, text)) if (state, &text) == (status.state, &status.description) => Ok(()),
        _ => forge.set_commit_status(commit, status),
    }
}

/// What the newest status of a context says.
fn newest(forge: &dyn Forge, commit: Oid, context: &str) -> Result<Option<(StatusState, String)>> {
    let found = forge.plain_statuses(commit)?.into_iter().find(|status| status.context == context);
    Ok(found.map(|status| (status.state, status.description)))
}

/// An error in one line, with what to do about it.
fn told(error: &anyhow::Error) -> String {
    let hint = error.chain().find_map(|cause| cause.downcast_ref::<Diagnostic>()?.hint.clone());
    match hint {
        Some(hint) => format!("{error:#}; {hint}"),
        None => format!("{error:#}"),
    }
}
