//! History: what was deployed in an environment before, and who brought it there.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::{Verdict, overrides, recorded, verdict};
use crate::forge::PullRequest;
use crate::gitops::{Destination, Destinations};
use crate::promote::open::open;
use crate::release::{Release, Source};
use crate::render::taken_out::Rollback;

/// A deployment in the past.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    pub commit: Oid,
    pub at: Timestamp,
    /// The author of the commit on the base branch: who merged.
    pub author: String,
    /// `None`: the application was removed.
    pub release: Option<Release>,
    pub rollback: Option<Rollback>,
    /// The number of the pull request, if there was one.
    pub pull: Option<u64>,
    /// When that was opened.
    pub proposed_at: Option<Timestamp>,
    /// When the source commit was made, where the checkout has it.
    pub source_at: Option<Timestamp>,
    pub verdict: Option<Verdict>,
    /// The gates that did not count for it, and who said so.
    pub overrides: Vec<String>,
}

/// What was deployed in an environment, the newest first.
pub fn history(destinations: &Destinations, environment: &str) -> Result<Vec<HistoryEntry>> {
    let destination = open(destinations, destinations.pipeline.environment(environment)?)?;
    let repository = &destination.repository;
    let pulls = destination.forge.list_pulls(Some(&destination.head_branch()))?;
    let descriptor = destination.environment.gitops.descriptor.as_str();
    let source = Source::discover(&destinations.pipeline.root);
    let mut entries = Vec::new();
    let mut commit = destination.base_tip()?;
    let mut found = destination.descriptor_id(commit)?;
    let below = repository.line_below(commit, vec![descriptor]);
    for parent in below.map(|parent| parent.map(Some)).chain([Ok(None)]) {
        let parent = parent?;
        let before = parent.map_or(Ok(None), |parent| destination.descriptor_id(parent))?;
        // A merge that only restored files has the descriptor of the one before.
        if found != before || pulls.iter().any(|pull| pull.merge_commit == Some(commit)) {
            let entry = entry(&destination, commit, &pulls)?;
            let source_at =
                entry.release.as_ref().and_then(|release| source.commit_time(release.commit.as_deref()?));
            entries.push(HistoryEntry { source_at, ..entry });
        }
        found = before;
        commit = parent.unwrap_or(commit);
    }
    Ok(entries)
}

fn entry(destination: &Destination, commit: Oid, pulls: &[PullRequest]) -> Result<HistoryEntry> {
    let pull = pulls.iter().find(|pull| pull.merge_commit == Some(commit));
    let (release, rollback) = recorded(destination, commit)?;
    Ok(HistoryEntry {
        commit,
        at: destination.repository.commit_time(commit)?,
        author: destination.repository.author(commit)?,
        release,
        rollback,
        pull: pull.map(|pull| pull.number),
        proposed_at: pull.map(|pull| pull.created_at),
        source_at: None,
        verdict: verdict(destination, commit)?,
        overrides: overrides(destination, commit, pulls)?,
    })
}
