//! `reporters:` in the pipeline file.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor, value::SeqAccessDeserializer};

use crate::yaml::At;

/// `none`, or a list
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Reporters {
    None(NoReporters),
    List(Vec<At<Reporter>>),
}

/// Nothing reports on deployments: a merge is enough
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum NoReporters {
    None,
}

/// Commit statuses or check runs of one kind: exactly one of `status`, `flux`, `argocd`, `gitopsConnector`, `promoter`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Reporter {
    /// A glob over the contexts of commit statuses and the names of check runs; `*` does not match `/`
    pub status: Option<At<String>>,
    /// With `status`: at least this many different contexts must match; 1 when absent
    pub count: Option<At<usize>>,
    /// The commit statuses of Flux's notification controller
    pub flux: Option<At<Flux>>,
    /// The commit statuses of Argo CD's notifications, with the context of its documentation
    pub argocd: Option<At<ArgoCd>>,
    /// The commit statuses of Azure/gitops-connector
    pub gitops_connector: Option<At<GitopsConnector>>,
    /// The check runs of GitOps Promoter
    pub promoter: Option<At<Promoter>>,
    /// How often the reporter looks at the repository: it has twice this time to appear, if that is longer than `appear`
    pub repeat: Option<At<String>>,
}

/// What Flux reconciles: exactly one of `kustomization` and `helmRelease`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Flux {
    /// The name of a Kustomization; may have `*`
    pub kustomization: Option<At<String>>,
    /// The name of a HelmRelease; may have `*`
    pub helm_release: Option<At<String>>,
    /// How many clusters report it; 1 when absent
    pub clusters: Option<At<usize>>,
}

/// An Application of Argo CD
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ArgoCd {
    /// Its name; may have `*`
    pub application: At<String>,
    /// The context that your template for notifications writes, with `{app}` for the name; `continuous-delivery/{app}` when absent
    pub context: Option<At<String>>,
    /// How many Applications report; 1 when absent
    pub count: Option<At<usize>>,
}

/// What stands behind Azure/gitops-connector
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GitopsConnector {
    /// The operator that it listens to
    pub operator: Operator,
}

/// A GitOps operator
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    Argocd,
    Flux,
}

/// A commit status of GitOps Promoter
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Promoter {
    /// The key of the commit status: `argocd-health`
    pub key: At<String>,
    /// The branch of the environment; `gitops.branch` when absent
    pub branch: Option<At<String>>,
}

// An untagged enum of serde would read into a buffer first and lose the positions inside.
impl<'de> Deserialize<'de> for Reporters {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ReportersVisitor)
    }
}

struct ReportersVisitor;

impl<'de> Visitor<'de> for ReportersVisitor {
    type Value = Reporters;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("`none` or a list of reporters")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Reporters, E> {
        match text {
            "none" => Ok(Reporters::None(NoReporters::None)),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, from: A) -> Result<Reporters, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(from)).map(Reporters::List)
    }
}
