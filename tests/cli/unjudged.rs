//! What the declared operator cannot judge is said before its success is believed.

use insta::assert_snapshot;

use super::{DEPLOYMENT, PIPELINE};
use crate::given::Sandbox;

const ROLLOUT: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  strategy: {canary: {steps: [{setWeight: 20}, {pause: {duration: 10m}}, {pause: {duration: 1800}}, {pause: {}}]}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web}
spec: {secretName: web}
";

fn sandbox(reporters: &str, manifest: &str) -> Sandbox {
    let (head, _) = PIPELINE.split_once("environments:").unwrap();
    let environment = format!("environments: [{{name: dev, await: {{reporters: [{reporters}]}}}}]\n");
    Sandbox::with_application(&[
        ("towline.yaml", &format!("{head}{environment}")),
        ("deploy/web.yaml", DEPLOYMENT),
        ("deploy/rollout.yaml", manifest),
    ])
}

#[test]
fn a_rollout_under_flux_is_a_finding_with_what_to_add() {
    let sandbox = sandbox("{flux: {kustomization: greeting}}", ROLLOUT);
    assert_snapshot!(sandbox.towline(&["validate"]), @r#"
    --- stdout
    towline.yaml: 1 environment
    dev: 3 resources
    --- stderr
    warning[unjudged-health]: deploy/rollout.yaml:2: Flux reports success as soon as it has applied Rollout web: its progress is in `status.phase`, which Flux does not read
      hint: add this to the `spec` of the Kustomization, with a `timeout` that is longer than the rollout takes (its pauses alone: 40m), and write `healthCheckExprs: [Rollout]` beside its name in `reporters`:
        healthCheckExprs:
          - apiVersion: argoproj.io/v1alpha1
            kind: Rollout
            inProgress: "!has(status.observedGeneration) || status.observedGeneration != string(metadata.generation) || status.phase == 'Progressing' || status.phase == 'Paused'"
            failed: "status.observedGeneration == string(metadata.generation) && status.phase == 'Degraded'"
            current: "status.observedGeneration == string(metadata.generation) && status.phase == 'Healthy'"
    --- exit code 0
    "#);
    let release = ["--release", "1.4.0", "--image", "web=1.4.0"];
    let proposed = sandbox.towline(&[&["propose", "dev"][..], &release].concat());
    assert!(proposed.stderr.contains("warning[unjudged-health]: deploy/rollout.yaml"), "{proposed}");
    let message = sandbox.git("gitops.git", &["log", "--patch", "refs/towline/forge"]);
    assert!(message.contains("Flux reports success before it is rolled out: Rollout web"), "{message}");
}

#[test]
fn nothing_is_said_where_the_operator_can_judge_it() {
    for reporters in [
        "{flux: {kustomization: greeting, healthCheckExprs: [Rollout]}}",
        "{argocd: {application: greeting}}",
        "{status: anything}",
    ] {
        let run = sandbox(reporters, ROLLOUT).towline(&["validate"]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{reporters}");
    }
}

#[test]
fn other_kinds_are_named_with_where_to_find_expressions() {
    let canary = "{apiVersion: flagger.app/v1beta1, kind: Canary, metadata: {name: web}}";
    let sandbox = sandbox("{flux: {kustomization: greeting}}", canary);
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 1 environment
    dev: 2 resources
    --- stderr
    warning[unjudged-health]: deploy/rollout.yaml:1: Flux reports success as soon as it has applied Canary web: its progress is in `status.phase`, which Flux does not read
      hint: add `healthCheckExprs` for it to the `spec` of the Kustomization, as in https://fluxcd.io/flux/cheatsheets/cel-healthchecks/, and write `healthCheckExprs: [Canary]` beside its name in `reporters`
    --- exit code 0
    ");
}

#[test]
fn kinds_of_which_nothing_is_known_are_a_note_of_validate_alone() {
    let widget = "{apiVersion: example.com/v1, kind: Widget, metadata: {name: web}}";
    let sandbox = sandbox("{flux: {kustomization: greeting}}", widget);
    assert_snapshot!(sandbox.towline(&["validate"]), @"
    --- stdout
    towline.yaml: 1 environment
    dev: 2 resources
    --- stderr
    note: dev: Flux judges Widget (example.com/v1) by the condition `Ready`; without a status they are healthy as soon as they are applied
    --- exit code 0
    ");
    let rendered = sandbox.towline(&["render", "dev", "--release", "1.4.0", "--image", "web=1.4.0"]);
    assert_eq!(rendered.stderr, "");
}
