//! The specification: how a run ends in the first environment, as far as the design fixes it. It is
//! written from what is documented (`docs/await.md`, `docs/releases.md`), and knows neither git nor
//! the source: only facts that the history tells.

use std::cmp::Ordering;

use towline::vocabulary::Outcome;

/// What is the case before a run, in an environment that needs no other.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// This release has files that are not committed.
    pub dirty: bool,
    /// This release stands there and was verified, and its files have been there ever since.
    pub verified: bool,
    /// People closed its proposal or took it out, and nothing came since.
    pub out: bool,
    /// What is deployed there, seen from this release.
    pub deployed: Option<Ordering>,
    /// The name is another repository's, and nobody said that it is to be taken over.
    pub foreign: bool,
    /// What is deployed has files in folders that this pipeline file does not give it.
    pub elsewhere: bool,
    /// A deployed file is not as it was written.
    pub drift: bool,
    /// All files of this release stand there.
    pub stands: bool,
    /// People committed to the branch of the open proposal.
    pub worked_on: bool,
    /// There has never been anything: no deployment, no proposal.
    pub fresh: bool,
}

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub again: bool,
    pub force: bool,
    pub overwrite_drift: bool,
    pub allow_older: bool,
    pub allow_dirty: bool,
    pub once: bool,
    /// Whether Towline merges.
    pub merges: bool,
    /// Whether the forge merges nothing without an approval.
    pub reviewed: bool,
    pub watched: bool,
}

/// The outcomes that the design allows; nothing where it leaves that open.
pub fn allowed(facts: Facts, asked: Asked) -> Option<&'static [Outcome]> {
    use Outcome::{Closed, Done, Refused, Superseded, TimedOut, Unchanged, Unfinished};
    let older = facts.deployed == Some(Ordering::Greater) && !asked.allow_older;
    // What the forge merges by itself, when people approve, is theirs to say.
    let merges = asked.merges && !asked.reviewed;
    Some(match facts {
        Facts { dirty: true, .. } if !asked.allow_dirty => &[Refused],
        // What stands is ours already, whatever another repository proposes.
        Facts { foreign: true, stands: false, .. } => &[Refused, Closed],
        Facts { elsewhere: true, stands: false, .. } => &[Refused, Closed],
        Facts { verified: true, .. } => &[Unchanged],
        _ if older => &[Superseded, Unchanged],
        // A newer release may be proposed.
        Facts { out: true, .. } if !asked.again => &[Refused, Closed, Superseded],
        // Or this one was verified before a newer one was proposed.
        Facts { worked_on: true, stands: false, .. } if !asked.force => {
            &[Refused, Closed, Superseded, Unchanged]
        }
        Facts { drift: true, stands: false, worked_on: false, .. } if !asked.overwrite_drift => {
            &[Refused, Closed, Superseded, Unchanged]
        }
        Facts { fresh: true, .. } if !asked.merges && asked.once => &[Unfinished],
        Facts { fresh: true, .. } if merges && !asked.watched => &[Done],
        Facts { fresh: true, .. } if merges && asked.once => &[Unfinished],
        Facts { fresh: true, .. } if !asked.once => &[Done, TimedOut, Outcome::Failed],
        _ => return None,
    })
}
