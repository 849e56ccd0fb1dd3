//! Draft: what will stand in the repository if a proposal is merged, and the steps that propose it.

use anyhow::Result;
use git2::Oid;

use super::body::{self, Beside, Text};
use super::changes::Changes;
use super::current_state::CurrentState;
use super::identity::Head;
use super::options::ProposeOptions;
use super::proposal::Proposal;
use super::tree::{is_record_only, tree_on};
use super::{ownership, package};
use crate::config::Environment;
use crate::forge::{NewPullRequest, PullRequest, PullState};
use crate::git::{Edits, Marker, NewCommit, Replaced, Trailers, Update, add_overrides};
use crate::gitops::Destination;
use crate::release::Release;
use crate::render::RingRecord;
use crate::render::{Rendering, unjudged};
use crate::secrets;
use crate::vocabulary::{Diagnostic, Outcome, text};

/// What will stand in the repository if this is merged.
pub(super) struct Draft {
    base: Oid,
    pub(super) tree: Oid,
    pub(super) trailers: Trailers,
    changes: Changes,
    manifests_changed: bool,
    /// The ring that it is for.
    ring: Option<RingRecord>,
}

/// The label of a pull request that changes nothing but variables.
const CONFIGURATION: &str = "configuration";

/// As many characters as the title of a pull request may have on every forge.
const TITLE: usize = 255;

impl Draft {
    pub(super) fn new(
        destination: &Destination,
        rendering: &Rendering,
        current: &CurrentState,
        options: &ProposeOptions,
    ) -> Result<Self> {
        let repository = &*destination.repository;
        let deployed = current.deployed.as_ref();
        package::refuse_another(repository, rendering)?;
        ownership::refuse_filters(repository, current.base, rendering)?;
        let (tree, drift) = tree_on(repository, current.base, deployed, rendering)?;
        let files = rendering.files.iter();
        let alone: Edits = files.map(|file| (file.path.clone(), Some(file.content.clone()))).collect();
        let trailers = Trailers {
            application: rendering.application.clone(),
            environment: rendering.environment.clone(),
            release: rendering.release.version.clone(),
            source_commit: rendering.release.commit.clone(),
            tree: repository.edit_tree(None, &alone)?,
        };
        let unjudged = unjudged::line(destination.environment, &rendering.targets);
        let overrides = options.overrides.to_vec();
        let changes = Changes::since(repository, current.base, deployed, rendering)?;
        let left_to_people =
            changes.left_to_people(&destination.environment.merge, &rendering.release.images);
        let changes = Changes { drift, unjudged, overrides, left_to_people, ..changes };
        let manifests_changed =
            deployed.is_none() || !is_record_only(repository, current.base, tree, rendering)?;
        let ring = rendering.ring.clone();
        Ok(Self { base: current.base, tree, trailers, changes, manifests_changed, ring })
    }

    fn title(&self) -> String {
        let title = body::title(&self.trailers, &self.changes, self.ring.as_ref());
        if self.manifests_changed { title } else { format!("{title} (no manifest changes)") }
    }

    /// What people did by hand is undone only when somebody said so: now, or when the proposal that
    /// is there was made.
    pub(super) fn refuse_drift(&self, destination: &Destination, options: &ProposeOptions) -> Result<()> {
        let drift = &self.changes.drift;
        let wanted = options.overwrite_drift || destination.environment.drift_overwritten;
        if wanted || drift.is_empty() {
            return Ok(());
        }
        ownership::refuse_drift(drift, &destination.environment.name)
    }

    /// The open pull request, if it proposes something else and people have reviewed it, or the
    /// forge is to merge it: what they said was not about this. The same on a new base has to be
    /// approved anew, where it is to be merged without people and the forge does not tell what
    /// they approved.
    pub(super) fn reviewed<'c>(
        &self,
        destination: &Destination,
        current: &'c CurrentState,
        head: Option<&Head>,
    ) -> Option<&'c PullRequest> {
        let pull = current.open_pull()?;
        let is_same = matches!(head, Some(Head::Ours(ours)) if ours.trailers == self.trailers);
        let is_auto = destination.environment.merge.may_merge();
        if is_same && (destination.forge.dates_approvals() || !is_auto) {
            return None;
        }
        // Whoever may not ask cannot tell that nobody reviewed it.
        let readiness = destination.forge.merge_readiness(pull.number);
        let is_about_it = readiness.map(|it| match is_same {
            true => !it.approved_by.is_empty(),
            false => it.is_reviewed(),
        });
        is_about_it.unwrap_or(!is_same).then_some(pull)
    }

    /// Closes a pull request in favour of the one to open. Its body says so first, so that a run
    /// that is killed in between is continued.
    pub(super) fn replace(&self, destination: &Destination, pull: &PullRequest) -> Result<Replaced> {
        let forge = &destination.forge;
        forge.cancel_merge(pull.number)?;
        if let Some(marker) = Marker::parse(&pull.body) {
            let marked = Marker { replaced: true, ..marker }.put_into(&pull.body)?;
            forge.update_pull(pull.number, &pull.title, &marked)?;
        }
        let why = format!(
            "{} gets a pull request of its own, because this one was reviewed or was to be merged",
            what(&self.trailers)
        );
        forge.close_pull(pull.number, &why)?;
        Ok(Replaced { number: pull.number, url: pull.url.clone() })
    }

    /// A new commit on the head branch. Nothing when the branch moved.
    pub(super) fn commit(
        &self,
        destination: &Destination,
        rendering: &Rendering,
        current: &CurrentState,
    ) -> Result<Option<Oid>> {
        let commit = destination.repository.commit(NewCommit {
            tree: self.tree,
            parents: &[self.base],
            message: &self.message(&rendering.release),
            time: destination.clock.now(),
        })?;
        let updated = destination.repository.update_branch(&destination.head_branch(), commit, current.head);
        match updated.or_else(|error| Err(in_the_way(destination)?.map_or(error, anyhow::Error::from)))? {
            Update::Done => Ok(Some(commit)),
            Update::Moved(_) | Update::Outdated => Ok(None),
        }
    }

    fn message(&self, release: &Release) -> String {
        let mut message = format!("{}\n\nResources: {}", self.title(), self.changes.summary());
        for (name, value) in [("Build", &release.build), ("Repository", &release.repository)] {
            if let Some(value) = value {
                message += &format!("\n{name}: {}", value.replace(char::is_control, " "));
            }
        }
        add_overrides(self.trailers.append_to(&message), &self.changes.overrides)
    }

    /// Who merges it, and what people type.
    fn next(&self, destination: &Destination) -> String {
        let Trailers { environment, .. } = &self.trailers;
        let merges = destination.environment.merge.may_merge() && self.changes.left_to_people.is_none();
        let status = text::code_span(&format!("towline status {environment}"));
        match merges {
            true => format!("Towline merges this. {status} shows what it waits for."),
            false => {
                let merge = text::code_span(&format!("towline merge {environment}"));
                format!("Merge this here or with {merge}. {status} shows what follows.")
            }
        }
    }

    /// Opens the pull request, or brings the open one up to date. Nothing when the head or the
    /// base branch went on in the meantime.
    pub(super) fn open(
        &self,
        destination: &Destination,
        rendering: &Rendering,
        current: &CurrentState,
        marker: &Marker,
        options: &ProposeOptions,
    ) -> Result<Option<PullRequest>> {
        let Some(commit) = marker.commit else { return Ok(None) };
        let title = text::shorten(&secrets::redact(&self.title()), TITLE);
        let (forge, environment) = (&destination.forge, destination.environment);
        let limit = forge.body_limit();
        let next = self.next(destination);
        let beside = Beside { verified: options.verified, next: Some(&next) };
        let Text { body, comment } = body::text(marker, &rendering.release, &self.changes, beside, limit)?;
        if comment.is_none() {
            self.end_comment(destination, current)?;
        }
        // What went on in the meantime is seen from here on.
        destination.repository.end_look();
        let opened = forge.open_pull(&NewPullRequest {
            open: current.open_pull().filter(|_| marker.replaces.is_none()).map(|pull| pull.number),
            head: destination.head_branch(),
            base: destination.base_branch().to_owned(),
            head_commit: commit,
            title,
            body,
            labels: self.labels(environment),
            reviewers: environment.reviewers.clone(),
        });
        match opened {
            Ok(pull) if pull.state == PullState::Open && pull.head_commit == commit => {
                comment.map_or(Ok(()), |rest| forge.sticky_comment(pull.number, &rest))?;
                if let Some(replaced) = &marker.replaces {
                    let link =
                        format!("Replaced by {}, which proposes {}.\n", pull.url, what(&self.trailers));
                    forge.sticky_comment(replaced.number, &link)?;
                }
                Ok(Some(pull))
            }
            Ok(_) => Ok(None),
            // Another run of the same release may have merged it already.
            Err(_) if destination.base_tip()? != current.base => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn labels(&self, environment: &Environment) -> Vec<String> {
        let configuration = self.changes.configuration.is_some().then(|| CONFIGURATION.to_owned());
        environment.labels.iter().cloned().chain(configuration).collect()
    }

    /// Takes back what a comment still tells of an older proposal. That comes before the body that
    /// tells of the comment is replaced, so that a run that is killed in between leaves it to the
    /// next.
    fn end_comment(&self, destination: &Destination, current: &CurrentState) -> Result<()> {
        match current.open_pull().filter(|pull| body::is_continued(&pull.body)) {
            Some(pull) => {
                destination.forge.sticky_comment(pull.number, &body::obsolete_comment(&self.trailers))
            }
            None => Ok(()),
        }
    }

    pub(super) fn done(self, pull: PullRequest, commit: Oid) -> Proposal {
        let unchanged = if self.manifests_changed { "" } else { " (no manifest changes)" };
        let Trailers { application, environment, release, .. } = &self.trailers;
        let message = match &self.changes.rollback {
            _ if self.trailers.is_removal() => {
                format!("proposed to remove {application} from {environment}: {}", pull.url)
            }
            Some(rollback) => format!(
                "proposed to roll back {application} from {} to {release} in {environment}: {}{unchanged}",
                rollback.from.describe(),
                pull.url
            ),
            None => format!("proposed {}: {}{unchanged}", what(&self.trailers), pull.url),
        };
        self.end(Outcome::Done, Some(pull), Some(commit), message)
    }

    pub(super) fn unchanged(self, destination: &Destination) -> Proposal {
        let branch = destination.base_branch();
        let message = format!("nothing to propose: {branch} already has {}", what(&self.trailers));
        self.end(Outcome::Unchanged, None, None, message)
    }

    pub(super) fn superseded(self, current: &CurrentState, version: &str, where_: &str) -> Proposal {
        let message = match &self.changes.rollback {
            Some(rollback) => {
                let Trailers { environment, .. } = &self.trailers;
                format!("{version} has taken the place of {} in {environment}", rollback.from.describe())
            }
            None => format!("{} is older than {version}, which is already {where_}", what(&self.trailers)),
        };
        self.end(Outcome::Superseded, current.open_pull().cloned(), None, message)
    }

    fn end(
        self,
        outcome: Outcome,
        pull: Option<PullRequest>,
        commit: Option<Oid>,
        message: String,
    ) -> Proposal {
        let Self { base, changes, trailers, manifests_changed, .. } = self;
        Proposal {
            outcome,
            pull,
            commit,
            base,
            changes,
            manifests_changed,
            trailers,
            is_new: false,
            replaced: None,
            message,
        }
    }
}

/// A branch that git cannot have beside the head branch, because that would be below it.
fn in_the_way(destination: &Destination) -> Result<Option<Diagnostic>> {
    let head = destination.head_branch();
    for (end, _) in head.match_indices('/') {
        let branch = &head[..end];
        if destination.repository.find_branch(branch)?.is_some() {
            let message = format!("the branch `{branch}` is in the way of {head}");
            return Ok(Some(Diagnostic::refused(message).hint(format!(
                "rename or delete `{branch}` in the GitOps repository: git has no branch below another"
            ))));
        }
    }
    Ok(None)
}

fn what(trailers: &Trailers) -> String {
    format!("{} {} for {}", trailers.application, trailers.release, trailers.environment)
}
