//! What operators write to each forge, and what Towline makes of it: the table in `docs/await.md`.
//!
//! Each row posts a body to a forge as the operator does, and reads it as a reporter of the pipeline file.
//! The bodies are those that notification-controller 1.9 (Gitea) and Azure/gitops-connector were seen to send;
//! those for other forges follow their sources, and Argo CD's the template in `docs/argocd.md`.
//!
//! `UPDATE=1 cargo test forge_contract::reports::` writes the table anew; read the difference.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use git2::Oid;
use serde_json::{Value, json};
use towline::config;

use super::Bench as _;
use super::bench::{Bench, Fake};
use crate::fakes::azure_devops::AzureDevOps;
use crate::fakes::gitea::Gitea;
use crate::fakes::github::GitHub;
use crate::fakes::gitlab::GitLab;

/// One row. What a status is called differs between the forges, and its state.
struct Row {
    entry: &'static str,
    context: &'static str,
    state: &'static str,
    description: &'static str,
    means: &'static str,
}

const fn row(
    entry: &'static str,
    (context, state, description): (&'static str, &'static str, &'static str),
    means: &'static str,
) -> Row {
    Row { entry, context, state, description, means }
}

const FLUX: &str = "{flux: {kustomization: web}}";
const HELM: &str = "{flux: {helmRelease: web}}";
const ARGOCD: &str = "{argocd: {application: web}}";
const CONNECTOR_ARGOCD: &str = "{gitopsConnector: {operator: argocd}}";
const CONNECTOR_FLUX: &str = "{gitopsConnector: {operator: flux}}";
const STATUS: &str = "{status: smoke}";

const ID: &str = "kustomization/web/3c9d8e7f";

/// Those that GitHub and Gitea have alike.
const FLUX_GITHUB: &[Row] = &[
    row(FLUX, (ID, "success", "reconciliation succeeded"), "healthy"),
    row(FLUX, (ID, "failure", "health check failed"), "failed"),
    row(FLUX, (ID, "failure", "reconciliation failed"), "failed"),
    row(FLUX, (ID, "failure", "artifact failed"), "failed"),
    row(FLUX, (ID, "success", "dependency not ready"), "progressing"),
    row(FLUX, ("kustomization/web/eu/3c9d8e7f", "success", "reconciliation succeeded"), "healthy"),
    row(FLUX, ("kustomization/api/3c9d8e7f", "success", "reconciliation succeeded"), "not about it"),
    row(HELM, ("helmrelease/web/3c9d8e7f", "success", "upgrade succeeded"), "healthy"),
    row(HELM, ("helmrelease/web/3c9d8e7f", "success", "rollback succeeded"), "failed"),
    row(HELM, ("helmrelease/web/3c9d8e7f", "failure", "upgrade failed"), "failed"),
];

const APP: &str = "continuous-delivery/web";

const ARGOCD_GITHUB: &[Row] = &[
    row(ARGOCD, (APP, "pending", "Running, Healthy"), "progressing"),
    row(ARGOCD, (APP, "pending", "Running, Degraded"), "progressing"),
    row(ARGOCD, (APP, "success", "Succeeded, Healthy"), "healthy"),
    row(ARGOCD, (APP, "success", "Succeeded, Suspended"), "paused"),
    row(ARGOCD, (APP, "success", "Succeeded, Unknown"), "unknown"),
    row(ARGOCD, (APP, "success", "Succeeded, Missing"), "progressing"),
    row(ARGOCD, (APP, "error", "Succeeded, Degraded"), "failed"),
    row(ARGOCD, (APP, "failure", "Failed, Healthy"), "failed"),
    row(ARGOCD, ("continuous-delivery/api", "success", "Succeeded, Healthy"), "not about it"),
];

const CONNECTOR_GITHUB: &[Row] = &[
    row(CONNECTOR_ARGOCD, ("Phase", "pending", "Running: "), "progressing"),
    row(CONNECTOR_ARGOCD, ("Phase", "success", "Succeeded: successfully synced (all tasks run)"), "healthy"),
    row(CONNECTOR_ARGOCD, ("Phase", "failure", "Failed: one or more objects failed to apply"), "failed"),
    row(CONNECTOR_ARGOCD, ("Sync", "success", "3/3 Synced"), "healthy"),
    row(CONNECTOR_ARGOCD, ("Sync", "success", ""), "unknown"),
    row(CONNECTOR_ARGOCD, ("Health", "success", "1/3 Healthy"), "healthy"),
    row(CONNECTOR_ARGOCD, ("Health", "success", ""), "unknown"),
    row(CONNECTOR_ARGOCD, ("Health", "failure", "1/3 Missing"), "progressing"),
    row(CONNECTOR_ARGOCD, ("Health", "error", "1/3 Degraded"), "failed"),
    row(CONNECTOR_ARGOCD, ("Health", "error", "1/3 Suspended"), "paused"),
    row(CONNECTOR_FLUX, ("Status", "pending", "Reconciliation underway."), "progressing"),
    row(
        CONNECTOR_FLUX,
        ("Status", "success", "Reconciliation finished in 517.657453ms, next run in 1m0s"),
        "healthy",
    ),
    row(CONNECTOR_FLUX, ("Status", "failure", "Health Check Failed"), "failed"),
    row(CONNECTOR_FLUX, ("Deployment", "success", "1 configured"), "not about it"),
];

const STATUS_GITHUB: &[Row] = &[
    row(STATUS, ("smoke", "success", ""), "healthy"),
    row(STATUS, ("smoke", "pending", ""), "progressing"),
    row(STATUS, ("smoke", "error", "no runner"), "failed"),
];

const GITLAB: &[Row] = &[
    row(FLUX, (ID, "success", "reconciliation succeeded"), "healthy"),
    row(FLUX, (ID, "failed", "health check failed"), "failed"),
    row(ARGOCD, (APP, "running", "Running, Healthy"), "progressing"),
    row(ARGOCD, (APP, "success", "Succeeded, Healthy"), "healthy"),
    row(ARGOCD, (APP, "failed", "Succeeded, Degraded"), "failed"),
    row(STATUS, ("smoke", "canceled", ""), "failed"),
];

const AZURE_DEVOPS: &[Row] = &[
    row(FLUX, ("fluxcd/kustomization/web/3c9d8e7f", "succeeded", "reconciliation succeeded"), "healthy"),
    row(FLUX, ("fluxcd:prod/kustomization/web/3c9d8e7f", "succeeded", "reconciliation succeeded"), "healthy"),
    row(FLUX, ("fluxcd/kustomization/web/3c9d8e7f", "error", "health check failed"), "failed"),
    row(CONNECTOR_ARGOCD, ("ArgoCD/Phase", "succeeded", "Phase: Succeeded: successfully synced"), "healthy"),
    row(CONNECTOR_ARGOCD, ("ArgoCD/Sync", "succeeded", "Sync: 3/3 Synced"), "healthy"),
    row(CONNECTOR_ARGOCD, ("ArgoCD/Sync", "notApplicable", "Sync: "), "unknown"),
    row(CONNECTOR_ARGOCD, ("ArgoCD/Health", "succeeded", "Health: 1/3 Healthy"), "healthy"),
    row(CONNECTOR_ARGOCD, ("ArgoCD/Health", "notApplicable", "Health: "), "unknown"),
    row(CONNECTOR_ARGOCD, ("ArgoCD/Health", "error", "Health: 1/3 Suspended"), "paused"),
    row(
        CONNECTOR_FLUX,
        ("Kustomization/Status", "error", "Status: Dependencies do not meet ready condition, retrying in 5s"),
        "progressing",
    ),
    row(CONNECTOR_FLUX, ("Kustomization/Status", "failed", "Status: Health Check Failed"), "failed"),
    row(STATUS, ("smoke", "notApplicable", ""), "progressing"),
];

/// How a status is posted to a forge.
trait Posts: Fake {
    const TITLE: &'static str;
    /// `gitops.forge`
    const CONFIGURED: &'static str;

    fn path(commit: Oid) -> String;

    fn authorization() -> String {
        format!("Bearer {}", Self::TOKEN.1)
    }

    fn body(row: &Row) -> Value {
        json!({"state": row.state, "context": row.context, "description": row.description})
    }
}

impl Posts for GitHub {
    const TITLE: &'static str = "GitHub";
    const CONFIGURED: &'static str = "github";

    fn path(commit: Oid) -> String {
        format!("/repos/acme/gitops/statuses/{commit}")
    }
}

impl Posts for Gitea {
    const TITLE: &'static str = "Gitea";
    const CONFIGURED: &'static str = "gitea";

    fn path(commit: Oid) -> String {
        format!("/api/v1/repos/acme/gitops/statuses/{commit}")
    }

    fn authorization() -> String {
        format!("token {}", Self::TOKEN.1)
    }
}

impl Posts for GitLab {
    const TITLE: &'static str = "GitLab";
    const CONFIGURED: &'static str = "gitlab";

    fn path(commit: Oid) -> String {
        format!("/api/v4/projects/acme%2Fplatform%2Fgitops/statuses/{commit}")
    }

    fn body(row: &Row) -> Value {
        json!({"state": row.state, "name": row.context, "description": row.description})
    }
}

impl Posts for AzureDevOps {
    const TITLE: &'static str = "Azure DevOps";
    const CONFIGURED: &'static str = "azureDevOps";

    fn path(commit: Oid) -> String {
        format!("/acme/shop/_apis/git/repositories/gitops/commits/{commit}/statuses?api-version=7.0")
    }

    fn authorization() -> String {
        "Basic OnBhdA==".to_owned()
    }

    fn body(row: &Row) -> Value {
        let (genre, name) = row.context.split_once('/').unwrap_or(("", row.context));
        json!({"state": row.state, "context": {"genre": genre, "name": name}, "description": row.description})
    }
}

/// Posts the status of each row, and says what it means to its reporter.
fn table<F: Posts>(rows: &[&[Row]]) -> String {
    let bench: Bench<F> = Bench::new();
    let mut table = String::new();
    for row in rows.iter().copied().flatten() {
        let commit = bench.push("main", &[("row.yaml", &format!("{}\n{}\n", row.context, row.description))]);
        post(bench.server.url(), &F::path(commit), &F::authorization(), &F::body(row));
        let found = meaning(&bench, commit, row.entry);
        assert_eq!(found, row.means, "{}: {} {} {}", F::TITLE, row.context, row.state, row.description);
        let reporter = row.entry.trim_start_matches('{').split([':', ' ']).next().unwrap();
        let _ = writeln!(
            table,
            "| `{reporter}` | {} | `{}` | {} | {} | {found} |",
            F::TITLE,
            row.context,
            row.state,
            if row.description.is_empty() { "nothing" } else { row.description },
        );
    }
    table
}

fn meaning<F: Posts>(bench: &Bench<F>, commit: Oid, entry: &str) -> String {
    let location = F::location(bench.server.url());
    let text = format!(
        "version: 1\napplication: web\ntemplates: [path: deploy]\ngitops: {{repository: \"{location}\", forge: {}}}\n\
         environments: [{{name: dev, await: {{reporters: [{entry}]}}}}]\n",
        F::CONFIGURED
    );
    let pipeline = config::parse(&text, Path::new("towline.yaml")).unwrap();
    let reporters = pipeline.environments[0].rollout.reporters.as_ref().unwrap();
    let statuses = bench.forge().commit_statuses(commit).unwrap();
    let [status] = statuses.as_slice() else { panic!("one status: {statuses:?}") };
    let mut read = reporters.iter().filter_map(|reporter| reporter.read(status));
    read.next().map_or("not about it".to_owned(), |report| report.meaning.to_string())
}

fn post(url: &str, path: &str, authorization: &str, body: &Value) {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {authorization}\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

/// Check runs are no statuses: they are planted.
fn check_runs() -> String {
    let mut table = String::new();
    for (status, conclusion, means) in [
        ("in_progress", None, "progressing"),
        ("completed", Some("success"), "healthy"),
        ("completed", Some("failure"), "failed"),
        ("completed", Some("neutral"), "progressing"),
    ] {
        let bench: Bench<GitHub> = Bench::new();
        let commit = bench.push("main", &[("row.yaml", "a: 1\n")]);
        bench.fake.add_check_run(commit, "argocd-health/main", status, conclusion);
        assert_eq!(
            meaning(&bench, commit, "{promoter: {key: argocd-health}}"),
            means,
            "{status} {conclusion:?}"
        );
        let state = conclusion.unwrap_or(status);
        let _ = writeln!(
            table,
            "| `promoter` | GitHub | `argocd-health/main` (check run) | {state} | nothing | {means} |"
        );
    }
    table
}

#[test]
fn the_table_of_what_operators_write() {
    let rows = [
        table::<GitHub>(&[FLUX_GITHUB, ARGOCD_GITHUB, CONNECTOR_GITHUB, STATUS_GITHUB]),
        check_runs(),
        table::<Gitea>(&[FLUX_GITHUB, ARGOCD_GITHUB, STATUS_GITHUB]),
        table::<GitLab>(&[GITLAB]),
        table::<AzureDevOps>(&[AZURE_DEVOPS]),
    ];
    let header = "| reporter | forge | context | state | description | means |\n|---|---|---|---|---|---|\n";
    let (begin, end) = ("<!-- reports -->\n", "<!-- /reports -->");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/await.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let new = format!("{before}{begin}{header}{}{end}{after}", rows.concat());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, new).unwrap();
        return;
    }
    assert!(
        text == new,
        "the table in docs/await.md is out of date: UPDATE=1 cargo test forge_contract::reports::"
    );
}
