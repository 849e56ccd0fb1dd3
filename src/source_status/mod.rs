//! Source status: what becomes of a release, shown on the commit that it was made from, where the
//! developers of the application look: commit statuses, and deployments of the forge.
//!
//! It is information, and nothing in Towline reads it again except to see whether it says so already.
//! What cannot be written is a warning, said once.
//!
//! The repository may be on another forge than the GitOps repository, with a token of its own.

mod access;
mod check;
mod step;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use git2::Oid;

pub use self::access::access;
pub use self::check::check;
use self::step::Step;
use crate::config::{Environment, Pipeline};
use crate::forge::{Forge, NewDeployment, NewStatus, PullRequest, StatusState};
use crate::gitops::{Destination, Destinations};
use crate::promote::{Event, What};
use crate::propose::Proposal;
use crate::release::{Release, open_source_forge};
use crate::rollout;
use crate::secrets;
use crate::vocabulary::text::{one_line, shorten};
use crate::vocabulary::{Diagnostic, Outcome};

/// As many characters as every forge takes in a status.
const DESCRIPTION: usize = 140;

/// Writes on the commits that releases are made from.
pub struct SourceStatus<'a> {
    destinations: &'a Destinations<'a>,
    forge: OnceCell<Result<Box<dyn Forge>, String>>,
    /// The pull request of each environment.
    pulls: RefCell<BTreeMap<String, String>>,
    /// The merges that were looked at for what they replaced.
    merges: RefCell<BTreeSet<Oid>>,
    /// What could not be written, and was told.
    told: RefCell<BTreeSet<&'static str>>,
    /// Whether there is nothing to write to.
    is_off: Cell<bool>,
}

impl<'a> SourceStatus<'a> {
    pub fn new(destinations: &'a Destinations<'a>) -> Self {
        let is_off = Cell::new(!destinations.pipeline.source.is_on());
        Self {
            destinations,
            forge: OnceCell::new(),
            pulls: RefCell::default(),
            merges: RefCell::default(),
            told: RefCell::default(),
            is_off,
        }
    }

    /// Shows what happens while a release is promoted.
    pub fn promotion(&self, release: &Release, event: &Event) {
        let Event { environment, what } = event;
        if let What::Rollback { release, what } = what {
            return self
                .promotion(release, &Event { environment: environment.clone(), what: (**what).clone() });
        }
        let Ok(declared) = self.destinations.pipeline.environment(environment) else { return };
        if let What::Proposed { url, .. } = what {
            self.pulls.borrow_mut().insert(environment.clone(), url.clone());
        }
        let step = Step::of(what, &release.version, declared.is_observed());
        if let Some(mut step) = step.filter(|step| !step.is_over() || !self.has_another(declared, release)) {
            if step.url.is_none() {
                step = step.at(self.pulls.borrow().get(environment).map(String::as_str));
            }
            self.show(environment, release, &step);
        }
        match what {
            What::Proposed { replaced: Some(before), .. } => self.replaced(environment, before, release),
            What::Merged { commit } | What::Rollout(rollout::Event::Merged { commit }) => {
                self.replaced_by_merge(declared, *commit, release);
            }
            What::Ended(result) if result.outcome != Outcome::Unchanged => {
                result.merged.iter().for_each(|commit| self.replaced_by_merge(declared, *commit, release));
            }
            _ => {}
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

    /// Whether another release from the same commit is deployed or proposed: what is shown there is about
    /// that one.
    fn has_another(&self, environment: &Environment, release: &Release) -> bool {
        let is_another = |destination: &Destination, commit: Oid| -> Result<bool> {
            let found = destination.deployment(commit)?.map(|deployed| deployed.release());
            Ok(found.is_some_and(|it| it.commit == release.commit && it.version != release.version))
        };
        // What cannot be read is for those to say who deploy it.
        let find = || -> Result<bool> {
            let destination = self.destinations.open(environment)?;
            let open = destination.newest_pull()?.filter(PullRequest::is_open);
            let proposed = open.map_or(Ok(false), |pull| is_another(&destination, pull.head_commit))?;
            Ok(proposed || is_another(&destination, destination.base_tip()?)?)
        };
        !self.is_off.get() && release.commit.is_some() && find().unwrap_or_default()
    }

    /// The same for the release that was deployed before a merge, which may never have been verified.
    fn replaced_by_merge(&self, environment: &Environment, commit: Oid, by: &Release) {
        if self.is_off.get() || !self.merges.borrow_mut().insert(commit) {
            return;
        }
        // What cannot be read is for those to say who deploy it.
        let before = || -> Result<Option<Release>> {
            let destination = self.destinations.open(environment)?;
            let Some(parent) = destination.repository.parents(commit)?.first().copied() else {
                return Ok(None);
            };
            Ok(destination.deployment(parent)?.map(|deployed| deployed.release()))
        };
        if let Ok(Some(before)) = before() {
            self.replaced(&environment.name, &before, by);
        }
    }

    /// Ends what is shown of a release that no run will follow any more.
    fn replaced(&self, environment: &str, before: &Release, by: &Release) {
        let Some(commit) = source_commit(before).filter(|_| before.commit != by.commit) else { return };
        let Some(context) = self.destinations.pipeline.source.statuses.get(environment) else { return };
        let mut waits = false;
        self.attempt("source statuses", |forge| {
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
        let (description, url) = (shorten(&one_line(&secrets::redact(&step.text)), DESCRIPTION), &step.url);
        if let Some(context) = source.statuses.get(environment) {
            let status = NewStatus {
                context: context.clone(),
                state: step.state,
                description: description.clone(),
                target_url: url.clone(),
            };
            self.attempt("source statuses", |forge| write(forge, commit, &status));
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
        let forge = self.forge.get_or_init(|| {
            let opened = open_source_forge(self.destinations.pipeline, &self.destinations.access);
            opened.map_err(|error| Diagnostic::line(&error))
        });
        let error = match forge {
            Ok(forge) => match act(&**forge) {
                Ok(()) => return,
                Err(error) => Diagnostic::line(&error),
            },
            Err(error) => {
                self.is_off.set(true);
                error.clone()
            }
        };
        if self.told.borrow_mut().insert(what) {
            (self.destinations.access.notify)(&format!(
                "cannot write {what}: {error}; the promotion goes on"
            ));
        }
    }
}

/// The commit of a release, if it is one, in full: files that are in no commit have none.
fn source_commit(release: &Release) -> Option<Oid> {
    let commit = release.commit.as_deref()?;
    Oid::from_str(commit).ok().filter(|id| id.to_string() == commit)
}

/// Writes a status, unless the newest one says the same. What has ended without a result has ended:
/// another run would only say so in other words.
fn write(forge: &dyn Forge, commit: Oid, status: &NewStatus) -> Result<()> {
    match newest(forge, commit, &status.context)? {
        Some((state, text)) if (state, &text) == (status.state, &status.description) => Ok(()),
        Some((StatusState::Error, _)) if status.state == StatusState::Error => Ok(()),
        _ => forge.set_commit_status(commit, status),
    }
}

/// What the newest status of a context says.
fn newest(forge: &dyn Forge, commit: Oid, context: &str) -> Result<Option<(StatusState, String)>> {
    let found = forge.plain_statuses(commit)?.into_iter().find(|status| status.context == context);
    Ok(found.map(|status| (status.state, status.description)))
}
