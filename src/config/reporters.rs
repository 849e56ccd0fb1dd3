//! `reporters:`: the contexts that operators write, for those who would rather name the operator.
//!
//! The contexts are those in the sources of fluxcd/notification-controller, of Argo CD's
//! notifications (as documented), of Azure/gitops-connector and of argoproj-labs/gitops-promoter.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor, value::SeqAccessDeserializer};

use super::gitops::Gitops;
use crate::vocabulary::{Diagnostic, ForgeKind, refuse_own_context};
use crate::yaml::{self, At, Glob, Line, Period, alternatives, written_as};

/// The reasons of kustomize-controller's events, as notification-controller describes them. Up to
/// version 1.7 it makes a success of every informational event, "dependency not ready" included.
const KUSTOMIZATION: &[&str] = &["reconciliation succeeded"];

/// Those of helm-controller. "rollback succeeded" means that the release did not.
const HELM_RELEASE: &[&str] =
    &["install succeeded", "upgrade succeeded", "test succeeded", "reconciliation succeeded"];

const ARGOCD_CONTEXT: &str = "continuous-delivery/{app}";

/// Commit statuses that are expected: those whose context matches the glob, so many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporter {
    /// A glob over contexts; `*` does not match `/`.
    pub status: String,
    /// At least this many different contexts; at least 1.
    pub count: usize,
    /// The descriptions with which a success is one; any when there are none. The rest of a
    /// preset is in the glob.
    pub success: &'static [&'static str],
    /// How often the reporter looks at the repository, where that is known.
    pub repeat: Option<Duration>,
}

/// `none`, or a list
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub(super) enum Reporters {
    None(NoReporters),
    List(Vec<Declared>),
}

/// Nothing reports on deployments: a merge is enough
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum NoReporters {
    None,
}

/// An entry of the list.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    operator: Arc<dyn Reports>,
    count: Option<Count>,
    repeat: Option<At<Interval>>,
}

/// What one key of an entry stands for: the contexts that are written to a forge.
pub(super) trait Reports: Debug + Send + Sync {
    fn contexts(&self, gitops: &Gitops) -> Result<Vec<Context>>;
}

/// A glob, how many contexts match it, and what they say for a success.
pub(super) type Context = (String, Count, &'static [&'static str]);

alternatives! {
    /// Commit statuses or check runs of one kind: exactly one of `status`, `flux`, `argocd`, `gitopsConnector`, `promoter`
    #[schemars(rename = "Reporter")]
    Entry: dyn Reports {
        /// A glob over the contexts of commit statuses and the names of check runs; `*` does not match `/`
        status: Status,
        /// The commit statuses of Flux's notification controller
        flux: At<Flux>,
        /// The commit statuses of Argo CD's notifications, with the context of its documentation
        argocd: ArgoCd,
        /// The commit statuses of Azure/gitops-connector
        gitops_connector: GitopsConnector,
        /// The check runs of GitOps Promoter
        promoter: Promoter,
    }
    beside {
        /// With `status`: at least this many different contexts must match; 1 when absent
        count: Option<At<Count>>,
        /// How often the reporter looks at the repository: it has twice this time to appear, if that is longer than `appear`
        repeat: Option<At<Interval>>,
    }
}

written_as!(Declared = Entry, Status = String, ResourceName = String, Interval = String, Count = usize);

impl TryFrom<Entry> for Declared {
    type Error = Diagnostic;

    fn try_from(mut entry: Entry) -> Result<Self, Diagnostic> {
        let (count, repeat) = (entry.count.take(), entry.repeat.take());
        let wrong = yaml::Wrong {
            none: "an entry of `reporters` that names no reporter",
            several: "an entry of `reporters` has more than one reporter",
            hint: "start each with its own `-`",
        };
        let (key, operator) = yaml::only(entry.chosen(), Entry::KEYS, &wrong)?;
        if let Some(count) = count.as_ref().filter(|_| key != "status") {
            let hint = "`flux` has `clusters`, `argocd` has a `count` of its own";
            return Err(count.error("`count` goes with `status`").hint(hint));
        }
        Ok(Declared { operator, count: count.map(|count| count.value), repeat })
    }
}

impl Reporters {
    pub fn is_empty(&self) -> bool {
        matches!(self, Reporters::List(list) if list.is_empty())
    }

    /// The reporters that are meant, in a rollout that may take until `finish`.
    pub fn resolve(&self, gitops: &Gitops, finish: Duration) -> Result<Vec<Reporter>> {
        let mut all = Vec::new();
        if let Reporters::List(list) = self {
            for declared in list {
                all.extend(declared.resolve(gitops, finish)?);
            }
        }
        Ok(all)
    }
}

impl Declared {
    fn resolve(&self, gitops: &Gitops, finish: Duration) -> Result<Vec<Reporter>> {
        if let Some(repeat) = self.repeat.as_ref().filter(|repeat| repeat.period * 2 > finish) {
            let message = format!(
                "a reporter that polls every {} may report after `finish` has expired",
                repeat.text.escape_debug()
            );
            return Err(repeat.error(message).hint("set `finish` to twice that time at least").into());
        }
        let repeat = self.repeat.as_ref().map(|repeat| repeat.period);
        let contexts = self.operator.contexts(gitops)?.into_iter();
        let reporter = |(status, count, success)| {
            let Count(count) = self.count.unwrap_or(count);
            Reporter { status, count, success, repeat }
        };
        Ok(contexts.map(reporter).collect())
    }
}

/// A reporter has two turns to appear, for which the rollout has to leave it the time.
#[derive(Debug, Clone)]
pub(super) struct Interval {
    text: String,
    period: Duration,
}

impl TryFrom<String> for Interval {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let Period(period) = Period::try_from(text.clone())?;
        Ok(Self { text, period })
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Count(usize);

impl TryFrom<usize> for Count {
    type Error = Diagnostic;

    fn try_from(count: usize) -> Result<Self, Diagnostic> {
        match count {
            0 => Err(Diagnostic::new("at least 1 must report")
                .hint("write `reporters: none` when nothing reports")),
            _ => Ok(Self(count)),
        }
    }
}

/// The contexts of any system.
#[derive(Debug)]
struct Status(Glob);

impl TryFrom<String> for Status {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        refuse_own_context(&text)?;
        Glob::try_from(text).map(Self)
    }
}

impl Reports for Status {
    fn contexts(&self, _: &Gitops) -> Result<Vec<Context>> {
        Ok(vec![(self.0.0.glob().to_owned(), Count(1), &[])])
    }
}

/// What Flux reconciles: exactly one of `kustomization` and `helmRelease`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Flux {
    /// The name of a Kustomization; may have `*`
    kustomization: Option<ResourceName>,
    /// The name of a HelmRelease; may have `*`
    helm_release: Option<ResourceName>,
    /// How many clusters report it; 1 when absent
    clusters: Option<Count>,
}

/// `kustomization/NAME/UID`: the last part is that of the Provider, another one in each cluster. On
/// Azure DevOps the genre `fluxcd` or `fluxcd:SUMMARY` stands before it.
impl Reports for At<Flux> {
    fn contexts(&self, gitops: &Gitops) -> Result<Vec<Context>> {
        let (kind, ResourceName(name), success) = match (&self.kustomization, &self.helm_release) {
            (Some(name), None) => ("kustomization", name, KUSTOMIZATION),
            (None, Some(name)) => ("helmrelease", name, HELM_RELEASE),
            _ => {
                return Err(self.error("`flux` names either a `kustomization` or a `helmRelease`").into());
            }
        };
        let genre = if gitops.forge == ForgeKind::AzureDevOps { "fluxcd*/" } else { "" };
        let count = self.clusters.unwrap_or(Count(1));
        Ok(vec![(format!("{genre}{kind}/{name}/*"), count, success)])
    }
}

/// An Application of Argo CD
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ArgoCd {
    /// Its name; may have `*`
    application: ResourceName,
    /// The context that your template for notifications writes, with `{app}` for the name; `continuous-delivery/{app}` when absent
    context: Option<At<String>>,
    /// How many Applications report; 1 when absent
    count: Option<Count>,
}

impl Reports for ArgoCd {
    fn contexts(&self, _: &Gitops) -> Result<Vec<Context>> {
        let ResourceName(name) = &self.application;
        let pattern = match &self.context {
            None => ARGOCD_CONTEXT.replace("{app}", name),
            Some(template) => {
                refuse_own_context(template).map_err(|refused| refused.at(template.place.clone()))?;
                if !template.contains("{app}") {
                    let message = "the context has no `{app}`: every Application would report as this one";
                    let hint = format!(
                        "for example `{ARGOCD_CONTEXT}`; or write `status` for a context that is always the same"
                    );
                    return Err(template.error(message).hint(hint).into());
                }
                template.split("{app}").map(globset::escape).collect::<Vec<_>>().join(name)
            }
        };
        Ok(vec![(pattern, self.count.unwrap_or(Count(1)), &[])])
    }
}

/// What stands behind Azure/gitops-connector
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct GitopsConnector {
    /// The operator that it listens to
    operator: Operator,
}

/// A GitOps operator
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Operator {
    Argocd,
    Flux,
}

/// Argo CD's are three, of which each says something else. On Azure DevOps a genre stands before.
impl Reports for GitopsConnector {
    fn contexts(&self, gitops: &Gitops) -> Result<Vec<Context>> {
        let contexts: &[&str] = match (self.operator, gitops.forge == ForgeKind::AzureDevOps) {
            (Operator::Argocd, false) => &["Phase", "Sync", "Health"],
            (Operator::Argocd, true) => &["ArgoCD/Phase", "ArgoCD/Sync", "ArgoCD/Health"],
            (Operator::Flux, false) => &["Status"],
            (Operator::Flux, true) => &["Kustomization/Status"],
        };
        Ok(contexts.iter().map(|context| ((*context).to_owned(), Count(1), &[][..])).collect())
    }
}

/// A commit status of GitOps Promoter
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Promoter {
    /// The key of the commit status: `argocd-health`
    key: At<Line>,
    /// The branch of the environment; `gitops.branch` when absent
    branch: Option<Line>,
}

impl Reports for Promoter {
    fn contexts(&self, gitops: &Gitops) -> Result<Vec<Context>> {
        refuse_own_context(&self.key).map_err(|refused| refused.at(self.key.place.clone()))?;
        let branch = self.branch.as_deref().unwrap_or(&gitops.branch);
        let pattern = format!("{}/{}", globset::escape(&self.key), globset::escape(branch));
        Ok(vec![(pattern, Count(1), &[])])
    }
}

/// The name of a resource, in which `*` stays a wildcard.
#[derive(Debug)]
struct ResourceName(String);

impl TryFrom<String> for ResourceName {
    type Error = Diagnostic;

    fn try_from(name: String) -> Result<Self, Diagnostic> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '*');
        if !name.is_empty() && name.chars().all(known) {
            return Ok(Self(name));
        }
        Err(Diagnostic::new(format!("`{}` is not the name of a resource", name.escape_debug()))
            .hint("lower-case letters, digits, `-`, `.`, and `*` for any of these"))
    }
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
