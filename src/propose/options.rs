//! How a release is proposed where something stands in its way.

use std::cmp::Ordering;
use std::path::Path;

use anyhow::Result;

use crate::release::{self, MissingHistory, Order, Release};
use crate::vocabulary::Diagnostic;

/// What may be overwritten.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProposeOptions<'a> {
    /// The application's own repository, to tell which of two commits is newer.
    pub source_repository: Option<&'a Path>,
    /// Overwrite commits of people on the head branch.
    pub force: bool,
    /// Overwrite files that people changed by hand on the base branch.
    pub overwrite_drift: bool,
    /// Propose a release that is older than the one deployed or proposed.
    pub allow_older: bool,
    /// Replace an application of the same name that another source repository deployed.
    pub take_over: bool,
    /// Propose a release that was rolled back.
    pub release_hold: bool,
    /// Propose what people took out. A promotion also deploys what they closed, and waits afresh for
    /// what failed.
    pub again: bool,
    /// Put it onto the tip of the base branch, even where nothing of it changed there.
    pub on_tip: bool,
    /// The gates that do not count for this release, and who said so: for people to read.
    pub overrides: &'a [String],
    /// What the environments that it needs say of the release, as Markdown: for people to read.
    pub verified: &'a [String],
}

impl ProposeOptions<'_> {
    /// Whether our release is older than `other`. It is an error when only a history could tell that
    /// is not here: what cannot be told is not newer.
    pub fn is_older(&self, ours: &Release, other: &Release) -> Result<bool> {
        match release::compare(ours, other, self.source_repository) {
            Order::Known(order) => Ok(order == Ordering::Less),
            Order::None => Ok(false),
            Order::NoHistory(missing) => Err(cannot_tell(ours, other, missing).into()),
        }
    }
}

fn cannot_tell(ours: &Release, other: &Release, missing: MissingHistory) -> Diagnostic {
    let named = |release: &Release| match &release.commit {
        Some(commit) if !commit.starts_with(&release.version) => format!("{} ({commit})", release.version),
        _ => release.version.clone(),
    };
    let (why, hint) = match missing {
        MissingHistory::Shallow => (
            "this clone is shallow",
            "fetch the whole history, with `fetch-depth: 0` in actions/checkout or `git fetch --unshallow`",
        ),
        MissingHistory::Commit => {
            ("this clone does not have one of these commits", "fetch the whole history with `git fetch`")
        }
        MissingHistory::Repository => {
            ("there is no git repository here", "pass a `--release` such as 1.4.0, or a number as `--build`")
        }
    };
    let (ours, other) = (named(ours), named(other));
    Diagnostic::refused(format!("cannot tell whether {ours} is older than {other}: {why}"))
        .hint(format!("{hint}; `--allow-older` proposes it anyway"))
}
