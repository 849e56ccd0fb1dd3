//! Kustomize: what comes out is what `kubectl kustomize` prints.

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Project, objects, run};

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"yes\"}\n";
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template: {spec: {containers: [{name: web, image: nginx}]}}\n";

fn overlay(kustomization: &str) -> Project {
    Project::new("[{path: k8s/overlays/dev}]")
        .file("k8s/base/kustomization.yaml", "resources: [config.yaml, web.yaml]\n")
        .file("k8s/base/config.yaml", CONFIG)
        .file("k8s/base/web.yaml", DEPLOYMENT)
        .file("k8s/overlays/dev/kustomization.yaml", kustomization)
}

#[test]
fn an_overlay_with_a_base_beside_it() {
    let project = overlay(
        "resources: [../../base]\nnamespace: dev\nnamePrefix: dev-\nimages: [{name: nginx, newTag: \"1.27\"}]\n\
         configMapGenerator: [{name: extra, files: [extra.txt], literals: [a=b]}]\n\
         patches:\n  - path: patch.yaml\n  - target: {kind: ConfigMap, name: a}\n    patch: |\n      - {op: add, path: /data/y, value: \"0644\"}\n",
    )
    .file("k8s/overlays/dev/extra.txt", "line  \n\tline\n")
    .file("k8s/overlays/dev/patch.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n");
    let expected = objects(&run("kubectl", &["kustomize", "k8s/overlays/dev"], &project.path("")));
    assert_eq!(expected.len(), 3);
    assert_eq!(project.objects(), expected);
    assert_eq!(project.warnings(), "");
}

#[test]
fn awkward_scalars_survive() {
    let project = Project::new("[{path: chart/templates}]").chart("scalars");
    let text = std::fs::read_to_string(project.path("chart/templates/all.yaml")).unwrap();
    let text = text
        .replace("{{ .Values.empty | quote }}", "\"\"")
        .replace("{{ .Values.script | quote }}", "\"a\\n\"")
        .replace("{{- .Values.script | nindent 4 }}", "x");
    let project = project
        .file("chart/templates/all.yaml", &text)
        .file("chart/templates/kustomization.yaml", "resources: [all.yaml]\n");
    let expected = objects(&run("kubectl", &["kustomize", "chart/templates"], &project.path("")));
    assert_eq!(project.objects(), expected);
    assert_eq!(expected[1]["spec"]["largest"], json!(i64::MAX));
}

#[test]
fn what_matches_nothing_is_told() {
    let project = overlay(
        "resources: [../../base]\nimages:\n  - {name: nginx, newTag: \"1.27\"}\n  - {name: ngnix, newTag: \"1.27\"}\n\
         patches:\n  - target: {kind: Deployment, name: wbe}\n    patch: |\n      - {op: add, path: /spec/replicas, value: 2}\n\
         replacements:\n  - source: {kind: ConfigMap, name: a, fieldPath: data.x}\n    targets:\n      - {select: {kind: StatefulSet}, fieldPaths: [spec.x]}\n",
    );
    assert_snapshot!(project.warnings(), @r#"
    k8s/overlays/dev/kustomization.yaml:6:13: this patch targets {"kind":"Deployment","name":"wbe"}, which does not exist
    k8s/overlays/dev/kustomization.yaml:12:18: this replacement targets {"kind":"StatefulSet"}, which does not exist
    k8s/overlays/dev/kustomization.yaml:4:5: this entry is for the image ngnix, which no manifest uses
    "#);
}

#[test]
fn renamed_images_and_prefixes_are_followed() {
    let project = overlay(
        "resources: [../../base]\nnamePrefix: dev-\nimages: [{name: mirror/nginx, newName: other/nginx}]\n\
         patches:\n  - target: {kind: Deployment, name: web}\n    patch: |\n      - {op: add, path: /spec/replicas, value: 2}\n",
    )
    .file("k8s/base/kustomization.yaml", "resources: [config.yaml, web.yaml]\nimages: [{name: nginx, newName: mirror/nginx}]\n");
    assert_eq!(project.warnings(), "");
}

#[test]
fn remote_bases_are_refused() {
    let remote = overlay("resources:\n  - ../../base\n  - https://github.com/org/repo//base?ref=v1\n");
    assert_snapshot!(remote.error(), @r#"
    cannot render shop for dev: k8s/overlays/dev/kustomization.yaml:3:5: https://github.com/org/repo//base?ref=v1 is remote, so the same release could render differently tomorrow
    hint: keep a copy next to the overlay, or set `allowRemote: true` on the step
    "#);
    let nested = overlay("resources: [../../base]\n").file(
        "k8s/base/kustomization.yaml",
        "resources: [config.yaml, web.yaml]\ncomponents: [\"git@github.com:org/repo\"]\n",
    );
    assert_snapshot!(nested.error(), @r#"
    cannot render shop for dev: k8s/base/kustomization.yaml:2:14: git@github.com:org/repo is remote, so the same release could render differently tomorrow
    hint: keep a copy next to the overlay, or set `allowRemote: true` on the step
    "#);
}

#[test]
fn references_stay_inside() {
    assert_snapshot!(overlay("resources: [../../../../outside]\n").error(), @"cannot render shop for dev: k8s/overlays/dev/kustomization.yaml:1:13: ../../../../outside is outside the folder of the pipeline file");
    assert_snapshot!(overlay("resources:\n  - ../../base\n  - missing.yaml\n").error(), @"cannot render shop for dev: k8s/overlays/dev/kustomization.yaml:3:5: missing.yaml does not exist");
    let project = overlay("resources: [../../base, link]\n");
    std::os::unix::fs::symlink("/etc", project.path("k8s/overlays/dev/link")).unwrap();
    assert_snapshot!(project.error(), @r#"
    cannot render shop for dev: k8s/overlays/dev/link: this link points outside ROOT
    hint: copy the file here; tools cannot read files outside the folder
    "#);
}

#[test]
fn what_kustomize_refuses() {
    let project = overlay("resources: [../../base]\npatches: [{path: patch.yaml}]\n").file(
        "k8s/overlays/dev/patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: wbe}\n",
    );
    assert_snapshot!(project.error(), @r#"cannot render shop for dev: towline.yaml:4:20: `kubectl kustomize` failed with exit code 1: no resource matches strategic merge patch "Deployment.v1.apps/wbe.[noNs]": no matches for Id Deployment.v1.apps/wbe.[noNs]; failed to find unique target for patch Deployment.v1.apps/wbe.[noNs]"#);
    assert_snapshot!(Project::new("[{path: k, engine: kustomize}]").file("k/a.yaml", CONFIG).error(), @"cannot render shop for dev: towline.yaml:4:20: k has no kustomization.yaml");
}
