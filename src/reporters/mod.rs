//! Reporters: who tells how a rollout went. One file a reporter, with its section of the pipeline
//! file and how its commit statuses are read.
//!
//! To add one, write its file, with an implementation of [`Reports`], and put its key into the table
//! below.

mod argocd;
mod argocd_words;
mod azure_resource_graph;
mod clusters;
mod contexts;
mod flux;
mod gitops_connector;
mod list;
mod name;
mod promoter;
mod report;
mod reporter;
mod status;

pub use contexts::Contexts;
pub use list::Reporters;
pub use report::{Meaning, Report, Who};
pub use reporter::{Asking, Count, Expected, Interval, Reporter, Reports, Scope, by_state};

use crate::yaml::{At, alternatives};

alternatives! {
    /// Commit statuses or check runs of one kind: exactly one of `status`, `flux`, `argocd`, `gitopsConnector`, `promoter`, `azureResourceGraph`
    #[schemars(rename = "Reporter")]
    Entry: dyn Reports {
        /// A glob over the contexts of commit statuses and the names of check runs; `*` does not match `/`
        status: status::Status,
        /// The commit statuses of Flux's notification controller
        flux: At<flux::Flux>,
        /// The commit statuses of Argo CD's notifications, with the context of its documentation
        argocd: argocd::ArgoCd,
        /// The commit statuses of Azure/gitops-connector
        gitops_connector: gitops_connector::GitopsConnector,
        /// The check runs of GitOps Promoter
        promoter: promoter::Promoter,
        /// Flux configurations of Azure Arc and AKS, asked of Azure Resource Graph
        azure_resource_graph: azure_resource_graph::AzureResourceGraph,
    }
    beside {
        /// With `status`: at least this many different contexts must match; 1 when absent
        count: Option<At<Count>>,
        /// How often the reporter looks at the repository: it has twice this time to appear, if that is longer than `appear`
        repeat: Option<At<Interval>>,
    }
}
