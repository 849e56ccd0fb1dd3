//! Deployments of the forge's own, which its pages of environments show.

use anyhow::Result;
use git2::Oid;

use super::api::Api;
use crate::forge::{DeploymentState, NewDeployment};
use crate::vocabulary::Diagnostic;

/// A forge's calls about deployments.
pub trait Deployments: Api {
    /// See [`crate::forge::Forge::report_deployment`].
    fn write_deployment(&self, commit: Oid, deployment: &NewDeployment) -> Result<()> {
        let _ = (commit, deployment);
        Err(Diagnostic::new(format!("{} has no deployments", self.row().name)).into())
    }
}

/// Whether a deployment that has come to its last state goes on to the next one. What was over begins
/// anew as another deployment: the forge shows the newest as the one that counts.
pub fn goes_on(last: DeploymentState, next: DeploymentState) -> bool {
    match (last, next) {
        (DeploymentState::Queued | DeploymentState::InProgress, _) => true,
        (_, DeploymentState::Queued | DeploymentState::InProgress) => false,
        (DeploymentState::Inactive, _) => last == next,
        _ => true,
    }
}
