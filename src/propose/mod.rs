//! Propose: turns a rendering into one commit on one branch, and one pull request.
//!
//! [`propose`] reads the base branch, the head branch and the pull request, and does what is
//! missing. It depends only on what it reads, so the next run completes a run that was killed. If a
//! compare-and-swap fails because somebody was faster, it starts again: the rendering is put on the
//! new base, never merged as text.
//!
//! - `deployed`: what the base branch says is deployed, with its files
//! - [`ownership`]: which files may be written and deleted
//! - [`edited`]: what becomes of files that are only edited
//! - [`package`]: that a promoted chart is the same
//! - [`changes`]: what is different, resource by resource
//! - [`mod@body`]: the pull request's text
//! - [`repropose`]: a proposal that is put onto a new base

mod body;
pub mod changes;
mod current_state;
mod deployed;
mod edited;
pub mod merge;
mod options;
mod ownership;
mod package;
pub mod repropose;

use anyhow::{Context, Result};
use git2::Oid;

pub use self::body::Text;
pub use self::changes::Changes;
use self::current_state::CurrentState;
pub use self::options::ProposeOptions;
pub use self::ownership::drift_in;
use crate::forge::{Forge, NewPullRequest, PullRequest, PullState};
use crate::git::{Backoff, Edits, NewCommit, Trailers, Update};
use crate::gitops::Destination;
use crate::release::Release;
use crate::render::Rendering;
use crate::vocabulary::{Diagnostic, Outcome};

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
    body::text(&proposal.trailers, release, &proposal.changes, limit)
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
    let draft = Draft::new(destination, rendering, &current)?;
    if draft.tree == destination.repository.tree_id(current.base)? {
        current.close_pointless(destination, &rendering.release, options)?;
        return Ok(Some(draft.unchanged(destination)));
    }
    if let Some((version, where_)) = current.newer(rendering, options) {
        return Ok(Some(draft.superseded(&current, &version, where_)));
    }
    if !options.force {
        current.refuse_peoples_commits(destination)?;
    }
    draft.refuse_drift(destination, rendering, &current, options)?;
    let Some(commit) = draft.commit(destination, rendering, &current)? else { return Ok(None) };
    let Some(pull) = draft.open(destination, rendering, &current, commit)? else { return Ok(None) };
    Ok(Some(draft.done(pull, commit)))
}

/// What will stand in the repository if this is merged.
struct Draft {
    base: Oid,
    tree: Oid,
    trailers: Trailers,
    changes: Changes,
}

impl Draft {
    fn new(destination: &Destination, rendering: &Rendering, current: &CurrentState) -> Result<Self> {
        let repository = &*destination.repository;
        let deployed = current.deployed.as_ref();
        package::refuse_another(repository, rendering)?;
        ownership::refuse_filters(repository, current.base, rendering)?;
        // These come first, because they know better why a chart cannot be released again.
        let edited = edited::files(repository, current.base, rendering)?;
        let (mut edits, drift) = ownership::edits(repository, current.base, deployed, rendering)?;
        edits.extend(edited.into_iter().map(|file| (file.after.path, Some(file.after.content))));
        let files = rendering.files.iter();
        let alone: Edits = files.map(|file| (file.path.clone(), Some(file.content.clone()))).collect();
        let trailers = Trailers {
            application: rendering.application.clone(),
            environment: rendering.environment.clone(),
            release: rendering.release.version.clone(),
            source_commit: rendering.release.commit.clone(),
            tree: repository.edit_tree(None, &alone)?,
        };
        Ok(Self {
            base: current.base,
            tree: repository.edit_tree(Some(repository.tree_id(current.base)?), &edits)?,
            trailers,
            changes: Changes { drift, ..Changes::since(repository, current.base, deployed, rendering)? },
        })
    }

    /// What people did by hand is undone only when somebody said so: now, or when the proposal that
    /// is there was made.
    fn refuse_drift(
        &self,
        destination: &Destination,
        rendering: &Rendering,
        current: &CurrentState,
        options: &ProposeOptions,
    ) -> Result<()> {
        let drift = &self.changes.drift;
        let wanted = options.overwrite_drift || destination.environment.drift_overwritten;
        if wanted || drift.is_empty() || current.reusable(destination, rendering, &self.trailers)?.is_some() {
            return Ok(());
        }
        ownership::refuse_drift(drift, &destination.environment.name)
    }

    /// The commit on the head branch: the one that is there when it still says the same, else a
    /// new one. Nothing when the branch moved.
    fn commit(
        &self,
        destination: &Destination,
        rendering: &Rendering,
        current: &CurrentState,
    ) -> Result<Option<Oid>> {
        if let Some(head) = current.reusable(destination, rendering, &self.trailers)? {
            return Ok(Some(head));
        }
        let commit = destination.repository.commit(NewCommit {
            tree: self.tree,
            parents: &[self.base],
            message: &self.message(&rendering.release),
            time: destination.clock.now(),
        })?;
        match destination.repository.update_branch(&destination.head_branch(), commit, current.head)? {
            Update::Done => Ok(Some(commit)),
            Update::Moved(_) => Ok(None),
        }
    }

    fn message(&self, release: &Release) -> String {
        let mut message = format!("{}\n\nResources: {}", body::title(&self.trailers), self.changes.summary());
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
        commit: Oid,
    ) -> Result<Option<PullRequest>> {
        let title = body::title(&self.trailers);
        let (forge, environment) = (&destination.forge, destination.environment);
        let limit = forge.body_limit();
        let Text { body, comment } = body::text(&self.trailers, &rendering.release, &self.changes, limit)?;
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
        let message = format!("proposed {}: {}", what(&self.trailers), pull.url);
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
        let Self { base, changes, trailers, .. } = self;
        Proposal { outcome, pull, commit, base, changes, trailers, message }
    }
}

fn what(trailers: &Trailers) -> String {
    format!("{} {} for {}", trailers.application, trailers.release, trailers.environment)
}
