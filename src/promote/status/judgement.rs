//! Judgement: how an environment is doing, in one word, and why.

use super::{Deployed, EnvironmentStatus};
use crate::forge::StatusState;
use crate::rollout::State;
use crate::vocabulary::Outcome;
use crate::vocabulary::text::counted;

/// How an environment is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// `Done`: what is deployed is verified, and nothing else is on its way. `Unfinished`: something is, or
    /// nothing was deployed yet. `Refused`: it stands still until people decide. `Failed`, `TimedOut`: the release
    /// did. `Error`: it cannot be told.
    pub outcome: Outcome,
    /// A clause for people; empty when all is well.
    pub why: String,
}

impl Judgement {
    fn new(outcome: Outcome, why: impl Into<String>) -> Self {
        Self { outcome, why: why.into() }
    }

    /// What is worst about an environment.
    pub fn of(status: &EnvironmentStatus) -> Self {
        let deployed = status.deployed.as_ref();
        if let Some((outcome, deployed)) = deployed.and_then(|it| Some((it.failure()?, it))) {
            let why = deployed.verdict.as_ref().map(|verdict| verdict.description.clone());
            return Self::new(outcome, why.unwrap_or_default());
        }
        if let Some(seen) = &status.rollout
            && matches!(seen.state, State::Failed { .. } | State::TimedOut { .. })
            && !deployed.is_some_and(Deployed::is_verified)
        {
            return Self::new(seen.state.outcome(), seen.state.reason());
        }
        if let Some(withdrawn) = status.withdrawn.as_ref().filter(|_| status.proposed.is_none()) {
            return Self::new(Outcome::Refused, withdrawn.describe());
        }
        if !status.drift.is_empty() {
            let files = counted(status.drift.len(), "file");
            return Self::new(Outcome::Refused, format!("people changed {files} by hand"));
        }
        if let Some(proposed) = &status.proposed {
            return Self::new(Outcome::Unfinished, format!("{} is waiting to be merged", proposed.url));
        }
        let Some(deployed) = deployed else {
            return Self::new(Outcome::Unfinished, "nothing is deployed");
        };
        let version = &deployed.release.version;
        match (&status.not_asked, &deployed.ring) {
            (Some(error), _) if !deployed.is_verified() => {
                Self::new(Outcome::Error, format!("the reporters could not be asked: {error}"))
            }
            _ if !deployed.is_verified() => {
                Self::new(Outcome::Unfinished, format!("{version} is not verified yet"))
            }
            (_, Some(ring)) => Self::new(Outcome::Unfinished, format!("{version} is in {ring}")),
            _ => Self::new(Outcome::Done, ""),
        }
    }
}

impl Deployed {
    /// Whether its success is recorded.
    pub fn is_verified(&self) -> bool {
        self.verdict.as_ref().is_some_and(|verdict| verdict.state == StatusState::Success)
    }

    /// How it failed, where that is recorded: forges know one kind of failure, so the text of the verdict tells.
    pub fn failure(&self) -> Option<Outcome> {
        let verdict = self.verdict.as_ref()?;
        if !matches!(verdict.state, StatusState::Failure | StatusState::Error) {
            return None;
        }
        Some(match verdict.description.strip_prefix(&self.release.version) {
            Some(text) if text.starts_with(" timed out") => Outcome::TimedOut,
            _ => Outcome::Failed,
        })
    }
}
