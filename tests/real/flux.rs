//! Whole journeys through real Flux: its source-, kustomize- and notification-controller watch the
//! repository, in a namespace of the cluster that `TOWLINE_TEST_KUBECONFIG` names.
//!
//! The images are such that any cluster can run them, and one that simulates its nodes, too:
//! `pause` starts at once, `minReadySeconds` makes a rollout slow, and a tag that does not exist
//! makes it fail.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use super::forge::{BOT, RealBench, Server};
use super::requests::requests;
use super::world::application;
use crate::forge_contract::Bench;
use crate::given::{Run, Sandbox};

const IMAGE: &str = "registry.k8s.io/pause";

/// Kubernetes with Flux, a repository that it watches, and an application.
struct Journey<'s> {
    server: &'s Server,
    bench: RealBench<'s>,
    sandbox: Sandbox,
    namespace: String,
}

const PIPELINE: &str = "environments:
  - name: dev
    merge: auto
    await: {reporters: [{flux: {kustomization: dev}, repeat: 30s}], merge: 10m, appear: 3m, finish: 5m, settle: 2s, grace: 15s}
";

impl<'s> Journey<'s> {
    fn begin(server: &'s Server, name: &str, pipeline: &str) -> Self {
        let bench = server.bench(name);
        let sandbox = application(server, &bench, "greeting", pipeline);
        let namespace = format!("towline-{name}");
        let journey = Self { server, bench, sandbox, namespace };
        journey.deploy(0);
        journey.begin_to_watch();
        journey
    }

    /// Writes the template, whose pods are ready only after so many seconds.
    fn deploy(&self, seconds: u32) {
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "greeting"},
            "spec": {
                "minReadySeconds": seconds, "progressDeadlineSeconds": seconds + 20,
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": {"app": "greeting"}},
                "template": {
                    "metadata": {"labels": {"app": "greeting"}},
                    "spec": {"containers": [{"name": "web", "image": IMAGE}]},
                },
            },
        });
        let pipeline = self.sandbox.read("app/towline.yaml");
        self.sandbox.write("app/towline.yaml", &pipeline.replace("registry.example.com/greeting", IMAGE));
        self.sandbox.write("app/deploy/deployment.yaml", &deployment.to_string());
    }

    /// What Flux needs to watch the repository and to report on its commits.
    fn begin_to_watch(&self) {
        self.bench.push("main", &[("dev/greeting/.gitkeep", "")]);
        let named = |kind: &str, group: &str, name: &str, spec: serde_json::Value| json!({"apiVersion": group, "kind": kind, "metadata": {"name": name, "namespace": self.namespace}, "spec": spec});
        let secret = |name: &str, data: serde_json::Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": self.namespace}, "stringData": data});
        let (token, location) = (self.server.token("bob"), self.bench.location());
        let reached =
            std::env::var("TOWLINE_TEST_FORGE_IN_CLUSTER").unwrap_or_else(|_| self.server.url.clone());
        let url = location.replace(&self.server.url, &reached);
        let objects = [
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}),
            secret("pull", json!({"username": "bob", "password": token})),
            secret("statuses", json!({"token": token})),
            named(
                "GitRepository",
                "source.toolkit.fluxcd.io/v1",
                "gitops",
                json!({
                    "interval": "5s", "url": url, "ref": {"branch": "main"}, "secretRef": {"name": "pull"},
                }),
            ),
            named(
                "Provider",
                "notification.toolkit.fluxcd.io/v1beta3",
                "forge",
                json!({
                    "type": "gitea", "address": url.trim_end_matches(".git"), "secretRef": {"name": "statuses"},
                }),
            ),
            named(
                "Alert",
                "notification.toolkit.fluxcd.io/v1beta3",
                "forge",
                json!({
                    "providerRef": {"name": "forge"}, "eventSources": [{"kind": "Kustomization", "name": "*"}],
                }),
            ),
            named(
                "Kustomization",
                "kustomize.toolkit.fluxcd.io/v1",
                "dev",
                json!({
                    "interval": "30s", "retryInterval": "10s", "timeout": "60s", "path": "./dev/greeting", "prune": true,
                    "wait": true, "targetNamespace": self.namespace, "sourceRef": {"kind": "GitRepository", "name": "gitops"},
                }),
            ),
        ];
        for object in objects {
            kubectl(&["apply", "--filename=-"], &object.to_string());
        }
    }

    fn promote(&self, release: &str, tag: &str, more: &[&str]) -> Run {
        let image = format!("web={tag}");
        let arguments = ["promote", "--to", "dev", "--release", release, "--image", &image];
        self.sandbox.towline(&[&arguments[..], more].concat())
    }

    /// The last run leaves nothing behind that people would trip over.
    fn end(self) {
        kubectl(&["delete", "namespace", &self.namespace, "--wait=false"], "");
        self.bench.delete();
    }
}

fn kubectl(arguments: &[&str], input: &str) -> String {
    let config = std::env::var("TOWLINE_TEST_KUBECONFIG")
        .expect("set TOWLINE_TEST_KUBECONFIG to a cluster with Flux: see tests/real/README.md");
    let mut command = Command::new("kubectl");
    command.arg("--kubeconfig").arg(config).args(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kubectl {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs a real server and a cluster with Flux: TOWLINE_TEST_FORGE, TOWLINE_TEST_KUBECONFIG"]
fn a_release_is_proposed_merged_rolled_out_and_verified() {
    let server = Server::named_by_the_environment();
    let journey = Journey::begin(&server, "happy", PIPELINE);
    let run = journey.promote("1.0.0", "3.9", &["-v"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("1.0.0 verified: 1 reporter"), "{run}");
    assert!(requests(&run) <= 60, "{run}");
    let tip = journey.bench.tip("main");
    let statuses = journey.bench.forge().commit_statuses(tip).unwrap();
    let of_flux = statuses.iter().find(|status| status.context.starts_with("kustomization/dev/")).unwrap();
    assert_eq!(of_flux.creator.as_deref(), Some("bob"));
    let verdict = statuses.iter().find(|status| status.context.starts_with("towline/")).unwrap();
    assert_eq!(verdict.creator.as_deref(), Some(BOT));

    let again = journey.promote("1.0.0", "3.9", &["-v"]);
    assert_eq!((again.code, journey.bench.tip("main")), (Some(0), tip), "{again}");
    assert!(requests(&again) <= 6, "{again}");
    assert_eq!(journey.bench.forge().list_pulls(None).unwrap().len(), 1);
    journey.end();
}

#[test]
#[ignore = "needs a real server and a cluster with Flux: TOWLINE_TEST_FORGE, TOWLINE_TEST_KUBECONFIG"]
fn a_rollout_that_fails_is_told_and_the_next_release_repairs_it() {
    let server = Server::named_by_the_environment();
    let journey = Journey::begin(&server, "failing", PIPELINE);
    let run = journey.promote("1.0.0", "3.9-broken", &[]);
    assert_eq!(run.code, Some(5), "{run}");
    assert!(run.stderr.contains("health check failed"), "{run}");
    let status = journey.sandbox.towline(&["status"]);
    assert!(status.stdout.contains("failed"), "{status}");
    let repaired = journey.promote("1.0.1", "3.9", &[]);
    assert_eq!(repaired.code, Some(0), "{repaired}");
    journey.end();
}

#[test]
#[ignore = "needs a real server and a cluster with Flux: TOWLINE_TEST_FORGE, TOWLINE_TEST_KUBECONFIG"]
fn a_release_that_is_replaced_during_its_rollout_is_superseded() {
    let server = Server::named_by_the_environment();
    let journey = Journey::begin(&server, "superseded", PIPELINE);
    journey.deploy(30);
    let (older, newer) = std::thread::scope(|scope| {
        let older = scope.spawn(|| journey.promote("1.0.0", "3.9", &[]));
        let forge = journey.bench.forge();
        let is_merged = || forge.list_pulls(None).unwrap().iter().any(|pull| pull.merge_commit.is_some());
        while !is_merged() {
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        let newer = journey.promote("1.0.1", "3.10", &[]);
        (older.join().unwrap(), newer)
    });
    assert_eq!((older.code, newer.code), (Some(7), Some(0)), "{older}\n{newer}");
    let asked = journey.sandbox.towline(&["await", "dev", "--release", "1.0.0"]);
    assert_eq!(asked.code, Some(7), "{asked}");
    journey.end();
}

#[test]
#[ignore = "needs a real server and a cluster with Flux: TOWLINE_TEST_FORGE, TOWLINE_TEST_KUBECONFIG"]
fn a_release_that_people_revert_is_not_called_rolled_out() {
    let server = Server::named_by_the_environment();
    let journey = Journey::begin(&server, "reverted", PIPELINE);
    for (release, tag) in [("1.0.0", "3.9"), ("1.0.1", "3.10")] {
        let run = journey.promote(release, tag, &[]);
        assert_eq!(run.code, Some(0), "{run}");
    }
    journey.bench.revert_the_last_merge();
    let asked = journey.sandbox.towline(&["await", "dev", "--release", "1.0.1"]);
    assert_eq!(asked.code, Some(7), "{asked}");
    let again = journey.promote("1.0.1", "3.10", &[]);
    assert_eq!(again.code, Some(3), "people took it out: {again}");
    let wanted = journey.promote("1.0.1", "3.10", &["--again"]);
    assert_eq!(wanted.code, Some(0), "{wanted}");
    journey.end();
}

#[test]
#[ignore = "needs a real server and a cluster with Flux: TOWLINE_TEST_FORGE, TOWLINE_TEST_KUBECONFIG"]
fn a_merge_that_is_forced_away_ends_the_wait() {
    let server = Server::named_by_the_environment();
    let journey = Journey::begin(&server, "forced", PIPELINE);
    journey.deploy(60);
    let before = journey.bench.tip("main");
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| journey.promote("1.0.0", "3.9", &[]));
        while journey.bench.tip("main") == before {
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        journey.bench.force("main", before);
        run.join().unwrap()
    });
    assert!(!matches!(run.code, Some(0 | 6)), "{run}");
    journey.end();
}
