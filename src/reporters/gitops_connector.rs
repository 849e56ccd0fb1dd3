//! `gitopsConnector:`, the commit statuses of Azure/gitops-connector. Its contexts name no resource and
//! no cluster.
//!
//! | operator | context | success says |
//! |---|---|---|
//! | Argo CD | `Phase` | `Succeeded: …` |
//! | | `Sync`, `Health` | `3/3 Synced`, `2/3 Healthy`; counts of the resources that have one |
//! | Flux | `Status` | the message of the event |
//!
//! On Azure DevOps the genre (`ArgoCD`, or Flux's kind) stands before the context, and the context's
//! name before the description. Its table of states makes a success of Argo CD's `Unknown`, and
//! `notApplicable` on Azure DevOps; what tells it is the description, which then counts nothing.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::argocd_words::{combine, together};
use super::report::{Meaning, Report, Who};
use super::reporter::{Expected, Reports, Scope, by_state};
use crate::forge::{CommitStatus, StatusState};
use crate::vocabulary::ForgeKind;

/// What stands behind Azure/gitops-connector
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "GitopsConnector")]
pub struct GitopsConnector {
    /// The operator that it listens to
    operator: Operator,
    /// Whether its reports count although other applications are on the same branch
    #[serde(default)]
    shared: bool,
}

/// A GitOps operator
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Operator")]
enum Operator {
    Argocd,
    Flux,
}

impl Reports for GitopsConnector {
    /// Argo CD's are three, of which each says something else.
    fn expects(&self, scope: &Scope) -> Result<Vec<Expected>> {
        let contexts: &[&str] = match (self.operator, scope.forge == ForgeKind::AzureDevOps) {
            (Operator::Argocd, false) => &["Phase", "Sync", "Health"],
            (Operator::Argocd, true) => &["ArgoCD/Phase", "ArgoCD/Sync", "ArgoCD/Health"],
            (Operator::Flux, false) => &["Status"],
            (Operator::Flux, true) => &["Kustomization/Status"],
        };
        Ok(contexts.iter().map(|context| Expected::one((*context).to_owned())).collect())
    }

    fn read(&self, status: &CommitStatus, forge: ForgeKind) -> Report {
        let context = status.context.rsplit('/').next().unwrap_or_default();
        let said = status.description.trim();
        let said = match forge {
            ForgeKind::AzureDevOps => {
                said.strip_prefix(context).map_or(said, |said| said.trim_start_matches(':'))
            }
            _ => said,
        };
        let meaning = match (self.operator, context) {
            (Operator::Flux, _) => flux(status, said.trim()),
            (Operator::Argocd, "Phase") => argocd(status, said.trim().split(':').take(1)),
            (Operator::Argocd, _) => argocd(status, counted(said)),
        };
        Report { who: Who::default(), meaning }
    }

    fn names_resource(&self) -> bool {
        self.shared
    }

    fn silence(&self) -> Option<&'static str> {
        Some(
            "the connector writes nothing on a commit that already has a success or a failure of anybody, and drops \
             events that it does not know (its log shows status 500)",
        )
    }
}

/// The words behind the counts: `2/3 Healthy, 1/3 Degraded`.
fn counted(said: &str) -> impl Iterator<Item = &str> {
    let parts = said.split(',').filter_map(|part| part.trim().split_once(' '));
    parts.filter(|(count, _)| !count.starts_with("0/")).map(|(_, word)| word.trim())
}

/// A success that counts nothing is one of Argo CD's `Unknown`.
fn argocd<'a>(status: &CommitStatus, words: impl Iterator<Item = &'a str>) -> Meaning {
    match together(words) {
        None if status.state == StatusState::Success => Meaning::Unknown,
        // `notApplicable` of Azure DevOps is neither yes nor no.
        None if status.state == StatusState::Pending => Meaning::Unknown,
        words => combine(status.state, words),
    }
}

/// On Azure DevOps a dependency that is not ready yet is an error.
fn flux(status: &CommitStatus, said: &str) -> Meaning {
    let said = said.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match by_state(status) {
        Meaning::Healthy | Meaning::Failed if says(&["ready condition", "not ready"]) => Meaning::Progressing,
        Meaning::Healthy if says(&["suspended"]) => Meaning::Paused,
        Meaning::Healthy if said.is_empty() || says(&["failed"]) => Meaning::Unknown,
        meaning => meaning,
    }
}
