//! `flux:`, the commit statuses of Flux's notification controller.
//!
//! A context is `kind/name/provider`: the last part is the beginning of the id of the Provider,
//! another one in each cluster. With `commitStatusExpr` it is what the Alert's owner writes; the form of Flux's
//! documentation, `kind/name/cluster/provider`, and `kind/namespace/name/cluster` are understood.
//! On Azure DevOps the genre `fluxcd` or `fluxcd:SUMMARY` stands before it. The description is the event's
//! reason in lower case. (Bitbucket, which is no forge of Towline's, gets the context's SHA-1 as its key.)

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::clusters::{self, Targets};
use super::name::ResourceName;
use super::report::{Meaning, Report, Who};
use super::reporter::{Count, Expected, Reports, Scope};
use crate::forge::{CommitStatus, StatusState};
use crate::vocabulary::ForgeKind;
use crate::yaml::At;

/// The first eight digits of a Provider's id.
const PROVIDER: &str = "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]";

/// What a success says. Up to version 1.7 the notification controller makes a success of every
/// informational event, "dependency not ready" included.
const KUSTOMIZATION: &[&str] = &["reconciliation succeeded"];

/// Those of helm-controller.
const HELM_RELEASE: &[&str] =
    &["install succeeded", "upgrade succeeded", "test succeeded", "reconciliation succeeded"];

/// A success of helm-controller's that says that the release is gone again.
const REMEDIATED: &[&str] = &["rollback succeeded", "uninstall succeeded"];

/// What is written with a failure, and is none: it goes on.
const GOES_ON: &[&str] =
    &["dependency not ready", "progressing", "health check canceled", "reconciliation canceled"];

/// What Flux reconciles: exactly one of `kustomization` and `helmRelease`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Flux")]
pub struct Flux {
    /// The name of a Kustomization; may have `*`
    kustomization: Option<ResourceName>,
    /// The name of a HelmRelease; may have `*`
    helm_release: Option<ResourceName>,
    /// Its namespace, if your contexts name it: `kustomization/NAMESPACE/NAME/CLUSTER`
    namespace: Option<ResourceName>,
    /// How many clusters report it; one for each target when absent
    clusters: Option<At<Count>>,
    /// Which clusters report it, by target: what the contexts end with, the beginning of the Provider's id or the
    /// cluster's name
    targets: Option<At<Targets>>,
    /// The kinds of custom resources for which the Kustomization has `healthCheckExprs`: `[Rollout]`
    #[serde(default)]
    health_check_exprs: Vec<String>,
}

impl Reports for At<Flux> {
    fn expects(&self, scope: &Scope) -> Result<Vec<Expected>> {
        let (kind, name) = self
            .resource()
            .ok_or_else(|| self.error("`flux` names either a `kustomization` or a `helmRelease`"))?;
        let genre = if scope.forge == ForgeKind::AzureDevOps { "fluxcd*/" } else { "" };
        let resource = match &self.namespace {
            None => format!("{genre}{kind}/{name}"),
            Some(ResourceName(namespace)) => format!("{genre}{kind}/{namespace}/{name}"),
        };
        let any = vec![format!("{resource}/*"), format!("{resource}/*/{PROVIDER}")];
        let of = |cluster: &str| of_cluster(&resource, cluster);
        Ok(clusters::expected(self.clusters.as_ref(), self.targets.as_ref(), scope, (any, of))?)
    }

    fn read(&self, status: &CommitStatus, _: ForgeKind) -> Report {
        Report { who: self.who(&status.context), meaning: self.meaning(status) }
    }

    fn silence(&self) -> Option<&'static str> {
        Some(
            "Flux writes nothing while a Kustomization is suspended, depends on one that is not ready, or cannot \
             fetch its source: `flux get all -A` tells which",
        )
    }

    fn health_check_exprs(&self) -> Option<&[String]> {
        self.kustomization.is_some().then_some(&self.health_check_exprs)
    }

    fn shared_context(&self) -> Option<&'static str> {
        Some(
            "two Kustomizations of one name, in two namespaces or clusters, write one context unless \
             `commitStatusExpr` tells them apart",
        )
    }
}

impl Flux {
    fn resource(&self) -> Option<(&'static str, &str)> {
        match (&self.kustomization, &self.helm_release) {
            (Some(ResourceName(name)), None) => Some(("kustomization", name)),
            (None, Some(ResourceName(name))) => Some(("helmrelease", name)),
            _ => None,
        }
    }

    /// The context matches, so its segments are where they are looked for.
    fn who(&self, context: &str) -> Who {
        let Some((kind, _)) = self.resource() else { return Who::default() };
        let mut segments = context.split('/').skip_while(|segment| *segment != kind).skip(1);
        let mut next = || segments.next().map(str::to_owned);
        let namespace = self.namespace.as_ref().and_then(|_| next());
        let (name, cluster) = (next(), next());
        Who { kind: Some(kind), namespace, name, cluster }
    }

    fn meaning(&self, status: &CommitStatus) -> Meaning {
        let said = status.description.trim().to_lowercase();
        let success = if self.helm_release.is_some() { HELM_RELEASE } else { KUSTOMIZATION };
        match status.state {
            StatusState::Pending => Meaning::Progressing,
            StatusState::Success if success.contains(&said.as_str()) => Meaning::Healthy,
            StatusState::Success if self.helm_release.is_some() && REMEDIATED.contains(&said.as_str()) => {
                Meaning::Failed
            }
            StatusState::Success if said.is_empty() || said.contains("failed") => Meaning::Unknown,
            StatusState::Success => Meaning::Progressing,
            StatusState::Failure | StatusState::Error if GOES_ON.contains(&said.as_str()) => {
                Meaning::Progressing
            }
            StatusState::Failure | StatusState::Error => Meaning::Failed,
        }
    }
}

/// The contexts of one cluster: its name stands behind the resource's and before the Provider's id, or the id behind
/// something else.
fn of_cluster(resource: &str, cluster: &str) -> Vec<String> {
    let is_provider = cluster.len() == 8 && cluster.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_provider {
        true => {
            let id = cluster.to_ascii_lowercase();
            vec![format!("{resource}/{id}"), format!("{resource}/*/{id}")]
        }
        false => vec![format!("{resource}/{cluster}"), format!("{resource}/{cluster}/{PROVIDER}")],
    }
}
