//! What is risky in a change: every risk is found, and harmless changes have none.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::{Value, json};
use towline::propose::changes::{RiskId, SharedRisk};
use towline::render::Rendering;
use towline::render::taken_out::{Rollback, TakenOut};

use super::{
    Case, changes, claim, crd, deployment, ingress, plain, pod, rbac, release, resource, service, spec,
};
use crate::propose::Desk;

fn risks(cases: &[Case]) -> Vec<SharedRisk> {
    changes(cases).risks()
}

fn lines(cases: &[Case]) -> String {
    risks(cases).iter().map(|risk| format!("{risk}\n")).collect()
}

fn dangerous() -> Vec<Case> {
    let binding = |role: &str, subject: Value| json!({"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [subject]});
    let account = json!({"kind": "ServiceAccount", "name": "ci", "namespace": "web"});
    let everybody = json!({"kind": "Group", "name": "system:authenticated"});
    let rules =
        |verbs: &[&str]| json!({"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}]});
    let secured = json!({
        "securityContext": {"runAsNonRoot": true, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
        "livenessProbe": {"httpGet": {"path": "/", "port": 80}}, "resources": {"limits": {"memory": "1Gi"}},
    });
    let exposed = json!({
        "hostNetwork": true, "volumes": [{"name": "root", "hostPath": {"path": "/"}}],
        "containers": [{"name": "agent", "image": "agent:1.0.0", "securityContext": {
            "privileged": true, "allowPrivilegeEscalation": true, "capabilities": {"add": ["SYS_ADMIN"]},
        }}],
    });
    let job = |image: &str| {
        let template = json!({"spec": {"containers": [{"name": "job", "image": image}]}});
        spec("batch/v1", "Job", "migrate", json!({"template": template}))
    };
    let mut forced = job("job:1");
    forced["metadata"] =
        json!({"name": "forced", "annotations": {"kustomize.toolkit.fluxcd.io/force": "enabled"}});
    let mut forced_after = forced.clone();
    forced_after["spec"]["template"]["spec"]["containers"][0]["image"] = "job:2".into();
    let budget = spec("policy/v1", "PodDisruptionBudget", "web", json!({"minAvailable": 1}));
    let ports = |of: &str, port: u16| json!({"type": of, "ports": [{"port": 80, "nodePort": port}]});
    vec![
        (Value::Null, rbac("ClusterRoleBinding", "admin", binding("cluster-admin", account))),
        (Value::Null, rbac("ClusterRoleBinding", "all", binding("view", everybody))),
        (rbac("Role", "wild", rules(&["get"])), rbac("Role", "wild", rules(&["*"]))),
        (Value::Null, rbac("Role", "bind", rules(&["bind"]))),
        (Value::Null, deployment("agent", 1, exposed)),
        (deployment("web", 4, pod(secured)), plain("web")),
        (deployment("down", 4, pod(json!({}))), deployment("down", 2, pod(json!({})))),
        (deployment("stop", 4, pod(json!({}))), deployment("stop", 0, pod(json!({})))),
        (plain("old"), deployment("old", 4, pod(json!({"image": "ghcr.io/acme/web:1.1.0"})))),
        (plain("worker"), Value::Null),
        (plain("cron"), Value::Null),
        (budget, Value::Null),
        (ingress("web.example.com"), ingress("www.example.com")),
        (
            service("api", json!({"selector": {"app": "api"}})),
            service("api", json!({"selector": {"app": "web"}})),
        ),
        (service("gone", json!({})), Value::Null),
        (Value::Null, service("public", json!({"type": "LoadBalancer"}))),
        (Value::Null, service("node", ports("NodePort", 30080))),
        (resource("v1", "Namespace", "team", json!({})), Value::Null),
        (crd(&["v1", "v1beta1"]), crd(&["v1"])),
        (claim("2Gi", "fast"), claim("1Gi", "slow")),
        (job("job:1"), job("job:2")),
        (forced, forced_after),
    ]
}

#[test]
fn every_risk_is_found() {
    assert_snapshot!(lines(&dangerous()), @r#"
    Namespace team: deletes the namespace and everything in it (deleted-data, high)
    Deployment worker, Deployment cron: deletes the workload (deleted-workload, high)
    Service gone: deletes the Service: clients no longer reach its pods (deleted-endpoint, high)
    CustomResourceDefinition jobs.acme.com: no longer serves the version `v1beta1` (deleted-version, high)
    PersistentVolumeClaim data: changes `spec.storageClassName`, which Kubernetes refuses (immutable-field, high)
    Job migrate: changes `spec.template`, which Kubernetes refuses (immutable-field, high)
    Job forced: changes `spec.template`: the operator deletes it and creates it again (recreated, high)
    PersistentVolumeClaim data: shrinks the claim from 2Gi to 1Gi, which Kubernetes refuses (volume-shrunk, high)
    Deployment stop: stops all pods: 0 replicas (scaled-to-zero, high)
    Deployment old: takes `ghcr.io/acme/web` from `1.2.0` back to `1.1.0` (image-downgrade, high)
    ClusterRoleBinding admin: gives ServiceAccount `web/ci` all rights (cluster-admin, high)
    ClusterRoleBinding all: gives Group `system:authenticated` the role `view` (bound-to-everyone, high)
    Role wild: allows `*` on `pods` (rbac-wildcard, high)
    Role bind: allows `bind` on `pods` (rbac-escalation, high)
    Deployment agent: makes the container `agent` privileged (privileged, high)
    Deployment agent: mounts `/` of the node (host-path, high)
    Deployment agent: shares the network of the node (host-namespace, high)
    Deployment agent: gives the container `agent` the capability `SYS_ADMIN` (added-capability, medium)
    Deployment agent: lets the container `agent` gain privileges (privilege-escalation, medium)
    Deployment web: no longer drops the capability `ALL` in the container `web` (security-context-removed, medium)
    Deployment web: no longer forbids root in the container `web` (security-context-removed, medium)
    Deployment web: no longer makes the file system read-only in the container `web` (security-context-removed, medium)
    PodDisruptionBudget web: deletes the budget: drains may stop all of its pods at once (deleted-protection, medium)
    Deployment down: lowers `replicas` from 4 to 2 (scaled-down, medium)
    Deployment web: removes the `livenessProbe` of the container `web` (probe-removed, medium)
    Deployment web: removes the limit of `memory` of the container `web` (limit-removed, medium)
    Service api: changes `spec.selector`: other pods get the traffic (selector-changed, medium)
    Ingress web: no longer serves the host `web.example.com` (host-removed, medium)
    Service public: opens a load balancer (load-balancer, medium)
    Service node: opens the port `30080` on every node (node-port, medium)
    Ingress web: serves the host `www.example.com` (ingress-host, low)
    "#);
    let found: BTreeSet<RiskId> = risks(&dangerous()).into_iter().map(|shared| shared.risk.id).collect();
    let missing: Vec<&RiskId> = RiskId::ALL.iter().filter(|id| !found.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn harmless_changes_have_none() {
    let probe = json!({"livenessProbe": {"httpGet": {"path": "/", "port": 80}}});
    let mut kept = resource("v1", "Namespace", "kept", json!({}));
    kept["metadata"]["annotations"] = json!({"kustomize.toolkit.fluxcd.io/prune": "disabled"});
    let set = |policy: Value| {
        let mut value = json!({"serviceName": "db", "selector": {"matchLabels": {"app": "db"}}});
        value.as_object_mut().unwrap().extend(policy.as_object().unwrap().clone());
        spec("apps/v1", "StatefulSet", "db", value)
    };
    let cases = [
        (plain("web"), deployment("web", 8, pod(json!({"image": "ghcr.io/acme/web:1.3.0"})))),
        (plain("probed"), deployment("probed", 4, pod(probe))),
        (deployment("few", 4, pod(json!({}))), deployment("few", 3, pod(json!({})))),
        (Value::Null, plain("new")),
        (Value::Null, service("inside", json!({"type": "ClusterIP"}))),
        (
            service("typed", json!({})),
            service("typed", json!({"clusterIP": "10.0.0.7", "type": "ClusterIP"})),
        ),
        (kept, Value::Null),
        (set(json!({})), set(json!({"podManagementPolicy": "OrderedReady", "replicas": 3}))),
        (claim("1Gi", "fast"), claim("1024Mi", "fast")),
        (resource("v1", "ConfigMap", "settings", json!({})), Value::Null),
    ];
    assert_eq!(lines(&cases), "");
}

#[test]
fn resources_of_custom_kinds_have_pods_too() {
    let rollout = |privileged: bool| {
        let pod = pod(json!({"securityContext": {"privileged": privileged}}));
        spec("argoproj.io/v1alpha1", "Rollout", "web", json!({"template": {"spec": pod}}))
    };
    assert_snapshot!(lines(&[(rollout(false), rollout(true))]), @r#"Rollout web: makes the container `web` privileged (privileged, high)"#);
}

/// What no manifest shows: a value in a file of others, or in a chart.
#[test]
fn images_of_the_release_that_go_back() {
    let desk = Desk::new();
    let web = plain("web");
    desk.deploy(&release("1.0.0", &[&web]));
    let mut older = release("0.9.0", &[&web]);
    let told = |rendering: &Rendering| {
        desk.changes(rendering).risks().iter().map(|it| it.to_string()).collect::<String>()
    };
    assert_snapshot!(told(&older), @"image web: takes `ghcr.io/acme/web` from `1.0.0` back to `0.9.0` (image-downgrade, high)");
    let from = TakenOut::new(&release("1.0.0", &[]).release);
    older.rollback = Some(Rollback { from, restored: git2::Oid::ZERO_SHA1 });
    assert_eq!(told(&older), "", "that is what a rollback is for");
}

/// The table of docs/pull-requests.md.
#[test]
fn every_risk_is_documented() {
    let rows = RiskId::ALL
        .iter()
        .map(|id| format!("| `{}` | {} | {} |\n", id.as_str(), id.severity().as_str(), id.description()));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pull-requests.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, _) = document.rsplit_once("|---|---|---|\n").unwrap();
    let written = format!("{before}|---|---|---|\n{}", rows.collect::<String>());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, written).unwrap();
    } else {
        assert_eq!(document, written, "run this test with UPDATE=1");
    }
}
