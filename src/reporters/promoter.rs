//! `promoter:`, the check runs of argoproj-labs/gitops-promoter: `KEY/BRANCH`.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::report::{Report, Who};
use super::reporter::{Expected, Reports, Scope, by_state};
use crate::forge::CommitStatus;
use crate::vocabulary::{ForgeKind, refuse_own_context};
use crate::yaml::{At, Line};

/// A commit status of GitOps Promoter
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Promoter {
    /// The key of the commit status: `argocd-health`
    key: At<Line>,
    /// The branch of the environment; `gitops.branch` when absent
    branch: Option<Line>,
}

impl Reports for Promoter {
    fn expects(&self, scope: &Scope) -> Result<Vec<Expected>> {
        refuse_own_context(&self.key).map_err(|refused| refused.at(self.key.place.clone()))?;
        let branch = self.branch.as_deref().unwrap_or(scope.branch);
        let pattern = format!("{}/{}", globset::escape(&self.key), globset::escape(branch));
        Ok(vec![Expected::one(pattern)])
    }

    fn read(&self, status: &CommitStatus, _: ForgeKind) -> Report {
        Report { who: Who::default(), meaning: by_state(status) }
    }
}
