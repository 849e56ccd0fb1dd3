//! Propose: turns a rendering into one commit on one branch, and one pull request.
//!
//! [`propose`] reads the base branch, the head branch and the pull request, and does what is
//! missing. It depends only on what it reads, so the next run completes a run that was killed. If a
//! compare-and-swap fails because somebody was faster, it starts again: the rendering is put on the
//! new base, never merged as text.
//!
//! - `deployed`: what the base branch says is deployed, with its files
//! - `draft`: what will stand there if the proposal is merged, and the steps that propose it
//! - [`identity`]: what the head of the branch is: Towline's, or somebody's work
//! - [`owner`]: whose the application's name is
//! - [`mod@settle`]: a release that is there already
//! - [`hold`]: a release that was rolled back
//! - [`recorded`]: what was proposed or deployed, as a rendering
//! - [`ownership`]: which files may be written and deleted
//! - [`edited`]: what becomes of files that are only edited
//! - [`package`]: that a promoted chart is the same
//! - [`changes`]: what is different, resource by resource
//! - [`mod@body`]: the pull request's text
//! - [`mod@remove`]: a proposal that takes everything out
//! - [`besides`]: what a merge brought besides what was rendered
//! - [`repropose`]: a proposal that is put onto a new base

pub mod besides;
mod body;
pub mod changes;
mod current_state;
mod deployed;
mod draft;
mod edited;
pub mod hold;
pub mod identity;
pub mod leftover;
pub mod merge;
mod options;
mod owner;
mod ownership;
mod package;
mod proposal;
pub mod recorded;
mod remove;
pub mod repropose;
mod settle;
mod tree;

use anyhow::{Context, Result};

pub use self::body::Text;
pub use self::changes::Changes;
use self::current_state::CurrentState;
use self::draft::Draft;
pub use self::options::ProposeOptions;
pub use self::ownership::drift_in;
pub use self::proposal::Proposal;
pub use self::remove::remove;
pub use self::settle::settle;
use crate::forge::{Forge, PullRequest, PullState};
use crate::git::{Backoff, Marker, Trailers, add_overrides};
use crate::gitops::{Content, Destination};
use crate::release::Release;
use crate::render::Rendering;
use crate::rollout::withdrawal;
use crate::vocabulary::Diagnostic;

/// The message of the commit that merges a pull request.
pub fn merge_message(
    forge: &dyn Forge,
    pull: &PullRequest,
    trailers: &Trailers,
    overrides: &[String],
) -> String {
    add_overrides(trailers.append_to(&forge.merge_subject(pull.number, &pull.title)), overrides)
}

/// The text of a proposal's pull request, whose body has at most `limit` bytes.
pub fn text(proposal: &Proposal, release: &Release, limit: usize) -> Result<Text> {
    let marker = Marker {
        trailers: proposal.trailers.clone(),
        commit: proposal.commit,
        pushed: false,
        replaces: None,
        replaced: false,
        overrides: proposal.changes.overrides.clone(),
    };
    body::text(&marker, release, &proposal.changes, body::Beside::default(), limit)
}

/// Begins a look that lasts until something is pushed: [`settle()`] and [`propose`] see the same state in it, and
/// ask for it once. The pull requests come before the branches: if one is merged between the two, the base
/// has it already. The other way round, it would be proposed a second time.
pub fn look<'d>(destination: &'d Destination) -> impl Sized + use<'d> {
    let look = destination.look();
    // Where it fails, what git says of the repository comes first, and tells more.
    let is_known = current_state::newest_pull(destination).is_ok();
    let branches = [destination.base_branch(), &destination.head_branch()];
    (look, is_known.then(|| destination.repository.look(&branches)))
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
    let _look = look(destination);
    let current = CurrentState::observe(destination, rendering)?;
    owner::refuse_another(current.deployed.as_ref(), current.proposed(), rendering, options)?;
    let draft = Draft::new(destination, rendering, &current, options)?;
    let head = current.identify(destination, rendering, &draft.trailers)?;
    let head = head.as_ref();
    if draft.tree == destination.repository.tree_id(current.base)? {
        current.close_pointless(destination, &rendering.release, head, options)?;
        return Ok(Some(draft.unchanged(destination)));
    }
    if let Some((version, where_)) = current.newer(rendering, options)? {
        return Ok(Some(draft.superseded(&current, &version, where_)));
    }
    if !draft.trailers.is_removal() {
        current.refuse_removal(destination, head)?;
        current.refuse_rolled_back(rendering, options)?;
        hold::refuse_held(destination, rendering, options)?;
    }
    if !options.again {
        refuse_withdrawn(destination, rendering)?;
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
        overrides: options.overrides.to_vec(),
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
    let Some(pull) = draft.open(destination, rendering, &current, &marker, options)? else { return Ok(None) };
    close_former(destination, &pull)?;
    let replaced = current.proposed_before(&rendering.release).map(Box::new);
    let is_known = current.open_pull().is_some_and(|open| open.number == pull.number);
    let is_new = !is_known || replaced.is_some();
    Ok(Some(Proposal { replaced, is_new, ..draft.done(pull, commit) }))
}

/// People took it out, and proposing it once more is no new release.
fn refuse_withdrawn(destination: &Destination, rendering: &Rendering) -> Result<()> {
    match withdrawal::of_content(destination, &Content::of(&rendering.files)?)? {
        Some(found) => Err(Diagnostic::refused(found.describe())
            .hint("propose a newer release, or this one again with `--again`")
            .into()),
        None => Ok(()),
    }
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
