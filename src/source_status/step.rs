//! Step: what happened to a release in an environment, in the words and states that developers see on
//! the commit that it was made from.

use git2::Oid;

use crate::forge::{DeploymentState, StatusState};
use crate::promote::{EnvironmentResult, What};
use crate::rollout;
use crate::vocabulary::Outcome;

/// As much of a commit id as people need to find it.
const SHORT: usize = 10;

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub state: StatusState,
    pub deployment: DeploymentState,
    pub text: String,
    /// Where to read more: the pull request.
    pub url: Option<String>,
}

impl Step {
    /// A pull request is open.
    pub fn proposed(version: &str, url: &str) -> Self {
        Self::pending(DeploymentState::Queued, format!("Proposed {version}")).at(Some(url))
    }

    /// It is merged, and the operators have yet to report.
    pub fn deploying(version: &str, commit: Oid) -> Self {
        let text = format!("Deploying {version} as {}", short(commit));
        Self::pending(DeploymentState::InProgress, text)
    }

    /// Another release took its pull request or its place over. It did not fail, and there is nothing
    /// to wait for.
    pub fn replaced(version: &str, by: &str) -> Self {
        Self::over(format!("{version} was replaced by {by}"))
    }

    /// What an event of a promotion means, if developers are to see it. `is_observed`: whether anything
    /// looks at what is deployed there.
    pub fn of(what: &What, version: &str, is_observed: bool) -> Option<Self> {
        match what {
            What::Proposed { url, .. } => Some(Self::proposed(version, url)),
            What::Merged { commit } | What::Rollout(rollout::Event::Merged { commit }) => {
                Some(Self::deploying(version, *commit))
            }
            What::Ended(result) => {
                let url = result.pull.as_ref().map(|pull| pull.url.as_str());
                Self::ended(result, version, is_observed).map(|step| step.at(url))
            }
            What::Warned(_)
            | What::Checking { .. }
            | What::Checked(_)
            | What::KeptOut { .. }
            | What::RingEnded { .. }
            | What::Rollback { .. }
            | What::Rollout(_) => None,
        }
    }

    fn ended(result: &EnvironmentResult, version: &str, is_observed: bool) -> Option<Self> {
        let reason = &result.reason;
        match (result.outcome, result.merged) {
            // It was deployed before, and another one is there now.
            (Outcome::Unchanged, _) if result.taken_over => None,
            (Outcome::Done | Outcome::Unchanged, Some(commit)) => {
                let doubt = if is_observed { "" } else { ", not observed" };
                let text = format!("Deployed {version} as {}{doubt}", short(commit));
                Some(Self::new(StatusState::Success, DeploymentState::Success, text))
            }
            (Outcome::Unfinished, Some(commit)) => Some(Self::deploying(version, commit)),
            (Outcome::Failed, _) => Some(Self::failed(format!("{version} failed: {reason}"))),
            (Outcome::TimedOut, Some(_)) => Some(Self::failed(format!("{version} timed out: {reason}"))),
            (Outcome::Closed, _) => Some(Self::over(format!("{version} was closed without a merge"))),
            (Outcome::Superseded, Some(_)) => Some(Self::over(format!("{version} was replaced: {reason}"))),
            // This says itself which release it is about.
            (Outcome::Superseded, None) => Some(Self::over(reason.clone())),
            (Outcome::Refused, _) if let Some(withdrawn) = &result.withdrawn => {
                Some(Self::over(withdrawn.describe()))
            }
            (Outcome::Refused, Some(_)) => {
                Some(Self::failed(format!("{version} was changed in its pull request: {reason}")))
            }
            _ => None,
        }
    }

    fn new(state: StatusState, deployment: DeploymentState, text: String) -> Self {
        Self { state, deployment, text, url: None }
    }

    fn pending(deployment: DeploymentState, text: String) -> Self {
        Self::new(StatusState::Pending, deployment, text)
    }

    fn failed(text: String) -> Self {
        Self::new(StatusState::Failure, DeploymentState::Failure, text)
    }

    /// It has ended, and not by failing.
    fn over(text: String) -> Self {
        Self::new(StatusState::Error, DeploymentState::Inactive, text)
    }

    /// Whether it has ended without a result.
    pub fn is_over(&self) -> bool {
        self.deployment == DeploymentState::Inactive
    }

    /// With the place where to read more, if it is known.
    pub fn at(self, url: Option<&str>) -> Self {
        Self { url: url.filter(|url| url.starts_with("http")).map(str::to_owned), ..self }
    }
}

fn short(commit: Oid) -> String {
    commit.to_string().chars().take(SHORT).collect()
}
