//! `reporters:`: the contexts that operators write, for those who would rather name the operator.
//!
//! The contexts are those in the sources of fluxcd/notification-controller, of Argo CD's
//! notifications (as documented), of Azure/gitops-connector and of argoproj-labs/gitops-promoter.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::scalars;
use crate::config::{Gitops, Reporter, schema};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::ForgeKind;
use crate::yaml::At;

/// The reasons of kustomize-controller's events, as notification-controller describes them. Up to
/// version 1.7 it makes a success of every informational event, "dependency not ready" included.
const KUSTOMIZATION: &[&str] = &["reconciliation succeeded"];

/// Those of helm-controller. "rollback succeeded" means that the release did not.
const HELM_RELEASE: &[&str] =
    &["install succeeded", "upgrade succeeded", "test succeeded", "reconciliation succeeded"];

const ARGOCD_CONTEXT: &str = "continuous-delivery/{app}";

/// The reporters that one entry stands for, in a rollout that may take until `finish`.
pub fn resolve(
    reporter: &At<schema::Reporter>,
    gitops: &Gitops,
    finish: Duration,
    file: &Path,
) -> Result<Vec<Reporter>> {
    check_kind(reporter, file)?;
    let schema::Reporter { status, count, flux, argocd, gitops_connector, promoter, repeat } =
        &reporter.value;
    if let Some(count) = count.as_ref().filter(|_| status.is_none()) {
        let hint = "`flux` has `clusters`, `argocd` has a `count` of its own";
        return Err(Diagnostic::new("`count` goes with `status`").at(count.place(file)).hint(hint).into());
    }
    let repeat = repeat.as_ref().map(|repeat| interval(repeat, finish, file)).transpose()?;
    let one = |pattern: String, count: &Option<At<usize>>, success| {
        let count = at_least_one(count, file)?;
        Ok(Reporter { status: pattern, count, success, repeat })
    };
    if let Some(status) = status {
        refuse_own(status, file)?;
        return Ok(vec![one(scalars::glob(status, file)?, count, &[])?]);
    }
    if let Some(flux) = flux {
        let (pattern, success) = flux_context(flux, gitops.forge, file)?;
        return Ok(vec![one(pattern, &flux.value.clusters, success)?]);
    }
    if let Some(argocd) = argocd {
        return Ok(vec![one(argocd_context(&argocd.value, file)?, &argocd.value.count, &[])?]);
    }
    if let Some(connector) = gitops_connector {
        let contexts = connector_contexts(connector.value.operator, gitops.forge);
        return contexts.iter().map(|context| one((*context).to_owned(), &None, &[])).collect();
    }
    let Some(promoter) = promoter else { return Ok(Vec::new()) };
    Ok(vec![one(promoter_context(&promoter.value, gitops, file)?, &None, &[])?])
}

fn check_kind(reporter: &At<schema::Reporter>, file: &Path) -> Result<()> {
    let schema::Reporter { status, flux, argocd, gitops_connector, promoter, .. } = &reporter.value;
    let kinds =
        [status.is_some(), flux.is_some(), argocd.is_some(), gitops_connector.is_some(), promoter.is_some()];
    let (message, hint) = match kinds.iter().filter(|there| **there).count() {
        1 => return Ok(()),
        0 => (
            "an entry of `reporters` that names no reporter",
            "one of: status, flux, argocd, gitopsConnector, promoter",
        ),
        _ => ("an entry of `reporters` has more than one reporter", "give each a `-` of its own"),
    };
    Err(Diagnostic::new(message).at(reporter.place(file)).hint(hint).into())
}

/// A reporter has two turns to appear, for which the rollout has to leave it the time.
fn interval(text: &At<String>, finish: Duration, file: &Path) -> Result<Duration> {
    let repeat = scalars::duration(text, file)?;
    if repeat * 2 <= finish {
        return Ok(repeat);
    }
    let message = format!(
        "a reporter that looks every {} may appear after `finish` is over",
        text.value.escape_debug()
    );
    let hint = "set `finish` to twice that time at least";
    Err(Diagnostic::new(message).at(text.place(file)).hint(hint).into())
}

fn refuse_own(status: &At<String>, file: &Path) -> Result<()> {
    if !status.value.starts_with("towline/") {
        return Ok(());
    }
    let message = "contexts that begin with `towline/` are Towline's own, not reports of a deployment";
    Err(Diagnostic::new(message).at(status.place(file)).into())
}

fn at_least_one(count: &Option<At<usize>>, file: &Path) -> Result<usize> {
    match count {
        None => Ok(1),
        Some(count) if count.value == 0 => {
            let message = "at least 1 has to report";
            let hint = "write `reporters: none` when nothing reports";
            Err(Diagnostic::new(message).at(count.place(file)).hint(hint).into())
        }
        Some(count) => Ok(count.value),
    }
}

/// `kustomization/NAME/UID`: the last part is that of the Provider, another one in each cluster. On
/// Azure DevOps the genre `fluxcd` or `fluxcd:SUMMARY` stands before it.
fn flux_context(
    flux: &At<schema::Flux>,
    forge: ForgeKind,
    file: &Path,
) -> Result<(String, &'static [&'static str])> {
    let (kind, name, success) = match (&flux.value.kustomization, &flux.value.helm_release) {
        (Some(name), None) => ("kustomization", name, KUSTOMIZATION),
        (None, Some(name)) => ("helmrelease", name, HELM_RELEASE),
        _ => {
            let message = "`flux` names either a `kustomization` or a `helmRelease`";
            return Err(Diagnostic::new(message).at(flux.place(file)).into());
        }
    };
    let name = segment(name, file)?;
    let genre = if forge == ForgeKind::AzureDevOps { "fluxcd*/" } else { "" };
    Ok((format!("{genre}{kind}/{name}/*"), success))
}

fn argocd_context(argocd: &schema::ArgoCd, file: &Path) -> Result<String> {
    let name = segment(&argocd.application, file)?;
    let Some(template) = &argocd.context else { return Ok(ARGOCD_CONTEXT.replace("{app}", &name)) };
    refuse_own(template, file)?;
    if !template.value.contains("{app}") {
        let message = "the context has no `{app}`: every Application would report as this one";
        let hint = format!(
            "for example `{ARGOCD_CONTEXT}`; or write `status` for a context that is always the same"
        );
        return Err(Diagnostic::new(message).at(template.place(file)).hint(hint).into());
    }
    let parts: Vec<String> = template.value.split("{app}").map(globset::escape).collect();
    Ok(parts.join(&name))
}

/// Argo CD's are three, of which each says something else. On Azure DevOps a genre stands before.
fn connector_contexts(operator: schema::Operator, forge: ForgeKind) -> &'static [&'static str] {
    match (operator, forge == ForgeKind::AzureDevOps) {
        (schema::Operator::Argocd, false) => &["Phase", "Sync", "Health"],
        (schema::Operator::Argocd, true) => &["ArgoCD/Phase", "ArgoCD/Sync", "ArgoCD/Health"],
        (schema::Operator::Flux, false) => &["Status"],
        (schema::Operator::Flux, true) => &["Kustomization/Status"],
    }
}

fn promoter_context(promoter: &schema::Promoter, gitops: &Gitops, file: &Path) -> Result<String> {
    let key = scalars::line(&promoter.key, file)?;
    refuse_own(&promoter.key, file)?;
    let branch = match &promoter.branch {
        Some(branch) => scalars::line(branch, file)?,
        None => gitops.branch.clone(),
    };
    Ok(format!("{}/{}", globset::escape(&key), globset::escape(&branch)))
}

/// The name of a resource, in which `*` stays a wildcard.
fn segment(name: &At<String>, file: &Path) -> Result<String> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '*');
    if !name.value.is_empty() && name.value.chars().all(known) {
        return Ok(name.value.clone());
    }
    let message = format!("`{}` is not the name of a resource", name.value.escape_debug());
    let hint = "lower-case letters, digits, `-`, `.`, and `*` for any of these";
    Err(Diagnostic::new(message).at(name.place(file)).hint(hint).into())
}
