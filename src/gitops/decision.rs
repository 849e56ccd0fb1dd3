//! Decisions: what people decide about a release before it is proposed: that it may enter, or that a gate does not
//! count for it.
//!
//! A decision is a commit status, so the forge says who wrote it, and lets nobody write it who may not write to
//! the GitOps repository. It stands on a commit of its own, which is made of the names of the application, the
//! environment and the release, and nothing else: whoever knows these finds it, and a release with the same
//! version that was made from another commit has none of its decisions. A branch keeps the commit.

use anyhow::{Context, Result};
use git2::Oid;

use super::destination::Destination;
use crate::forge::{NewStatus, StatusState};
use crate::gates::Recorded;
use crate::git::Update;
use crate::release::Release;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::{one_line, shorten};

/// As many characters as every forge takes in a status.
const DESCRIPTION: usize = 140;

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// `manual:` is answered.
    Approve,
    /// A gate does not count.
    Override,
}

impl Decision {
    fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Override => "override",
        }
    }
}

/// The decisions about a release, in an environment, for a gate, the newest first.
pub fn read(
    destination: &Destination,
    release: &Release,
    decision: Decision,
    gate: &str,
) -> Result<Vec<Recorded>> {
    let subject = subject(destination, release)?;
    if destination.repository.find_branch(&branch(destination, subject))? != Some(subject) {
        return Ok(Vec::new());
    }
    let wanted = context(destination, decision, gate);
    let statuses = destination.forge.plain_statuses(subject)?.into_iter();
    let mut of_it = statuses.filter(|status| status.context == wanted).peekable();
    // The last word counts.
    let is_withdrawn = of_it.peek().is_some_and(|last| last.state != StatusState::Success);
    let of_it = of_it.filter(|status| !is_withdrawn && status.state == StatusState::Success);
    let recorded = of_it.map(|status| Recorded {
        by: status.creator.or(status.creator_id),
        at: status.created_at,
        reason: status.description,
    });
    Ok(recorded.collect())
}

/// Writes a decision, unless the same was written last. Whether it may be written is for the forge to say.
pub fn record(
    destination: &Destination,
    release: &Release,
    decision: Decision,
    gate: &str,
    reason: &str,
) -> Result<()> {
    let subject = subject(destination, release)?;
    let branch = branch(destination, subject);
    let found = destination.repository.find_branch(&branch)?;
    if found != Some(subject) {
        let updated = destination.repository.update_branch(&branch, subject, found)?;
        if updated != Update::Done && destination.repository.find_branch(&branch)? != Some(subject) {
            let message = format!("the branch `{branch}` changed while the decision was recorded");
            return Err(Diagnostic::new(message).hint("run the command again").into());
        }
    }
    let status = NewStatus {
        context: context(destination, decision, gate),
        state: StatusState::Success,
        description: shorten(&one_line(reason), DESCRIPTION),
        target_url: None,
    };
    destination.forge.set_commit_status(subject, &status).with_context(|| {
        format!("cannot record the decision in the GitOps repository {}", destination.repository.location())
    })
}

/// The commit that stands for a release in an environment.
fn subject(destination: &Destination, release: &Release) -> Result<Oid> {
    let name = |name: &str, value: &str| format!("{name}: {}\n", one_line(value));
    let commit = release.commit.as_deref().map_or_else(String::new, |commit| name("Source-Commit", commit));
    let message = format!(
        "Decisions about a release\n\n{}{}{}{commit}",
        name("Application", destination.application),
        name("Environment", &destination.environment.name),
        name("Release", &release.version),
    );
    destination.repository.nameless_commit(&message)
}

fn branch(destination: &Destination, subject: Oid) -> String {
    let id = subject.to_string();
    format!("towline-decisions/{}/{}/{}", destination.application, destination.environment.name, &id[..12])
}

fn context(destination: &Destination, decision: Decision, gate: &str) -> String {
    let Destination { application, environment, .. } = destination;
    format!("towline/{application}/{}/{}/{gate}", environment.name, decision.word())
}
