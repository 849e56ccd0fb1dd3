//! Holds: releases that were rolled back in an environment and are not deployed there again by themselves, with
//! who took them out, and when. The descriptor that stands says which; the history of the branch says the rest.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::destination::Destination;
use crate::render::descriptor::Descriptor;
use crate::render::taken_out::TakenOut;

/// A release that is not deployed again without `--release-hold`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    pub release: TakenOut,
    /// The commit of the GitOps repository that rolled it back
    pub since: String,
    /// The author of that commit
    pub by: String,
    /// When that commit was made
    pub at: Timestamp,
}

impl Hold {
    /// A clause for people.
    pub fn describe(&self) -> String {
        let Self { release, since, by, at } = self;
        format!("{by} rolled {} back at {at} with commit {since}{}", release.describe(), release.because())
    }
}

impl Destination<'_> {
    /// What is on hold by the descriptor in `tip`, the last one first.
    pub fn holds(&self, tip: Oid) -> Result<Vec<Hold>> {
        let Some(deployed) = self.deployment(tip)? else { return Ok(Vec::new()) };
        let holds = deployed.descriptor.held().map(|held| {
            let has_it = |descriptor: &Descriptor| descriptor.held().any(|it| it == held);
            let since = self.described_since(tip, has_it)?;
            Ok(Hold {
                release: held.clone(),
                since: since.to_string(),
                by: self.repository.author(since)?,
                at: self.repository.commit_time(since)?,
            })
        });
        holds.collect()
    }

    /// The commit from which on the descriptor on the first-parent line of `tip` is `like` this. It is so in
    /// `tip`.
    pub fn described_since(&self, tip: Oid, like: impl Fn(&Descriptor) -> bool) -> Result<Oid> {
        let path = self.environment.gitops.descriptor.as_str();
        let (mut since, mut known) = (tip, self.descriptor_id(tip)?);
        for commit in self.repository.line_below(tip, vec![path]) {
            let commit = commit?;
            let found = self.descriptor_id(commit)?;
            // What cannot be read is not like it.
            let is_like = || self.deployment(commit).ok().flatten().is_some_and(|it| like(&it.descriptor));
            if found != known && !is_like() {
                break;
            }
            (since, known) = (commit, found);
        }
        Ok(since)
    }
}
