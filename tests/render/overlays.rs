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
        format!("{bucket}spec: {{regions: [{{$patch: delete, name: eu}}]}}"),
        format!("{target}patch: [{{op: remove, path: /spec/replica}}]"),
        format!("{target}patch: [{{op: test, path: /spec/replicas, value: 2}}]"),
        format!("{target}path: x.yaml"),
        format!("{target}patch: 3"),
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

    patches/one.yaml:1: cannot patch Bucket greeting: spec.regions.0: this list is replaced, not merged, so `$patch` has no effect
    hint: write the whole list, or a JSON patch with `target` and `patch`

    patches/one.yaml:1: cannot patch Deployment greeting: operation 1: `/spec/replica` does not exist in the resource
    hint: `/spec` has the keys replicas, template

    patches/one.yaml:1: cannot patch Deployment greeting: operation 1: the test failed: `/spec/replicas` is 1, not 2

    patches/one.yaml:1: unknown key `path` in this overlay
    hint: did you mean `patch`?

    patches/one.yaml:1: this overlay has no `patch`
    hint: write a list such as `- {op: replace, path: /spec/replicas, value: 3}`, or fields of the resource

    patches/one.yaml:1: this overlay does not say its target's `apiVersion`
    hint: an overlay names its resource by apiVersion, kind and metadata.name, or by `target: {kind, name}`; or `to` names several, beside its `path` in `overlays`

    patches/one.yaml:1: an overlay is a map: a partial resource, or `target` and `patch`
    hint: if the patch is for several resources, say which with `to` beside its `path` in `overlays`
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

const DNS: &str = "\
apiVersion: v1
kind: Service
metadata: {name: dns, labels: {app: dns}}
spec:
  ports:
    - {name: tcp, port: 53, protocol: TCP}
    - {name: udp, port: 53, protocol: UDP}
    - {name: web, port: 80}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, labels: {app: web}}
spec:
  strategy: {canary: {steps: [{setWeight: 20}, {pause: {}}]}}
  template:
    spec:
      containers:
        - {name: web, image: ghcr.io/acme/web}
        - {name: proxy, image: envoy}
";

fn dns(overlay: &str) -> Project {
    let project = Project::new().file("deploy/dns.yaml", DNS).file("patches/one.yaml", overlay);
    project.environment("    overlays: [patches]\n")
}

#[test]
fn ports_are_told_apart_by_their_protocol() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: dns}\n";
    let udp = dns(&format!(
        "{service}spec: {{ports: [{{port: 53, protocol: UDP, nodePort: 30053}}, {{port: 80, name: http}}]}}"
    ));
    insta::assert_snapshot!(udp.file_of("dev/greeting/service-dns.yaml"), @r"
    apiVersion: v1
    kind: Service
    metadata:
      name: dns
      labels:
        app: dns
    spec:
      ports:
      - name: tcp
        port: 53
        protocol: TCP
      - name: udp
        port: 53
        protocol: UDP
        nodePort: 30053
      - name: http
        port: 80
    ");
    let ambiguous = dns(&format!("{service}spec: {{ports: [{{port: 53, nodePort: 30053}}]}}"));
    insta::assert_snapshot!(ambiguous.error(), @r"
    cannot render greeting for dev: patches/one.yaml:1: cannot patch Service dns: spec.ports.0: 2 elements of this list have port 53
    hint: add `protocol`, which tells them apart
    ");
}

#[test]
fn the_pods_of_a_custom_resource_are_merged_like_those_of_a_deployment() {
    let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\n";
    let project = dns(&format!(
        "{rollout}spec: {{strategy: {{canary: {{steps: [{{setWeight: 50}}]}}}}, template: {{spec: {{containers: \
         [{{name: web, resources: {{limits: {{cpu: 1}}}}}}, {{name: proxy, $patch: delete}}]}}}}}}"
    ));
    insta::assert_snapshot!(project.file_of("dev/greeting/rollout-web.yaml"), @r"
    apiVersion: argoproj.io/v1alpha1
    kind: Rollout
    metadata:
      name: web
      labels:
        app: web
    spec:
      strategy:
        canary:
          steps:
          - setWeight: 50
      template:
        spec:
          containers:
          - name: web
            image: ghcr.io/acme/web:1.10
            resources:
              limits:
                cpu: 1
    ");
}

#[test]
fn overlays_take_the_delimiters_of_the_templates_or_their_own() {
    let patch = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{foreign: '{{{{ x }}}}', level: {value}}}"
        )
    };
    let project = |value: &str, overlays: &str| {
        let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {own: '${{ level }}'}";
        let project = Project::new().file("deploy/c.yaml", config).file("patches/one.yaml", patch(value));
        let project = project.step("{path: deploy, delimiters: '${{ }}'}").values("{level: info}");
        project.environment(&format!("    overlays: [{overlays}]\n"))
    };
    let same = project("'${{ level }}'", "patches").file_of("dev/greeting/configmap-c.yaml");
    let own = project("'<< level >>'", "{path: patches, delimiters: '<< >>'}");
    assert_eq!(own.file_of("dev/greeting/configmap-c.yaml"), same);
    insta::assert_snapshot!(same, @r#"
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: c
    data:
      own: info
      foreign: "{{ x }}"
      level: info
    "#);
}

#[test]
fn one_patch_may_be_for_many_resources() {
    let many = |to: &str, patch: &str| {
        let project = Project::new().file("deploy/app.yaml", APP).file("deploy/dns.yaml", DNS);
        let project = project.file("patches/one.yaml", patch);
        project.environment(&format!("    overlays: [{{path: patches, to: {to}}}]\n"))
    };
    let note = "metadata: {annotations: {team: payments}}";
    let patched = |project: Project| {
        let rendering = project.render().unwrap();
        let resources = rendering.targets[0].resources.iter().filter(|it| it.text.contains("team: payments"));
        resources.map(|resource| resource.file.clone()).collect::<Vec<_>>().join(" ")
    };
    let operation = "- {op: add, path: /metadata/annotations, value: {team: payments}}";
    assert_eq!(patched(many("'*/greeting'", note)), "bucket-greeting.yaml deployment-greeting.yaml");
    assert_eq!(patched(many("{kind: Rollout}", operation)), "rollout-web.yaml");
    assert_eq!(
        patched(many("{labelSelector: 'app in (dns, web)'}", operation)),
        "rollout-web.yaml service-dns.yaml"
    );
    let removed = many("{labelSelector: app}", "$patch: delete").render().unwrap();
    let left: Vec<_> = removed.targets[0].resources.iter().map(|it| it.file.as_str()).collect();
    assert_eq!(left, ["bucket-greeting.yaml", "configmap-debug.yaml"]);
    let wrong = [
        many("'Deployment/web-*'", note),
        many("'Deployment'", note),
        many("{labelSelector: 'app in web'}", note),
        many("'*/*'", "target: {kind: Rollout}\npatch: [{op: remove, path: /spec}]"),
    ];
    insta::assert_snapshot!(wrong.map(|project| project.error()).join("\n\n"), @r#"
    cannot render greeting for dev: patches/one.yaml:1: this overlay patches Deployment web-*, which is not rendered
    hint: of kind Deployment there are: greeting

    towline.yaml:11:36: `Deployment` does not name resources
    hint: write `KIND/NAME`: `Deployment/web`, `Deployment/*`, `*/web-*`; or a map: `{kind: Deployment, labelSelector: "app=web"}`

    cannot render greeting for dev: towline.yaml:11:16: `app in web` is not a label selector
    hint: write it as for `kubectl -l`: `app=web`, `app!=web`, `tier in (front, back)`, `app`, `!app`

    cannot render greeting for dev: patches/one.yaml:1: this overlay has a `target`, and `to` in the pipeline file is for it too
    hint: remove one of them
    "#);
}

#[test]
fn what_is_left_in_an_overlay_is_said() {
    let overlay = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: debug}\ndata: {a: '${list[@]}'}\n";
    let project = project(overlay).environment("    overlays: [{path: patches, delimiters: \"$VAR\"}]\n");
    let warnings = project.render().unwrap().warnings;
    let said: Vec<_> = warnings.iter().map(|it| project.without_root(&it.to_string())).collect();
    assert!(
        said.iter().any(|it| it.starts_with("patches/one.yaml:4") && it.contains("${list[@]}")),
        "{said:?}"
    );
}
