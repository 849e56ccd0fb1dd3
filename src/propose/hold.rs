//! Hold: a release that was rolled back is not proposed again by itself. The hold ends with a newer release, or
//! when somebody lifts it. An open proposal of the release is somebody who did.

use std::cmp::Ordering;
use std::path::Path;

use anyhow::Result;

use super::options::ProposeOptions;
use crate::forge::PullRequest;
use crate::gitops::{Deployment, Destination, Hold};
use crate::release::{self, Release};
use crate::render::Rendering;
use crate::render::taken_out::TakenOut;
use crate::vocabulary::Diagnostic;

/// What lifts a hold, for hints.
pub const HINT: &str = "promote a newer release, or lift the hold with `--release-hold`";

/// The hold that keeps a release out, if there is one.
pub fn hold_on(
    destination: &Destination,
    rendering: &Rendering,
    options: &ProposeOptions,
) -> Result<Option<Hold>> {
    // People say which release a rollback brings back.
    if options.release_hold || rendering.rollback.is_some() {
        return Ok(None);
    }
    let (release, tip) = (&rendering.release, destination.base_tip()?);
    let deployed = destination.deployment(tip)?;
    if deployed.is_none_or(|it| it.descriptor.hold_on(release).is_none())
        || is_proposed(destination, release)?
    {
        return Ok(None);
    }
    Ok(destination.holds(tip)?.into_iter().find(|hold| hold.release.is(release)))
}

fn is_proposed(destination: &Destination, release: &Release) -> Result<bool> {
    let Some(pull) = destination.newest_pull()?.filter(PullRequest::is_open) else { return Ok(false) };
    // People may have damaged the descriptor.
    let proposed = destination.deployment(pull.head_commit).ok().flatten();
    Ok(proposed.is_some_and(|it| TakenOut::new(release).is(&it.release())))
}

pub(super) fn refuse_held(
    destination: &Destination,
    rendering: &Rendering,
    options: &ProposeOptions,
) -> Result<()> {
    match hold_on(destination, rendering, options)? {
        Some(hold) => Err(Diagnostic::refused(format!("on hold: {}", hold.describe())).hint(HINT).into()),
        None => Ok(()),
    }
}

/// The holds that stay when `release` takes the place of `standing`: those of releases that are not known to be
/// older.
pub fn holds_after(standing: &Deployment, release: &Release, source: Option<&Path>) -> Vec<TakenOut> {
    stay_held(standing.descriptor.held().cloned(), release, source)
}

/// Those of the releases that are not known to be older than `release`.
pub fn stay_held(
    held: impl IntoIterator<Item = TakenOut>,
    release: &Release,
    source: Option<&Path>,
) -> Vec<TakenOut> {
    let stays = |held: &TakenOut| {
        let order = release::order(&held.release(), release, source);
        !held.is(release) && !matches!(order, Some(Ordering::Less | Ordering::Equal))
    };
    held.into_iter().filter(stays).collect()
}
