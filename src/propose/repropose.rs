//! Repropose: a proposal that cannot be merged onto its base as that is, put onto the new base from
//! what stands on its own branch. Rendering is deterministic, so the files there are what would be rendered again, and
//! whoever only awaits a proposal needs neither templates nor release to keep it mergeable.

use std::cmp::Ordering;

use anyhow::Result;
use git2::Oid;

use super::identity::{self, Head, Known};
use super::recorded::rendering_alone;
use super::{Changes, Proposal, ProposeOptions, propose};
use crate::forge::PullRequest;
use crate::git::Marker;
use crate::gitops::Destination;
use crate::release::{self, Release};
use crate::render::Rendering;
use crate::render::ownership::Drift;

/// Proposes once more what `pull` proposes. Nothing where its branch does not tell all of it: people
/// have committed there, or to its files on the base branch, it edits files of others, which are other
/// files by now, or it holds secrets, which only the variables tell from other values.
pub fn repropose(destination: &Destination, pull: &PullRequest) -> Result<Option<Proposal>> {
    if destination.environment.secrets_allowed {
        return Ok(None);
    }
    let Some(Head::Ours(ours)) = head(destination, pull)? else { return Ok(None) };
    let Some(proposed) = destination.deployment(pull.head_commit)? else { return Ok(None) };
    let Some(rendering) = rendering_alone(destination, &proposed, pull.head_commit)? else { return Ok(None) };
    if !destination.environment.drift_overwritten && undoes_more(destination, ours.below, &rendering)? {
        return Ok(None);
    }
    let allow_older = was_older(destination, ours.below, &rendering.release)?;
    let options = ProposeOptions {
        allow_older,
        // What it undoes and takes over, it was proposed to.
        overwrite_drift: true,
        take_over: true,
        release_hold: true,
        on_tip: true,
        again: true,
        ..ProposeOptions::default()
    };
    propose(destination, &rendering, &options).map(Some)
}

/// Whether people changed something by hand, since it was proposed, that it would undo now.
fn undoes_more(destination: &Destination, below: Option<Oid>, rendering: &Rendering) -> Result<bool> {
    let repository = &*destination.repository;
    let undone = |commit: Oid| -> Result<Vec<(Drift, Option<Oid>)>> {
        let drift = Changes::between(destination, commit, rendering)?.drift;
        drift.into_iter().map(|it| Ok((it.clone(), repository.entry_id(commit, &it.path)?))).collect()
    };
    let accepted = below.map(undone).transpose()?.unwrap_or_default();
    Ok(undone(destination.base_tip()?)?.iter().any(|edit| !accepted.contains(edit)))
}

/// The commits of people on the branch of an open pull request, if there are some.
pub fn peoples_commits(destination: &Destination, pull: &PullRequest) -> Result<Option<Vec<Oid>>> {
    Ok(match head(destination, pull)? {
        Some(Head::Peoples(commits)) => Some(commits),
        _ => None,
    })
}

fn head(destination: &Destination, pull: &PullRequest) -> Result<Option<Head>> {
    let marker = Marker::parse(&pull.body);
    let known = Known { marker: marker.as_ref(), rendering: None };
    identity::identify(destination, destination.base_tip()?, pull.head_commit, &known)
}

/// Whether what it was proposed to take the place of was newer: then somebody wanted it so.
fn was_older(destination: &Destination, below: Option<Oid>, proposed: &Release) -> Result<bool> {
    let Some(below) = below else { return Ok(false) };
    let Some(deployed) = destination.deployment(below)? else { return Ok(false) };
    Ok(release::order(proposed, &deployed.release(), None) == Some(Ordering::Less))
}
