//! The files of the resources: their names, and how a layout spreads them.

use super::support::Project;

const RBAC: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: ";
const APP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app.kubernetes.io/name: web}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app.kubernetes.io/name: web}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
";

fn app(text: &str) -> Project {
    Project::new().file("deploy/app.yaml", text)
}

/// The files of the target, a line each.
fn files(project: &Project) -> String {
    let rendering = project.render().unwrap_or_else(|error| panic!("{}", project.message(&error)));
    let paths = rendering.files.iter().filter(|file| file.path != rendering.descriptor);
    paths.map(|file| file.path.clone()).collect::<Vec<_>>().join("\n")
}

fn warnings(project: &Project) -> String {
    let warnings = project.render().unwrap().warnings;
    let warnings = warnings.iter().map(|warning| {
        let hint = warning.diagnostic.hint.as_ref().map(|hint| format!("\n  hint: {hint}"));
        format!("{}: {warning}{}", warning.id, hint.unwrap_or_default())
    });
    project.without_root(&warnings.collect::<Vec<_>>().join("\n"))
}

#[test]
fn every_name_of_a_role_has_a_file() {
    let names = ["system-web", "'system:web'", "System-Web", "jane@example.com", "'a b+c=d'"];
    let roles: Vec<_> = names.iter().map(|name| format!("{RBAC}{name}}}\n")).collect();
    insta::assert_snapshot!(files(&app(&roles.join("---\n"))), @r"
    dev/greeting/clusterrole-a-b-c-d-6e5d1ecc71.yaml
    dev/greeting/clusterrole-jane-example.com-5a927acdf8.yaml
    dev/greeting/clusterrole-system-web-20cbad18d6.yaml
    dev/greeting/clusterrole-system-web-ea1d5e9d3f.yaml
    dev/greeting/clusterrole-system-web.yaml
    ");
    let slash = app(&format!("{RBAC}a/b}}\n"));
    insta::assert_snapshot!(slash.error(), @r"
    cannot render greeting for dev: deploy/app.yaml:1: `metadata.name` of ClusterRole `a/b` has the character '/'
    hint: names have any characters but `/` and `%`
    ");
    let config = app("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: jane@example.com}\n");
    insta::assert_snapshot!(config.error(), @r"
    cannot render greeting for dev: deploy/app.yaml:1: `metadata.name` of ConfigMap `jane@example.com` has the character '@'
    hint: names have letters, digits, `-`, `.`, `_` and `:`
    ");
}

#[test]
fn names_that_would_be_one_file_get_a_hash() {
    let role = |metadata: &str| {
        format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {metadata}\n")
    };
    let two = app(&format!("{}---\n{}", role("{name: a, namespace: b}"), role("{name: a_b}")));
    insta::assert_snapshot!(files(&two), @r"
    dev/greeting/role-a_b-2d815d75d3.yaml
    dev/greeting/role-a_b.yaml
    ");
    let long = "a".repeat(63);
    let long = app(&format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {long}.{long}.{long}.{long}}}\n"
    ));
    assert_eq!(files(&long).rsplit_once('/').unwrap().1.len(), 255);
}

#[test]
fn the_same_object_twice_is_one() {
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '1'}\n";
    let twice = app(config).file("deploy/copy.yaml", config);
    insta::assert_snapshot!(files(&twice), @"dev/greeting/configmap-a.yaml");
    insta::assert_snapshot!(warnings(&twice), @"repeated-resource: deploy/copy.yaml:1: ConfigMap `a` is defined twice, first in deploy/app.yaml:1; both are equal, and one is left out");
    let other = app(config).file("deploy/copy.yaml", config.replace('1', "2"));
    insta::assert_snapshot!(other.error(), @r"
    cannot render greeting for dev: deploy/copy.yaml:1: ConfigMap `a` is defined twice, first in deploy/app.yaml:1
    hint: give one of them another name or namespace, or omit one with `{% if %}`
    ");
}

#[test]
fn what_belongs_to_the_cluster_has_no_namespace() {
    let project = app(&format!("{RBAC}a, namespace: b}}\n"));
    insta::assert_snapshot!(warnings(&project), @r"
    useless-namespace: deploy/app.yaml:1: ClusterRole `a` has `metadata.namespace`, but a ClusterRole belongs to no namespace
      hint: remove `metadata.namespace`
    ");
    let twice = app(&format!("{RBAC}a, namespace: b}}\n---\n{RBAC}a, namespace: c}}\n"));
    insta::assert_snapshot!(twice.error(), @r"
    cannot render greeting for dev: deploy/app.yaml:5: ClusterRole `a` in namespace `c` is defined twice, first in deploy/app.yaml:1
    hint: give one of them another name or namespace, or omit one with `{% if %}`
    ");
}

#[test]
fn a_job_may_let_the_cluster_choose_its_name() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: migrate-}\nspec: {backoffLimit: ";
    let two = app(&format!("{job}1}}\n---\n{job}2}}\n"));
    insta::assert_snapshot!(files(&two), @r"
    dev/greeting/job-migrate-a52df8fa0b.yaml
    dev/greeting/job-migrate-c8f8f87ddf.yaml
    ");
    insta::assert_snapshot!(warnings(&app(&format!("{job}1}}\n"))), @r"
    generated-name: deploy/app.yaml:1: Job `migrate-c8f8f87ddf` has `generateName`, which only Argo CD creates, as a hook; Flux and `kubectl apply` refuse it
      hint: write `metadata.name`, for example with the release: `migrate-{{ release.version }}`, unless Argo CD applies it
    ");
}

#[test]
fn a_layout_spreads_the_manifests() {
    let layout = |layout: &str| files(&app(APP).gitops(&format!("layout: {layout}, kustomization: true")));
    assert_eq!(layout("flat"), files(&app(APP).gitops("kustomization: true")));
    insta::assert_snapshot!(layout("kind"), @r"
    dev/greeting/deployment/deployment-web_shop.yaml
    dev/greeting/kustomization.yaml
    dev/greeting/namespace/namespace-shop.yaml
    dev/greeting/service/service-web_shop.yaml
    ");
    insta::assert_snapshot!(layout("app"), @r"
    dev/greeting/kustomization.yaml
    dev/greeting/namespace-shop.yaml
    dev/greeting/web/deployment-web_shop.yaml
    dev/greeting/web/service-web_shop.yaml
    ");
    insta::assert_snapshot!(layout("single"), @r"
    dev/greeting/kustomization.yaml
    dev/greeting/manifests.yaml
    ");
    let single = app(APP).gitops("layout: single").file_of("dev/greeting/manifests.yaml");
    insta::assert_snapshot!(single, @r"
    ---
    apiVersion: v1
    kind: Namespace
    metadata:
      name: shop
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
      labels:
        app.kubernetes.io/name: web
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      namespace: shop
      labels:
        app.kubernetes.io/name: web
    ");
}
