//! Placeholders, and steps whose output is the input of the next.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::json;
use towline::release::{Image, Release};
use towline::render::{RenderRequest, RenderedTarget, Rendering};
use towline::variables::Inputs;

use super::support::{Project, objects, release, run};

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
    cannot render shop for dev: src/values.yaml:1:8: `TITEL` is undefined
    hint: did you mean `TITLE`?
    "#);
}

#[test]
fn all_unknown_placeholders_of_a_step_are_in_one_error() {
    let project = voting()
        .file("src/values.yaml", "title: $TITEL\nimage: $FRONTEND_REPO:$NONE # $COMMENT\n")
        .file("src/files/run.sh", "exec $PROGRAM\n");
    assert_snapshot!(project.error(), @r"
    cannot render shop for dev: 3 placeholders cannot be filled:
      src/files/run.sh:1:6: `PROGRAM` is undefined
      src/values.yaml:1:8: `TITEL` is undefined; did you mean `TITLE`?
      src/values.yaml:2:23: `NONE` is undefined
    hint: give the names values: `variables` in the pipeline file, `--vars` or `--set`
    ");
}

#[test]
fn tags_stay_text_in_kustomizations_and_values() {
    let project = |tag: &str| {
        Project::new("[{path: chart, placeholders: {style: shell, ignore: [templates/**]}}, {path: k, input: all.yaml, placeholders: {style: shell}}]")
            .values(&format!("{{TAG: \"{tag}\", TITLE: no, PORT: 8080}}"))
            .file("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\nappVersion: $TAG\n")
            .file("chart/values.yaml", "title: $TITLE\ntag: $TAG\nport: $PORT # $port\n")
            .file(
                "chart/templates/a.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {title: {{ .Values.title | quote }}, kind: {{ kindOf .Values.port }}}}\n\
                 spec: {containers: [{name: a, image: web, env: [{name: A, value: {{ .Values.tag | quote }}}]}]}\n",
            )
            .file("k/kustomization.yaml", "resources: [all.yaml]\nimages:\n- name: web\n  newTag: ${TAG}\n")
    };
    for tag in ["706798e8", "70679806", "1.10", "no", "v1"] {
        let pod = &project(tag).objects()[0];
        assert_eq!(pod["spec"]["containers"][0]["image"], json!(format!("web:{tag}")));
        assert_eq!(pod["spec"]["containers"][0]["env"][0]["value"], json!(tag));
        assert_eq!(pod["metadata"]["annotations"], json!({"title": "false", "kind": "float64"}));
    }
}

#[test]
fn texts_without_type_switch_charts_as_helm_set_does() {
    let project = Project::new("[{path: chart, values: [{variables: true}]}]")
        .variables("[{file: app.env}]")
        .file("app.env", "PAUSED=false\nREPLICAS=3\nVERSION=1.10\n")
        .file("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")
        .file(
            "chart/templates/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  paused: {{ if .Values.PAUSED }}stopped{{ else }}running{{ end }}\n  \
             replicas: {{ add .Values.REPLICAS 1 | quote }}\n  version: {{ .Values.VERSION | quote }}\n",
        );
    assert_eq!(
        project.objects()[0]["data"],
        json!({"paused": "running", "replicas": "4", "version": "1.10"})
    );
}

#[test]
fn what_looks_like_a_placeholder_and_is_none_is_said() {
    let script = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {run: 'echo ${NAME%.*}'}\n";
    let project = Project::new("[{path: k, placeholders: {style: shell}}]")
        .file("k/kustomization.yaml", "resources: [a.yaml]\n")
        .file("k/a.yaml", script);
    assert_snapshot!(project.warnings(), @"k/a.yaml:4:19: `${NAME%.*}` is no placeholder and is left as it is");
    assert_snapshot!(project.values("{NAME: a}").error(), @r"
    cannot render shop for dev: k/a.yaml:4:19: `${NAME%.*}` names a variable, and placeholders have no such operator
    hint: the operators are `:-`, `:=`, `:?` and `:+`; write `$$` in place of `$` if it belongs to another tool
    ");
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
    assert_snapshot!(project.error(), @"cannot render shop for dev: towline.yaml:4:20: `input` receives the output of the steps before, and this is the first step");
}

#[test]
fn keys_say_which_engine_is_meant() {
    let error = |step: &str| Project::new(step).error();
    assert_snapshot!(error("[{path: k, engine: plain, placeholders: {style: shell}}]"), @r#"
    towline.yaml:4:52: this step's engine does not use `placeholders`
    hint: the engines `helm`, `kustomize`, `jsonnet` use it
    "#);
    assert_snapshot!(error("[{path: k, kubeVersion: \"1.30\", jpath: [x]}]"), @r#"
    towline.yaml:4:51: this step's engine does not use `jpath`
    hint: the engine `jsonnet` uses it
    "#);
    assert_snapshot!(error("[{path: k, placeholders: {style: bash}}]"), @r#"
    towline.yaml:4:45: unknown value `bash`
    hint: expected one of: shell, jinja, tokens
    "#);
}

/// An example, rendered for production.
fn example(name: &str, images: &[(&str, &str)]) -> Rendering {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates-examples").join(name);
    let pipeline = towline::config::load(&folder.join("towline.yaml")).unwrap();
    let image = |(name, repository): &(&str, &str)| Image {
        name: (*name).into(),
        repository: (*repository).into(),
        tag: Some("1.4.0".into()),
        digest: None,
    };
    let release = Release { images: images.iter().map(image).collect(), ..release() };
    let inputs = Inputs { process: std::env::vars().collect(), ..Inputs::default() };
    let environment = pipeline.environment("prod").unwrap();
    let request = RenderRequest {
        pipeline: &pipeline,
        environment,
        release: &release,
        inputs: &inputs,
        deployed: None,
    };
    let rendering = towline::render::render(&request).unwrap();
    assert!(rendering.warnings.is_empty(), "{:?}", rendering.warnings);
    rendering
}

#[test]
fn each_leaf_of_the_regions_example_is_a_target() {
    let rendering = example("regions", &[("web", "ghcr.io/acme/storefront")]);
    let target = |target: &RenderedTarget| {
        let spec = &target.resources[0].manifest["spec"];
        let environment = &spec["template"]["spec"]["containers"][0]["env"];
        let values: Vec<_> = environment
            .as_array()
            .unwrap()
            .iter()
            .map(|it| format!("{}={}", it["name"], it["value"]))
            .collect();
        format!(
            "{} in {}: {} replicas, {}\n",
            target.name,
            target.path,
            spec["replicas"],
            values.join(" ").replace('"', "")
        )
    };
    assert_snapshot!(rendering.targets.iter().map(target).collect::<String>(), @r#"
    eu-amsterdam in prod/eu-amsterdam/storefront: 6 replicas, REGION=eu FEATURE_REVIEWS=false FEATURE_SEARCH=true
    eu-dublin in prod/eu-dublin/storefront: 2 replicas, REGION=eu-west FEATURE_REVIEWS=false FEATURE_SEARCH=true
    us in prod/us/storefront: 4 replicas, REGION=us FEATURE_REVIEWS=true FEATURE_SEARCH=true
    "#);
}

#[test]
fn the_voting_example() {
    let rendering =
        example("voting", &[("front", "ghcr.io/acme/vote-front"), ("store", "ghcr.io/acme/vote-store")]);
    assert_snapshot!(rendering.stream(), @r#"
    ---
    # Source: prod/voting/deployment-vote-front_voting.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      labels:
        app: vote-front
      name: vote-front
      namespace: voting
    spec:
      replicas: 3
      selector:
        matchLabels:
          app: vote-front
      template:
        metadata:
          labels:
            app: vote-front
        spec:
          containers:
          - env:
            - name: TITLE
              value: Cats or dogs?
            - name: CHOICE_1
              value: Cats
            - name: CHOICE_2
              value: Dogs
            - name: STORE
              value: vote-store:6379
            image: ghcr.io/acme/vote-front:1.4.0
            name: front
            ports:
            - containerPort: 80
    ---
    # Source: prod/voting/deployment-vote-store_voting.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      labels:
        app: vote-store
      name: vote-store
      namespace: voting
    spec:
      replicas: 1
      selector:
        matchLabels:
          app: vote-store
      template:
        metadata:
          labels:
            app: vote-store
        spec:
          containers:
          - image: ghcr.io/acme/vote-store:1.4.0
            name: store
            ports:
            - containerPort: 6379
    ---
    # Source: prod/voting/service-vote-front_voting.yaml
    apiVersion: v1
    kind: Service
    metadata:
      name: vote-front
      namespace: voting
    spec:
      ports:
      - port: 80
      selector:
        app: vote-front
    ---
    # Source: prod/voting/service-vote-store_voting.yaml
    apiVersion: v1
    kind: Service
    metadata:
      name: vote-store
      namespace: voting
    spec:
      ports:
      - port: 6379
      selector:
        app: vote-store
    "#);
}
