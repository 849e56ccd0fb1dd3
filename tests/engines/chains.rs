//! Placeholders, and steps whose output is the input of the next.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Project, objects, run};

const VOTING: &str = "[{path: src, engine: helm, placeholders: {style: shell}, values: [{file: src/values.yaml}]}, \
     {path: kustomize/base, input: manifests.yaml, placeholders: {style: shell}}]";

fn voting() -> Project {
    Project::new(VOTING)
        .values("{NAMESPACE: votes, TITLE: Azure, FRONTEND_REPO: example.azurecr.io/front, FRONTEND_TAG: \"17\"}")
        .file("src/Chart.yaml", "apiVersion: v2\nname: vote\nversion: 0.1.0\n")
        .file("src/values.yaml", "title: $TITLE\nimage: ${FRONTEND_REPO}\n")
        .file(
            "src/templates/front.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: front}\nspec:\n  template:\n    spec:\n      containers:\n      - name: front\n        image: {{ .Values.image }}\n        env: [{name: TITLE, value: {{ .Values.title | quote }}}, {name: SELF, value: $(TITLE)}]\n",
        )
        .file(
            "kustomize/base/kustomization.yaml",
            "resources: [manifests.yaml]\nnamespace: $NAMESPACE\nimages:\n  - name: ${FRONTEND_REPO}\n    newTag: \"$FRONTEND_TAG\"\n",
        )
}

#[test]
fn placeholders_then_helm_then_kustomize() {
    assert_snapshot!(voting().stream(), @r#"
    ---
    # Source: dev/shop/deployment-front_votes.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: front
      namespace: votes
    spec:
      template:
        spec:
          containers:
          - env:
            - name: TITLE
              value: Azure
            - name: SELF
              value: $(TITLE)
            image: example.azurecr.io/front:17
            name: front
    "#);
}

#[test]
fn the_chain_gives_what_a_script_gives() {
    let project = voting();
    let script = "export NAMESPACE=votes TITLE=Azure FRONTEND_REPO=example.azurecr.io/front FRONTEND_TAG=17\n\
        for f in $(find src kustomize -type f); do mkdir -p out/$(dirname $f); perl -pe 's/\\$\\{?([A-Z_]+)\\}?/$ENV{$1}/ge unless /\\$\\(/' $f > out/$f; done\n\
        helm template shop out/src > out/kustomize/base/manifests.yaml && kubectl kustomize out/kustomize/base";
    let expected = objects(&run("sh", &["-c", script], &project.path("")));
    assert_eq!(project.objects(), expected);
}

#[test]
fn unknown_placeholders() {
    let project = voting().file("src/values.yaml", "title: $TITEL\nimage: x\n");
    assert_snapshot!(project.error(), @r#"
    rendering shop for dev: src/values.yaml:1:8: `TITEL` is undefined
    hint: did you mean `TITLE`?
    "#);
}

#[test]
fn jsonnet_takes_what_helm_gives() {
    let project = Project::new("[{path: chart}, {path: more, engine: jsonnet, input: before.yaml}]").chart("large").file(
        "more/main.jsonnet",
        "[object + { metadata+: { labels: { added: 'yes' } } } for object in std.parseYaml(importstr 'before.yaml')]",
    );
    let project = project.file("chart/values.yaml", "entries: {one: {a: \"1\"}, two: {a: \"2\"}}\n");
    let labels: Vec<_> =
        project.objects().iter().map(|object| object["metadata"]["labels"]["added"].clone()).collect();
    assert_eq!(labels, [json!("yes"), json!("yes")]);
}

#[test]
fn a_step_without_one_before_it_has_no_input() {
    let project =
        Project::new("[{path: k, input: a.yaml}]").file("k/kustomization.yaml", "resources: [a.yaml]\n");
    assert_snapshot!(project.error(), @"rendering shop for dev: towline.yaml:4:20: `input` hands over what the steps before give, and this is the first");
}

#[test]
fn keys_say_which_engine_is_meant() {
    let error = |step: &str| Project::new(step).error();
    assert_snapshot!(error("[{path: k, engine: plain, placeholders: {style: shell}}]"), @r#"
    towline.yaml:4:52: `placeholders` means nothing to this step's engine
    hint: the engines `helm`, `kustomize`, `jsonnet` read it
    "#);
    assert_snapshot!(error("[{path: k, kubeVersion: \"1.30\", jpath: [x]}]"), @r#"
    towline.yaml:4:51: `jpath` means nothing to this step's engine
    hint: the engine `jsonnet` reads it
    "#);
    assert_snapshot!(error("[{path: k, placeholders: {style: bash}}]"), @r#"
    towline.yaml:4:45: `bash` is not known here
    hint: possible here: shell, jinja, tokens
    "#);
}
