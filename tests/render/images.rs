//! Where the images of a release are put, and what is said where they are not.

use insta::assert_snapshot;
use serde_json::Value;

use super::support::Project;

const POD: &str = "
kind: Pod
apiVersion: v1
metadata: {name: pod}
spec:
  initContainers: [{name: a, image: ghcr.io/acme/web:old}]
  containers: [{name: b, image: ghcr.io/acme/web}]
  ephemeralContainers: [{name: c, image: 'ghcr.io/acme/web:old'}]
  volumes: [{name: v, image: {reference: 'ghcr.io/acme/web:old'}}]
";

const TEMPLATE: &str = "
kind: WorkflowTemplate
apiVersion: argoproj.io/v1alpha1
metadata: {name: flow}
spec:
  templates:
  - {name: a, container: {image: 'ghcr.io/acme/web:old'}}
  - {name: b, script: {image: 'ghcr.io/acme/web:old', source: x}, sidecars: [{name: s, image: ghcr.io/acme/web}]}
";

const TASK: &str = "
kind: Task
apiVersion: tekton.dev/v1
metadata: {name: task}
spec: {stepTemplate: {image: ghcr.io/acme/web}, steps: [{name: a, image: 'ghcr.io/acme/web:old'}]}
";

const PROMETHEUS: &str = "
kind: Prometheus
apiVersion: monitoring.coreos.com/v1
metadata: {name: prom}
spec: {image: 'ghcr.io/acme/web:old', thanos: {image: ghcr.io/acme/web}}
";

/// Every text that names the image.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains("acme/web") => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(map) => map.values().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn images_are_set_wherever_the_kind_has_them() {
    for (manifest, count) in [(POD, 4), (TEMPLATE, 3), (TASK, 2), (PROMETHEUS, 2)] {
        let rendering = Project::new().file("deploy/a.yaml", manifest).render().unwrap();
        let mut found = Vec::new();
        references(&rendering.targets[0].resources[0].manifest, &mut found);
        assert_eq!(found, vec!["ghcr.io/acme/web:1.10"; count], "{manifest}");
        assert!(rendering.warnings.is_empty(), "{:?}", rendering.warnings);
    }
}

const WIDGET: &str = "
kind: Widget
apiVersion: example.com/v1
metadata: {name: w}
spec: {steps: [{image: 'ghcr.io/acme/web:old'}, {image: other}], deep: {images: [[ghcr.io/acme/web]]}}
";

#[test]
fn fields_name_further_places() {
    let declared =
        "{web: {repository: ghcr.io/acme/web, fields: ['spec.steps[].image', 'spec.deep.images[][]']}}";
    let project = Project::new().file("deploy/a.yaml", WIDGET).images(declared);
    assert_snapshot!(project.stream(), @r"
    ---
    # Source: dev/greeting/widget-w.yaml
    kind: Widget
    apiVersion: example.com/v1
    metadata:
      name: w
    spec:
      steps:
      - image: ghcr.io/acme/web:1.10
      - image: other
      deep:
        images:
        - - ghcr.io/acme/web:1.10
    ");
    let unmatched =
        project.images("{web: {repository: ghcr.io/acme/web, fields: ['spec.step[].image'], unused: true}}");
    let warnings: Vec<String> =
        unmatched.render().unwrap().warnings.iter().map(ToString::to_string).collect();
    assert!(
        warnings
            .iter()
            .any(|it| it.contains("no manifest has an image of ghcr.io/acme/web at `spec.step[].image`"))
    );
    for field in ["spec..image", "", "spec.steps[0].image", "[]"] {
        let error =
            Project::new().images(&format!("{{web: {{repository: web, fields: ['{field}']}}}}")).error();
        assert!(error.contains("is not a field") && error.contains("`spec.steps[].image`"), "{error}");
    }
}

const LEFT: &str = "
kind: Deployment
apiVersion: apps/v1
metadata: {name: d, annotations: {image: 'ghcr.io/acme/web:old', home: https://ghcr.io/acme/web}}
spec:
  template:
    spec:
      containers:
      - name: c
        image: ghcr.io/acme/web
        args: [--worker=ghcr.io/acme/web:old, --same=ghcr.io/acme/web:1.10, --other=ghcr.io/acme/web-admin:old]
        env: [{name: A, value: 'docker://ghcr.io/acme/web@sha256:abcd'}, {name: B, value: ghcr.io/acme/web}]
";

#[test]
fn references_with_another_version_are_reported() {
    let rendering = Project::new().file("deploy/a.yaml", LEFT).render().unwrap();
    let lines: Vec<String> =
        rendering.warnings.iter().map(|it| format!("{}: {}", it.id, it.diagnostic.message)).collect();
    assert_snapshot!(lines.join("\n"), @r"
    image-not-set: ghcr.io/acme/web:old in `metadata.annotations.image` of Deployment d was not set to ghcr.io/acme/web:1.10
    image-not-set: ghcr.io/acme/web:old in `spec.template.spec.containers[0].args[0]` of Deployment d was not set to ghcr.io/acme/web:1.10
    image-not-set: ghcr.io/acme/web@sha256:abcd in `spec.template.spec.containers[0].env[0].value` of Deployment d was not set to ghcr.io/acme/web:1.10
    ");
    assert_snapshot!(rendering.warnings[0].diagnostic.hint.as_ref().unwrap(), @r#"write `{{ images.web }}` there; if the whole field is the image and the manifest is not a template, add the field to `images`: `web: {repository: ghcr.io/acme/web, fields: ["metadata.annotations.image"]}`"#);
}

/// The field that the hint names can be written into the pipeline file as it is.
#[test]
fn the_hint_for_a_field_works() {
    let project =
        Project::new().file("deploy/a.yaml", WIDGET.replace(", deep: {images: [[ghcr.io/acme/web]]}", ""));
    let warnings = project.render().unwrap().warnings;
    let hint = warnings[0].diagnostic.hint.clone().unwrap();
    let (_, field) = hint.split_once("fields: [\"").unwrap();
    let (field, _) = field.split_once('"').unwrap();
    let project = project.images(&format!("{{web: {{repository: ghcr.io/acme/web, fields: [{field:?}]}}}}"));
    assert!(project.render().unwrap().warnings.is_empty());
}
