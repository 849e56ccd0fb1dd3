//! What a merge does to the cluster, from the manifests alone.

use insta::assert_snapshot;
use serde_json::{Value, json};
use towline::propose::changes::Effect;

use super::{Case, changes, claim, deployment, plain, pod, resource, spec};

fn effect(cases: &[Case]) -> Option<Effect> {
    changes(cases).effect.map(|effect| *effect)
}

fn line(cases: &[Case]) -> String {
    effect(cases).and_then(|effect| effect.line()).unwrap_or_default()
}

fn image(version: &str) -> Value {
    pod(json!({"image": format!("ghcr.io/acme/web:{version}")}))
}

fn with(mut value: Value, pointer: &str, field: &str, to: Value) -> Value {
    value.pointer_mut(pointer).unwrap()[field] = to;
    value
}

fn both(value: Value) -> Case {
    (value.clone(), value)
}

fn budget(of: Value) -> Value {
    let mut value = json!({"selector": {"matchLabels": {"app": "web"}}});
    value.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
    spec("policy/v1", "PodDisruptionBudget", "web", value)
}

fn settings(value: &str) -> Value {
    resource("v1", "ConfigMap", "settings", json!({"data": {"LEVEL": value}}))
}

#[test]
fn pods_restart_when_their_template_changes() {
    let new = deployment("web", 4, image("1.3.0"));
    assert_snapshot!(line(&[(plain("web"), new.clone())]), @"restarts `Deployment web` (4 pods)");
    let of = |name: &str| (plain(name), deployment(name, 4, image("1.3.0")));
    assert_snapshot!(line(&[of("a"), of("b"), of("c"), of("d")]), @"restarts 4 workloads (16 pods)");
    let recreated = with(new.clone(), "/spec", "strategy", json!({"type": "Recreate"}));
    assert_snapshot!(line(&[(plain("web"), recreated)]), @"stops and starts again `Deployment web` (4 pods)");
    let paused = with(new, "/spec", "paused", true.into());
    assert_snapshot!(line(&[(plain("web"), paused)]), @"");
    let labelled = with(plain("web"), "/metadata", "labels", json!({"team": "web"}));
    assert_eq!(effect(&[(plain("web"), labelled)]), None, "the pods stay as they are");
}

#[test]
fn how_many_pods_are_missing_meanwhile() {
    let restart = |replicas: u64, strategy: Value| {
        let new = deployment("web", replicas, image("1.3.0"));
        let new = with(new, "/spec", "strategy", json!({"rollingUpdate": strategy}));
        let restart =
            effect(&[(deployment("web", replicas, pod(json!({}))), new)]).unwrap().restarts.remove(0);
        (restart.pods, restart.unavailable, restart.surge)
    };
    assert_eq!(restart(4, json!({})), (Some(4), Some(1), Some(1)));
    assert_eq!(restart(3, json!({})), (Some(3), Some(0), Some(1)));
    assert_eq!(restart(10, json!({"maxUnavailable": "50%", "maxSurge": 0})), (Some(10), Some(5), Some(0)));
    assert_eq!(restart(3, json!({"maxUnavailable": "10%", "maxSurge": "0%"})), (Some(3), Some(1), Some(0)));
}

#[test]
fn an_autoscaler_decides_how_many_pods_there_are() {
    let scaler = spec(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "web",
        json!({
            "minReplicas": 2, "maxReplicas": 9, "scaleTargetRef": {"kind": "Deployment", "name": "web"},
        }),
    );
    let cases = [both(scaler), (plain("web"), deployment("web", 4, image("1.3.0")))];
    assert_snapshot!(line(&cases), @"restarts `Deployment web`");
}

#[test]
fn pods_come_and_go() {
    let cases = [
        (Value::Null, plain("new")),
        (plain("old"), Value::Null),
        (plain("more"), deployment("more", 6, pod(json!({})))),
    ];
    assert_snapshot!(line(&cases), @r#"starts `Deployment new` (4 pods); stops `Deployment old` (4 pods); scales `Deployment more` from 4 to 6"#);
}

#[test]
fn configuration_that_no_pod_reads_any_more() {
    let reading = |container: Value, volumes: Value| {
        let mut pod = pod(container);
        pod["volumes"] = volumes;
        deployment("web", 4, pod)
    };
    let change = || (settings("info"), settings("debug"));
    let from_environment = reading(json!({"envFrom": [{"configMapRef": {"name": "settings"}}]}), json!([]));
    assert_snapshot!(line(&[change(), both(from_environment.clone())]), @r#"`ConfigMap settings` reaches no running pod: `Deployment web` reads it at its start, and does not restart"#);

    let restarted = with(
        from_environment.clone(),
        "/spec/template/spec/containers/0",
        "image",
        "ghcr.io/acme/web:1.3.0".into(),
    );
    assert_snapshot!(line(&[change(), (from_environment.clone(), restarted)]), @"restarts `Deployment web` (4 pods)");

    let reloader = json!({"reloader.stakater.com/auto": "true"});
    let reloaded = with(from_environment, "/metadata", "annotations", reloader);
    assert_eq!(line(&[change(), both(reloaded)]), "");

    let volumes = || json!([{"name": "v", "configMap": {"name": "settings"}}]);
    let mounted = reading(json!({"volumeMounts": [{"name": "v", "mountPath": "/etc/web"}]}), volumes());
    assert_eq!(line(&[change(), both(mounted)]), "", "files are replaced while pods run");
    let one = json!({"volumeMounts": [{"name": "v", "mountPath": "/etc/web", "subPath": "LEVEL"}]});
    assert_snapshot!(line(&[change(), both(reading(one, volumes()))]), @r#"`ConfigMap settings` reaches no running pod: `Deployment web` reads it at its start, and does not restart"#);
}

#[test]
fn budgets_that_allow_nothing() {
    let blocks = |of: Value| line(&[(Value::Null, budget(of)), both(plain("web"))]);
    assert_snapshot!(blocks(json!({"maxUnavailable": 0})), @r#"`PodDisruptionBudget web` lets no pod of `Deployment web` go: nodes cannot be drained"#);
    assert_eq!(blocks(json!({"minAvailable": "100%"})), blocks(json!({"maxUnavailable": "0%"})));
    assert_eq!(blocks(json!({"minAvailable": 3})), "");
    assert_eq!(blocks(json!({"maxUnavailable": "1%"})), "", "it is rounded up");
    let fewer = (deployment("web", 4, pod(json!({}))), deployment("web", 3, pod(json!({}))));
    assert_snapshot!(line(&[both(budget(json!({"minAvailable": 3}))), fewer]), @r#"scales `Deployment web` from 4 to 3; `PodDisruptionBudget web` lets no pod of `Deployment web` go: nodes cannot be drained"#);
    let blocked = (plain("web"), deployment("web", 4, image("1.3.0")));
    let before = both(budget(json!({"maxUnavailable": 0})));
    assert!(!line(&[before, blocked]).contains("drained"), "it was so before");
}

#[test]
fn rollouts_that_take_more_than_a_budget_lets_go() {
    let strategy = json!({"rollingUpdate": {"maxUnavailable": 2}});
    let new = with(deployment("web", 4, image("1.3.0")), "/spec", "strategy", strategy);
    let old = with(plain("web"), "/spec", "strategy", json!({"rollingUpdate": {"maxUnavailable": 2}}));
    assert_snapshot!(line(&[both(budget(json!({"minAvailable": 3}))), (old, new)]), @r#"restarts `Deployment web` (4 pods); the rollout of `Deployment web` takes 2 pods away at a time, where `PodDisruptionBudget web` lets 1 go"#);
}

#[test]
fn claims_grow_but_do_not_shrink() {
    assert_snapshot!(line(&[(claim("1Gi", "fast"), claim("2Gi", "fast"))]), @"grows `PersistentVolumeClaim data` from 1Gi to 2Gi");
    assert_snapshot!(line(&[(claim("1.5Gi", "fast"), claim("1Gi", "fast"))]), @r#"cannot shrink `PersistentVolumeClaim data` from 1536Mi to 1Gi"#);
    assert_eq!(line(&[(claim("1Gi", "fast"), claim("1024Mi", "fast"))]), "");
}

#[test]
fn requests_and_limits_are_added_up() {
    let sized = |replicas: u64, cpu: &str, memory: &str| {
        let resources = json!({"requests": {"cpu": cpu}, "limits": {"memory": memory}});
        let mut pod = pod(json!({"resources": resources}));
        pod["initContainers"] =
            json!([{"name": "init", "image": "init", "resources": {"requests": {"cpu": "300m"}}}]);
        deployment("web", replicas, pod)
    };
    let other = both(deployment("other", 3, pod(json!({"resources": {"requests": {"cpu": "0.1"}}}))));
    let cases = [(sized(2, "250m", "512Mi"), sized(3, "500m", "0.75Gi")), other];
    assert_snapshot!(line(&cases), @r#"restarts `Deployment web` (3 pods); scales `Deployment web` from 2 to 3; requests `cpu` 900m → 1800m, `memory` 1Gi → 2304Mi; limits `memory` 1Gi → 2304Mi"#);
    assert_snapshot!(serde_json::to_string(&effect(&cases).unwrap().amounts).unwrap(), @r#"[{"resource":"cpu","requests":{"before":"900m","after":"1800m"},"limits":{"before":"0","after":"0"}},{"resource":"memory","requests":{"before":"1Gi","after":"2304Mi"},"limits":{"before":"1Gi","after":"2304Mi"}}]"#);
}
