//! Unjudged: resources whose health the declared operator cannot tell, so that it reports success before
//! they are rolled out.
//!
//! Flux judges the kinds of Kubernetes itself, and custom resources by the conventions of kstatus:
//! `observedGeneration`, and the conditions `Ready`, `Reconciling` and `Stalled`. A resource that has none
//! of them is healthy as soon as it is applied, unless the Kustomization has `healthCheckExprs` for its
//! kind.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::manifest::{RenderedTarget, Resource, group_version};
use crate::config::Environment;
use crate::vocabulary::text::listed;
use crate::vocabulary::{Diagnostic, Warning, WarningId};
use crate::yaml::Period;

/// Kinds that are known to tell their health in other ways, and how.
const OTHER_WAYS: [(&str, &str, &str); 7] = [
    ("argoproj.io", "Rollout", "its progress is in `status.phase`"),
    ("argoproj.io", "Application", "its health is in `status.health`"),
    ("argoproj.io", "Workflow", "its progress is in `status.phase`"),
    ("bitnami.com", "SealedSecret", "its condition is `Synced`"),
    ("flagger.app", "Canary", "its progress is in `status.phase`"),
    ("tekton.dev", "PipelineRun", "its condition is `Succeeded`"),
    ("tekton.dev", "TaskRun", "its condition is `Succeeded`"),
];

/// Groups, and the ends of groups, whose kinds follow the conventions, or have no health to wait for.
const FINE: [&str; 20] = [
    ".k8s.io",
    "argoproj.io",
    "cert-manager.io",
    "cilium.io",
    "cluster.x-k8s.io",
    "crossplane.io",
    "external-secrets.io",
    "fluxcd.io",
    "grafana.com",
    "istio.io",
    "jetstack.io",
    "keda.sh",
    "knative.dev",
    "kyverno.io",
    "linkerd.io",
    "monitoring.coreos.com",
    "openshift.io",
    "postgresql.cnpg.io",
    "projectcontour.io",
    "traefik.io",
];

/// A Rollout is done when its controller has seen this generation, which it writes as text, and calls it
/// healthy. Until the controller has looked, its phase is that of before.
pub const ROLLOUT: &str = "\
healthCheckExprs:
  - apiVersion: argoproj.io/v1alpha1
    kind: Rollout
    inProgress: \"!has(status.observedGeneration) || status.observedGeneration != string(metadata.generation) || status.phase == 'Progressing' || status.phase == 'Paused'\"
    failed: \"status.observedGeneration == string(metadata.generation) && status.phase == 'Degraded'\"
    current: \"status.observedGeneration == string(metadata.generation) && status.phase == 'Healthy'\"";

/// A warning for each kind that is known to tell its health in another way.
pub fn warnings(environment: &Environment, targets: &[RenderedTarget]) -> Vec<Warning> {
    let found = found(environment, targets);
    let kinds: BTreeSet<&str> = found.iter().map(|(resource, _)| resource.id.kind.as_str()).collect();
    kinds.into_iter().map(|kind| warning(kind, &found)).collect()
}

/// The same in one line for reviewers; `None` when there is nothing to say.
pub fn line(environment: &Environment, targets: &[RenderedTarget]) -> Option<String> {
    let names = names(&found(environment, targets));
    let say = format!("Flux reports success before it is rolled out: {}", listed(&names));
    (!names.is_empty()).then_some(say)
}

/// Kinds of which nothing is known: `Widget (example.com/v1)`, each once.
pub fn unknown(environment: &Environment, targets: &[RenderedTarget]) -> BTreeSet<String> {
    let Some(taught) = taught(environment) else { return BTreeSet::new() };
    resources(targets)
        .filter(|it| is_unknown(it) && !taught.contains(&it.id.kind.as_str()))
        .map(|it| format!("{} ({})", it.id.kind, it.id.api_version))
        .collect()
}

type Found<'a> = Vec<(&'a Resource, &'static str)>;

fn found<'a>(environment: &Environment, targets: &'a [RenderedTarget]) -> Found<'a> {
    let Some(taught) = taught(environment) else { return Vec::new() };
    resources(targets)
        .filter(|resource| !taught.contains(&resource.id.kind.as_str()))
        .filter_map(|resource| Some((resource, other_way(resource)?)))
        .collect()
}

/// The kinds that every reporter of the environment which needs expressions has expressions for; `None`
/// when no reporter needs any.
fn taught(environment: &Environment) -> Option<Vec<&str>> {
    let reporters = environment.rollout.reporters.iter().flatten();
    let mut taught = reporters.filter_map(|reporter| reporter.health_check_exprs());
    let first = taught.next()?;
    let rest: Vec<&[String]> = taught.collect();
    let kinds = first.iter().filter(|kind| rest.iter().all(|kinds| kinds.contains(kind)));
    Some(kinds.map(String::as_str).collect())
}

fn resources(targets: &[RenderedTarget]) -> impl Iterator<Item = &Resource> {
    targets.iter().flat_map(|target| &target.resources)
}

fn other_way(resource: &Resource) -> Option<&'static str> {
    let (group, _) = group_version(&resource.id.api_version);
    let known = OTHER_WAYS.iter().find(|(of, kind, _)| *of == group && *kind == resource.id.kind);
    known.map(|(_, _, how)| *how)
}

fn is_unknown(resource: &Resource) -> bool {
    let (group, _) = group_version(&resource.id.api_version);
    let is_fine = |end: &&str| group == *end || group.ends_with(*end);
    group.contains('.') && !FINE.iter().any(is_fine) && other_way(resource).is_none()
}

fn names(found: &Found) -> Vec<String> {
    let names: BTreeSet<String> =
        found.iter().map(|(it, _)| format!("{} {}", it.id.kind, it.id.name)).collect();
    names.into_iter().collect()
}

fn warning(kind: &str, all: &Found) -> Warning {
    let found: Found = all.iter().filter(|(resource, _)| resource.id.kind == kind).copied().collect();
    let (first, how) = found[0];
    let names = listed(&names(&found));
    let message =
        format!("Flux reports success as soon as it has applied {names}: {how}, which Flux does not read");
    let tell = format!("write `healthCheckExprs: [{kind}]` beside its name in `reporters`");
    let hint = match kind {
        "Rollout" => {
            let pauses = found.iter().map(|(resource, _)| pauses(&resource.manifest)).max();
            let pauses = pauses.filter(|pauses| !pauses.is_zero());
            let alone =
                pauses.map(|pauses| format!(" (its pauses alone: {:#})", length(pauses))).unwrap_or_default();
            format!(
                "add this to the `spec` of the Kustomization, with a `timeout` that is longer than the rollout \
                 takes{alone}, and {tell}:\n{ROLLOUT}"
            )
        }
        _ => format!(
            "add `healthCheckExprs` for it to the `spec` of the Kustomization, as in \
             https://fluxcd.io/flux/cheatsheets/cel-healthchecks/, and {tell}"
        ),
    };
    Warning::new(WarningId::UnjudgedHealth, Diagnostic::new(message).at(first.origin.clone()).hint(hint))
}

fn length(time: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(time).unwrap_or_default()
}

/// How long a Rollout pauses by itself. Where people are to let it go on, that counts for nothing.
fn pauses(rollout: &Value) -> Duration {
    let steps = rollout["spec"]["strategy"]["canary"]["steps"].as_array();
    let durations = steps.into_iter().flatten().map(|step| &step["pause"]["duration"]);
    durations.filter_map(pause).sum()
}

fn pause(duration: &Value) -> Option<Duration> {
    match duration {
        Value::Number(seconds) => seconds.as_u64().map(Duration::from_secs),
        Value::String(text) => match text.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => Period::try_from(text.clone()).ok().map(|Period(period)| period),
        },
        _ => None,
    }
}
