//! Report: what one commit status says, once it is known who wrote it.

use std::fmt;

/// A commit status that was read. It is about the revision on which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub who: Who,
    pub meaning: Meaning,
}

/// Whom a context names. What it does not name is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// `kustomization`, `helmrelease`, `application`
    pub kind: Option<&'static str>,
    pub namespace: Option<String>,
    pub name: Option<String>,
    /// A name, or what else tells clusters apart: by default the first part of the id of Flux's
    /// Provider.
    pub cluster: Option<String>,
}

/// What a status means for the rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    Progressing,
    Healthy,
    Failed,
    /// It stands still until people or a timer let it go on: a canary.
    Paused,
    /// The reporter cannot tell, or contradicts itself. Never a success, and not an end.
    Unknown,
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Meaning::Progressing => "progressing",
            Meaning::Healthy => "healthy",
            Meaning::Failed => "failed",
            Meaning::Paused => "paused",
            Meaning::Unknown => "unknown",
        })
    }
}
