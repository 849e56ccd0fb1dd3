//! Propose: turns a rendering into one commit on one branch, and one pull request.
//!
//! [`propose`] reads the base branch, the head branch and the pull request, and does what is
//! missing. It depends only on what it reads, so the next run completes a run that was killed. If a
//! compare-and-swap fails because somebody was faster, it starts again: the rendering is put on the
//! new base, never merged as text.
//!
//! - `deployed`: what the base branch says is deployed, with its files
//! - [`identity`]: what the head of the branch is: Towline's, or somebody's work
//! - [`owner`]: whose the application's name is
//! - [`mod@settle`]: a release that is there already
//! - [`ownership`]: which files may be written and deleted
//! - [`edited`]: what becomes of files that are only edited
//! - [`package`]: that a promoted chart is the same
//! - [`changes`]: what is different, resource by resource
//! - [`mod@body`]: the pull request's text
//! - [`mod@remove`]: a proposal that takes everything out
//! - [`repropose`]: a proposal that is put onto a new base

mod body;
pub mod changes;
mod current_state;
mod deployed;
mod edited;
pub mod identity;
pub mod merge;
mod options;
mod owner;
mod ownership;
mod package;
mod remove;
pub mod repropose;
mod settle;
mod tree;

use anyhow::{Context, Result};
use git2::Oid;

pub use self::body::Text;
pub use self::changes::Changes;
use self::current_state::CurrentState;
use self::identity::Head;
pub use self::options::ProposeOptions;
pub use self::ownership::drift_in;
pub use self::remove::remove;
pub use self::settle::settle;
use self::tree::{is_record_only, tree_on};
use crate::config::MergePolicy;
use crate::forge::{Forge, NewPullRequest, PullRequest, PullState};
use crate::git::{Backoff, Edits, Marker, NewCommit, Replaced, Trailers, Update};
use crate::gitops::Destination;
use crate::release::Release;
use crate::render::Rendering;
use crate::vocabulary::{Diagnostic, Outcome, text};

/// How a proposal ended.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// `Done`: the pull request is open. `Unchanged`: the base branch has the rendering already.
    /// `Superseded`: a newer release is deployed or proposed.
    pub outcome: Outcome,
    /// The open pull request: ours, or the newer one.
    pub pull: Option<PullRequest>,
    /// The commit that is proposed, the tip of the head branch.
    pub commit: Option<Oid>,
    /// The base branch's commit that all this is about.
    pub base: Oid,
    pub changes: Changes,
    /// Whether more than the descriptor differs from what is deployed.
    pub manifests_changed: bool,
    pub trailers: Trailers,
    /// One sentence for people, without a period.
    pub message: String,
}

/// The message of the commit that merges a pull request.
pub fn merge_message(forge: &dyn Forge, pull: &PullRequest, trailers: &Trailers) -> String {
    trailers.append_to(&forge.merge_subject(pull.number, &pull.title))
}

/// The text of a proposal's pull request, whose body has at most `limit` bytes.
pub fn text(proposal: &Proposal, release: &Release, limit: usize) -> Result<Text> {
    let marker = Marker {
        trailers: proposal.trailers.clone(),
        commit: proposal.commit,
        pushed: false,
        replaces: None,
        replaced: false,
    };
    body::text(&marker, release, &proposal.changes, limit)
}

/// Proposes a rendering.
pub fn propose(
    destination: &Destination,
    rendering: &Rendering,
    options: &ProposeOptions,
) -> Result<Proposal> {
    let Rendering { application, environment, .. } = rendering;
    for () in Backoff::default() {
        let attempt = attempt(destination, rendering, options);
        if let Some(proposal) =
            attempt.with_context(|| format!("cannot propose {application} for {environment}"))?
        {
            return Ok(proposal);
        }
    }
    Err(Diagnostic::new(format!(
        "cannot propose {application} for {environment}: gave up because {} kept changing",
        destination.repository.location()
    ))
    .hint("retry later")
    .into())
}

/// One look, and what follows from it. Nothing when somebody was faster.
fn attempt(
    destination: &Destination,
    rendering: &Rendering,
    options: &ProposeOptions,
) -> Result<Option<Proposal>> {
    let current = CurrentState::observe(destination, rendering)?;
    owner::refuse_another(current.deployed.as_ref(), current.proposed(), rendering, options)?;
    let draft = Draft::new(destination, rendering, &current)?;
    let head = current.identify(destination, rendering, &draft.trailers)?;
    let head = head.as_ref();
    if draft.tree == destination.repository.tree_id(current.base)? {
        current.close_pointless(destination, &rendering.release, head, options)?;
        return Ok(Some(draft.unchanged(destination)));
    }
    if let Some((version, where_)) = current.newer(rendering, options)? {
        return Ok(Some(draft.superseded(&current, &version, where_)));
    }
    if !options.force {
        current.refuse_peoples_commits(destination, head)?;
    }
    let reusable = current.reusable(destination, rendering, (head, &draft.trailers), options)?;
    if reusable.is_none() {
        draft.refuse_drift(destination, options)?;
    }
    let before = current.marker();
    let mut marker = Marker {
        trailers: draft.trailers.clone(),
        commit: reusable,
        // Of a marker that is lost, it cannot be told.
        pushed: current.open_pull().is_some()
            && before.is_none_or(|before| before.pushed || before.commit != reusable),
        replaces: current.replaces(),
        replaced: false,
    };
    if reusable.is_none() {
        if let Some(pull) = draft.reviewed(destination, &current, head) {
            marker.replaces = Some(draft.replace(destination, pull)?);
            marker.pushed = false;
        } else if let Some(pull) = current.open_pull() {
            // The forge was to merge what was there before.
            destination.forge.cancel_merge(pull.number)?;
        }
        let Some(commit) = draft.commit(destination, rendering, &current)? else { return Ok(None) };
        marker.commit = Some(commit);
    }
    let Some(commit) = marker.commit else { return Ok(None) };
    let Some(pull) = draft.open(destination, rendering, &current, &marker)? else { return Ok(None) };
    close_former(destination, &pull)?;
    Ok(Some(draft.done(pull, commit)))
}

/// Closes the proposal that has the name that the application or environment had before.
fn close_former(destination: &Destination, pull: &PullRequest) -> Result<()> {
    let Some(head) = destination.former_head_branch() else { return Ok(()) };
    let former = destination.forge.find_pull(&head, destination.base_branch())?;
    match former.filter(|former| former.state == PullState::Open) {
        Some(former) => {
            let why = format!("renamed: {} replaces it", pull.url);
            destination.forge.close_pull(former.number, &why)
        }
        None => Ok(()),
    }
}

/// What will stand in the repository if this is merged.
struct Draft {
    base: Oid,
    tree: Oid,
    trailers: Trailers,
    changes: Changes,
    manifests_changed: bool,
}

/// As many characters as the title of a pull request may have on every forge.
const TITLE: usize = 255;

impl Draft {
    fn new(destination: &Destination, rendering: &Rendering, current: &CurrentState) -> Result<Self> {
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
        let changes = Changes { drift, ..Changes::since(repository, current.base, deployed, rendering)? };
        let manifests_changed =
            deployed.is_none() || !is_record_only(repository, current.base, tree, rendering)?;
        Ok(Self { base: current.base, tree, trailers, changes, manifests_changed })
    }

    fn title(&self) -> String {
        let title = body::title(&self.trailers);
        if self.manifests_changed { title } else { format!("{title} (no manifest changes)") }
    }

    /// What people did by hand is undone only when somebody said so: now, or when the proposal that
    /// is there was made.
    fn refuse_drift(&self, destination: &Destination, options: &ProposeOptions) -> Result<()> {
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
    fn reviewed<'c>(
        &self,
        destination: &Destination,
        current: &'c CurrentState,
        head: Option<&Head>,
    ) -> Option<&'c PullRequest> {
        let pull = current.open_pull()?;
        let is_same = matches!(head, Some(Head::Ours(ours)) if ours.trailers == self.trailers);
        let is_auto = destination.environment.merge == MergePolicy::Auto;
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
    fn replace(&self, destination: &Destination, pull: &PullRequest) -> Result<Replaced> {
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
    fn commit(
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
            Update::Moved(_) => Ok(None),
        }
    }

    fn message(&self, release: &Release) -> String {
        let mut message = format!("{}\n\nResources: {}", self.title(), self.changes.summary());
        for (name, value) in [("Build", &release.build), ("Repository", &release.repository)] {
            if let Some(value) = value {
                message += &format!("\n{name}: {}", value.replace(char::is_control, " "));
            }
        }
        self.trailers.append_to(&message)
    }

    /// Opens the pull request, or brings the open one up to date. Nothing when the head or the
    /// base branch went on in the meantime.
    fn open(
        &self,
        destination: &Destination,
        rendering: &Rendering,
        current: &CurrentState,
        marker: &Marker,
    ) -> Result<Option<PullRequest>> {
        let Some(commit) = marker.commit else { return Ok(None) };
        let title = text::shorten(&self.title(), TITLE);
        let (forge, environment) = (&destination.forge, destination.environment);
        let limit = forge.body_limit();
        let Text { body, comment } = body::text(marker, &rendering.release, &self.changes, limit)?;
        if comment.is_none() {
            self.end_comment(destination, current)?;
        }
        let opened = forge.open_pull(&NewPullRequest {
            head: destination.head_branch(),
            base: destination.base_branch().to_owned(),
            head_commit: commit,
            title,
            body,
            labels: environment.labels.clone(),
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

    fn done(self, pull: PullRequest, commit: Oid) -> Proposal {
        let unchanged = if self.manifests_changed { "" } else { " (no manifest changes)" };
        let message = match self.trailers.is_removal() {
            true => {
                let Trailers { application, environment, .. } = &self.trailers;
                format!("proposed to remove {application} from {environment}: {}", pull.url)
            }
            false => format!("proposed {}: {}{unchanged}", what(&self.trailers), pull.url),
        };
        self.end(Outcome::Done, Some(pull), Some(commit), message)
    }

    fn unchanged(self, destination: &Destination) -> Proposal {
        let branch = destination.base_branch();
        let message = format!("nothing to propose: {branch} already has {}", what(&self.trailers));
        self.end(Outcome::Unchanged, None, None, message)
    }

    fn superseded(self, current: &CurrentState, version: &str, where_: &str) -> Proposal {
        let message = format!("{} is older than {version}, which is already {where_}", what(&self.trailers));
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
        Proposal { outcome, pull, commit, base, changes, manifests_changed, trailers, message }
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
