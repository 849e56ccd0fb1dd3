//! `transform:`: a namespace, labels, names of all resources, compared with Kustomize.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use towline::yaml;

use super::support::Project;

const APP: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info, html: <a href=\"x\">&amp;</a>}
---
apiVersion: v1
kind: Secret
metadata: {name: token}
type: Opaque
data: {token: aHVudGVyMg==}
---
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
data: {.dockerconfigjson: e30=}
---
apiVersion: v1
kind: Secret
metadata: {name: tls}
type: kubernetes.io/tls
data: {tls.crt: YQ==, tls.key: Yg==}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
imagePullSecrets: [{name: pull}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}], selector: {app: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      imagePullSecrets: [{name: pull}]
      containers:
        - name: web
          image: nginx
          envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: token}}]
          env:
            - {name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level}}}
            - {name: TOKEN, valueFrom: {secretKeyRef: {name: token, key: token}}}
      volumes:
        - {name: settings, configMap: {name: settings}}
        - {name: token, secret: {secretName: token}}
        - name: all
          projected: {sources: [{configMap: {name: settings}}, {secret: {name: token}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  tls: [{hosts: [a.example.com], secretName: tls}]
  rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 3}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web}
rules: [{apiGroups: [''], resources: [configmaps], resourceNames: [settings], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects: [{kind: ServiceAccount, name: web}, {kind: ServiceAccount, name: default, namespace: old}, {kind: ServiceAccount, name: other, namespace: other}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}
subjects: [{kind: ServiceAccount, name: web}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: web}
webhooks: [{name: a.example.com, admissionReviewVersions: [v1], sideEffects: None, clientConfig: {service: {name: hook, namespace: old}}}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.example.com}
spec: {group: example.com, version: v1, groupPriorityMinimum: 1, versionPriority: 1, service: {name: hook, namespace: old}}
---
apiVersion: v1
kind: Service
metadata: {name: hook, namespace: old}
---
apiVersion: v1
kind: Namespace
metadata: {name: old}
";

/// Each resource, sorted, in a form that can be compared.
fn resources(documents: impl Iterator<Item = Value>) -> Vec<String> {
    let mut resources: Vec<String> = documents
        .map(|mut it| {
            it.sort_all_objects();
            format!("{it:#}")
        })
        .collect();
    resources.sort();
    resources
}

fn ours(transform: &str, app: &str) -> Vec<String> {
    let project = Project::new().file("deploy/app.yaml", app);
    let project = project.environment(&format!("    transform: {transform}\n"));
    let rendering = project.render().unwrap_or_else(|error| panic!("{}", project.message(&error)));
    resources(rendering.targets[0].resources.iter().map(|resource| resource.manifest.clone()))
}

fn kustomized(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let output = Command::new("kubectl")
        .arg("kustomize")
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .output()
        .expect("this test compares with kubectl, which must be on the PATH");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    resources(yaml::parse(&text, Path::new("kustomized.yaml")).unwrap().iter().map(|it| it.to_value()))
}

#[track_caller]
fn assert_same(ours: &[String], expected: &[String]) {
    let (ours, expected) = (ours.join("\n"), expected.join("\n"));
    let diff = similar::TextDiff::from_lines(&expected, &ours);
    assert!(ours == expected, "{}", diff.unified_diff().header("kustomize", "towline"));
}

#[test]
fn a_namespace_goes_where_kustomize_puts_it() {
    let expected = kustomized(&[
        ("app.yaml", APP),
        (
            "kustomization.yaml",
            "resources: [app.yaml]\nnamespace: shop\nlabels: [{pairs: {team: payments}}]\n",
        ),
    ]);
    assert_same(&ours("{namespace: shop, labels: {team: payments}}", APP), &expected);
}

#[test]
fn names_change_where_kustomize_changes_them() {
    let expected = kustomized(&[
        ("app.yaml", APP),
        ("kustomization.yaml", "resources: [app.yaml]\nnamePrefix: a-\nnameSuffix: -b\n"),
    ]);
    assert_same(&ours("{namePrefix: a-, nameSuffix: -b}", APP), &expected);
}

#[test]
fn config_gets_the_hash_that_kustomize_gives_it() {
    let generators = "\
resources: [app.yaml]
configMapGenerator:
  - {name: settings, literals: [level=info, 'html=<a href=\"x\">&amp;</a>']}
secretGenerator:
  - {name: token, literals: [token=hunter2]}
  - {name: pull, type: kubernetes.io/dockerconfigjson, literals: ['.dockerconfigjson={}']}
  - {name: tls, type: kubernetes.io/tls, literals: [tls.crt=a, tls.key=b]}
";
    let is_generated =
        |document: &&str| document.contains("kind: ConfigMap\n") || document.contains("kind: Secret\n");
    let rest: Vec<&str> = APP.split("---\n").filter(|document| !is_generated(document)).collect();
    let expected = kustomized(&[("app.yaml", &rest.join("---\n")), ("kustomization.yaml", generators)]);
    assert_same(&ours("{suffixConfig: true}", APP), &expected);
}

const ROLLOUT: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: dashboards}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - {name: web, image: nginx, envFrom: [{configMapRef: {name: settings}}], args: [--configmap=shop/settings]}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: settings}
spec: {configMapRefs: [settings], title: settings}
";

#[test]
fn what_may_mean_the_old_name_is_told() {
    let render = |app: &str| {
        let project = Project::new().file("deploy/app.yaml", app);
        project.environment("    transform: {suffixConfig: true}\n").render().unwrap()
    };
    let rendering = render(ROLLOUT);
    let names: Vec<_> = rendering.targets[0].resources.iter().map(|it| it.id.name.as_str()).collect();
    insta::assert_snapshot!(names.join(" "), @"dashboards settings-k4b9tgf9m9 web settings");
    assert!(rendering.stream().contains("name: settings-"), "{}", rendering.stream());
    let warnings = rendering.warnings.iter().map(|warning| {
        let said = warning.to_string();
        let said = said.rsplit_once("deploy/").map_or(said.clone(), |(_, said)| said.to_owned());
        format!("{said}\n  {}", warning.diagnostic.hint.clone().unwrap_or_default())
    });
    insta::assert_snapshot!(warnings.collect::<Vec<_>>().join("\n"), @r#"
    app.yaml:10: `spec.template.spec.containers.args` of Rollout web seems to mean the ConfigMap settings, which has another name now; it is not known as a reference, so it stays
      if it does, give the ConfigMap the annotation `towline.dev/rename: "false"`
    app.yaml:19: `spec.configMapRefs` of Widget settings seems to mean the ConfigMap settings, which has another name now; it is not known as a reference, so it stays
      if it does, give the ConfigMap the annotation `towline.dev/rename: "false"`
    "#);
    // The hint works.
    let kept = ROLLOUT.replace(
        "{name: settings}\ndata",
        "{name: settings, annotations: {towline.dev/rename: 'false'}}\ndata",
    );
    let kept = render(&kept);
    assert!(kept.warnings.is_empty() && kept.stream().contains("name: settings\n"), "{}", kept.stream());
}

#[test]
fn an_environment_adds_to_what_the_pipeline_says() {
    let project =
        Project::new().file("deploy/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let project = project.environment(
        "    transform: {namespace: \"{{ application }}-{{ environment }}\", labels: {tier: back}}\n\
         transform: {namespace: x, labels: {tier: front, team: payments}, annotations: {owner: \"{{ team }}\"}}\n",
    );
    insta::assert_snapshot!(project.stream(), @r"
    ---
    # Source: dev/greeting/configmap-a_greeting-dev.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: a
      namespace: greeting-dev
      labels:
        team: payments
        tier: back
      annotations:
        owner: payments
    ");
}
