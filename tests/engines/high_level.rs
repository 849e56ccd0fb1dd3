//! `gitops.highLevel`: what Helm and Kustomize read, in a folder of its own.

use insta::assert_snapshot;
use towline::render::{File, Rendering};

use super::support::Project;

const HIGH_LEVEL: &str = "highLevel: \"hld/{{ environment }}\"";

fn chain() -> Project {
    Project::new(
        "[{path: chart, engine: helm, placeholders: {style: shell, files: [values.yaml]}, values: [{inline: {mode: \"{{ MODE }}\"}}]}, \
         {path: k/dev, input: chart.yaml, placeholders: {style: tokens}}]",
    )
    .values("{TITLE: Azure, MODE: 0644, NAMESPACE: votes}")
    .gitops(HIGH_LEVEL)
    .file("chart/Chart.yaml", "apiVersion: v2\nname: vote\nversion: 0.1.0\n")
    .file("chart/values.yaml", "title: $TITLE   # as it was\n")
    .file("chart/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {title: {{ .Values.title }}}\n")
    .file("k/dev/kustomization.yaml", "resources: [chart.yaml, ../base]\nnamespace: \"#{NAMESPACE}#\"\n")
    .file("k/base/kustomization.yaml", "resources: [b.yaml]\n")
    .file("k/base/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n")
}

fn text(file: &File) -> &str {
    std::str::from_utf8(&file.content).unwrap()
}

fn kept(rendering: &Rendering) -> String {
    let files = rendering.files.iter().filter(|file| rendering.high_level.contains(&file.path));
    files.map(|file| format!("== {}\n{}", file.path, text(file))).collect()
}

#[test]
fn what_the_tools_read_is_kept() {
    let rendering = chain().rendered();
    assert_snapshot!(kept(&rendering), @r"
    == hld/dev/chart-values-1.yaml
    mode: 420
    == hld/dev/chart/Chart.yaml
    apiVersion: v2
    name: vote
    version: 0.1.0
    == hld/dev/chart/templates/a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: a}
    data: {title: {{ .Values.title }}}
    == hld/dev/chart/values.yaml
    title: Azure   # as it was
    == hld/dev/k/base/b.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: b}
    == hld/dev/k/base/kustomization.yaml
    resources: [b.yaml]
    == hld/dev/k/dev/chart.yaml
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: a
    data:
      title: Azure
    == hld/dev/k/dev/kustomization.yaml
    resources: [chart.yaml, ../base]
    namespace: votes
    ");
    assert_eq!(kept(&rendering), kept(&chain().rendered()), "the same inputs, the same bytes");
    let descriptor = rendering.files.iter().find(|file| file.path == rendering.descriptor).unwrap();
    let text = text(descriptor);
    let record = text.split("highLevel:").nth(1).unwrap().split("digest:").next().unwrap();
    let names = record.lines().map(|line| line.split(": ").next().unwrap());
    let record = names.collect::<Vec<_>>().join("\n");
    assert_snapshot!(record, @r#"
    path
    files:
      chart-values-1.yaml
      chart/Chart.yaml
      chart/templates/a.yaml
      chart/values.yaml
      k/base/b.yaml
      k/base/kustomization.yaml
      k/dev/chart.yaml
      k/dev/kustomization.yaml
    "#);
    assert!(!rendering.stream().contains("hld/"), "only manifests are printed");
}

#[test]
fn a_chart_that_is_rendered_twice_is_kept_twice() {
    let project = Project::new(
        "[{path: chart, release: one, values: [{inline: {entries: {one: {a: b}}}}]}, \
         {path: chart, release: two, values: [{inline: {entries: {two: {a: b}}}}]}]",
    );
    let rendering = project.chart("large").gitops(HIGH_LEVEL).rendered();
    let paths: Vec<_> = rendering.high_level.into_iter().collect();
    assert_snapshot!(paths.join("\n"), @r#"
    hld/dev/chart-values-1.yaml
    hld/dev/chart/Chart.yaml
    hld/dev/chart/templates/all.yaml
    hld/dev/step-2/chart-values-1.yaml
    hld/dev/step-2/chart/Chart.yaml
    hld/dev/step-2/chart/templates/all.yaml
    "#);
}

#[test]
fn a_secret_is_not_kept() {
    let project = |text: &str| {
        Project::new("[{path: chart, placeholders: {style: shell, files: [values.yaml]}}]")
            .variables("[{values: {PASSWORD: hunter2-and-more}, secret: true}]")
            .gitops(HIGH_LEVEL)
            .file("chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.1.0\n")
            .file("chart/values.yaml", text)
            .file("chart/templates/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
    };
    assert_snapshot!(project("password: $PASSWORD\n").error(), @r#"
    cannot render shop for dev: hld/dev/chart/values.yaml:1: the secret variable `PASSWORD` would be committed
    hint: remove `gitops.highLevel`, or set `secrets: allow` on the environment
    "#);
    assert_eq!(project("password: none\n").rendered().high_level.len(), 3);
}

#[test]
fn the_folder_is_none_that_operators_apply() {
    let error = |folder: &str| chain().gitops(&format!("highLevel: {folder}")).error();
    assert_snapshot!(error("dev/shop/hld"), @r#"
    towline.yaml:6:48: the high-level files in `dev/shop/hld` and the manifests in `dev/shop` share a folder
    hint: set `gitops.highLevel` to a folder that operators do not apply
    "#);
    assert_snapshot!(error("dev"), @r#"
    towline.yaml:6:48: the high-level files in `dev` and the manifests in `dev/shop` share a folder
    hint: set `gitops.highLevel` to a folder that operators do not apply
    "#);
}
