//! Overlays: snippets of one environment on top of what the templates give.

use super::support::Project;

const APP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: greeting
  labels: {app: greeting}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web
          env:
            - {name: LEVEL, value: info}
            - {name: MODE, value: slow}
          resources: {limits: {cpu: 100m, memory: 64Mi}}
---
apiVersion: acme.dev/v1
kind: Bucket
metadata: {name: greeting}
spec: {regions: [eu, us], size: 1, owner: {team: a, mail: b}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: debug}
";

fn project(overlay: &str) -> Project {
    let project = Project::new().file("deploy/app.yaml", APP).file("patches/one.yaml", overlay);
    project.environment("    overlays: [patches]\n").values("{memory: 2Gi}")
}

#[test]
fn a_core_kind_is_merged_by_the_keys_of_its_lists() {
    let project = project(
        "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: greeting, labels: {app: null, tier: front}}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: web
          env:
            - {name: LEVEL, value: debug}
            - {name: MODE, $patch: delete}
          resources: {limits: {memory: '{{ memory }}', cpu: null}}
        - {name: proxy, image: envoy}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: debug}
$patch: delete
",
    );
    insta::assert_snapshot!(project.stream(), @r"
    ---
    # Source: dev/greeting/bucket-greeting.yaml
    apiVersion: acme.dev/v1
    kind: Bucket
    metadata:
      name: greeting
    spec:
      regions:
      - eu
      - us
      size: 1
      owner:
        team: a
        mail: b
    ---
    # Source: dev/greeting/deployment-greeting.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: greeting
      labels:
        tier: front
    spec:
      replicas: 3
      template:
        spec:
          containers:
          - name: web
            image: ghcr.io/acme/web:1.10
            env:
            - name: LEVEL
              value: debug
            resources:
              limits:
                memory: 2Gi
          - name: proxy
            image: envoy
    ");
}

#[test]
fn a_custom_resource_gets_a_json_merge_patch() {
    let project = project(
        "\
apiVersion: acme.dev/v1
kind: Bucket
metadata: {name: greeting}
spec: {regions: [{{ environment }}], owner: {mail: null, phone: '1'}}
",
    );
    insta::assert_snapshot!(project.file_of("dev/greeting/bucket-greeting.yaml"), @r#"
    apiVersion: acme.dev/v1
    kind: Bucket
    metadata:
      name: greeting
    spec:
      regions:
      - dev
      size: 1
      owner:
        team: a
        phone: "1"
    "#);
}

#[test]
fn a_json_patch_names_its_target_as_kustomize_does() {
    let operations =
        "[{op: test, path: /spec/replicas, value: 1}, {op: replace, path: /spec/replicas, value: 5}]";
    let as_list =
        project(&format!("target: {{group: apps, kind: Deployment, name: greeting}}\npatch: {operations}\n"));
    let as_text =
        project(&format!("target: {{kind: Deployment, name: greeting}}\npatch: |-\n  {operations}\n"));
    let text = as_list.file_of("dev/greeting/deployment-greeting.yaml");
    assert!(text.contains("  replicas: 5\n"), "{text}");
    assert_eq!(as_text.file_of("dev/greeting/deployment-greeting.yaml"), text);
}

#[test]
fn overlays_count_as_templates() {
    let digest = |overlay: &str| project(overlay).file_of("descriptors/dev/greeting.yaml");
    let patch = "{apiVersion: acme.dev/v1, kind: Bucket, metadata: {name: greeting}, spec: {size: 1}}";
    assert_ne!(digest(patch), digest(&format!("# why\n{patch}")));
}

#[test]
fn a_patch_that_does_not_fit_is_an_error() {
    let head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: greeting}\n";
    let bucket = "apiVersion: acme.dev/v1\nkind: Bucket\nmetadata: {name: greeting}\n";
    let target = "target: {kind: Deployment, name: greeting}\n";
    let wrong = [
        head.replace("greeting", "greting"),
        head.replace("apps/v1", "apps/v1beta1"),
        head.replace("Deployment", "StatefulSet"),
        format!("{head}spec: {{template: {{spec: {{containers: [{{image: x}}]}}}}}}"),
        format!("{head}spec: {{$patch: remove}}"),
        format!("{bucket}spec: {{$patch: replace}}"),
        format!("{target}patch: [{{op: remove, path: /spec/replica}}]"),
        format!("{target}patch: [{{op: test, path: /spec/replicas, value: 2}}]"),
        format!("{target}path: x.yaml"),
        format!("{target}patch: {{spec: {{}}}}"),
        "kind: Deployment\nmetadata: {name: greeting}".to_owned(),
        "- 1".to_owned(),
    ];
    let messages: Vec<String> = wrong.iter().map(|overlay| project(overlay).error()).collect();
    insta::assert_snapshot!(messages.join("\n\n").replace("cannot render greeting for dev: ", ""), @r"
    patches/one.yaml:1: this overlay patches Deployment greting, which is not rendered
    hint: did you mean Deployment greeting?

    patches/one.yaml:1: this overlay patches Deployment greeting, which is not rendered
    hint: there is a Deployment greeting of apps/v1

    patches/one.yaml:1: this overlay patches StatefulSet greeting, which is not rendered
    hint: no StatefulSet is rendered for this environment

    patches/one.yaml:1: cannot patch Deployment greeting: spec.template.spec.containers.0: this element has no `name`, by which the list is merged
    hint: name it, or replace the whole list with an element `$patch: replace`

    patches/one.yaml:1: cannot patch Deployment greeting: spec.$patch: `$patch` is `replace`, `delete` or `merge`

    patches/one.yaml:1: cannot patch Bucket greeting: spec.$patch: `$patch` works for built-in Kubernetes kinds, not for custom resources
    hint: write the whole list or map, `null` for a key to remove, or a JSON patch with `target` and `patch`

    patches/one.yaml:1: cannot patch Deployment greeting: operation 1: `/spec/replica` does not exist in the resource
    hint: `/spec` has the keys replicas, template

    patches/one.yaml:1: cannot patch Deployment greeting: operation 1: the test failed: `/spec/replicas` is 1, not 2

    patches/one.yaml:1: unknown key `path` in this overlay
    hint: did you mean `patch`?

    patches/one.yaml:1: this overlay has a `target`, so its `patch` must be a list of operations
    hint: write `- {op: replace, path: /spec/replicas, value: 3}`, or a partial resource without `target`

    patches/one.yaml:1: this overlay does not say its target's `apiVersion`
    hint: an overlay names one resource: by apiVersion, kind and metadata.name, or by `target: {kind, name}`

    patches/one.yaml:1: an overlay is a map: a partial resource, or `target` and `patch`
    ");
}

#[test]
fn a_patch_must_not_have_two_targets() {
    let project =
        project("target: {kind: ConfigMap, name: debug}\npatch: [{op: add, path: /data, value: {}}]");
    let project = project.file(
        "deploy/other.yaml",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: debug, namespace: x}}",
    );
    insta::assert_snapshot!(project.error(), @r"
    cannot render greeting for dev: patches/one.yaml:1: this overlay patches ConfigMap debug, of which there are 2
    hint: name the namespace too
    ");
}
