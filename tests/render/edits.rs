//! `gitops.edits` and `gitops.package`, before any repository is looked at.

use super::support::Project;

const TARGETS: &str = "    variables: [{values: {replicas: 3}}]
    targets:
      - {name: eu, variables: [{values: {region: eu, zone: a}}]}
      - {name: us, variables: [{values: {region: us, zone: a}}]}
";

/// A project that edits one value, for two targets.
fn edited(value: &str) -> Project {
    let edits = format!("edits: [{{file: values.yaml, set: {{a: '{value}'}}}}]");
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
    Project::new().file("deploy/a.yaml", map).gitops(&edits).environment(TARGETS).secrets("{token: hunter2}")
}

#[test]
fn what_is_the_same_for_all_targets_can_be_set() {
    for (value, expected) in [
        ("{{ replicas }}", "3"),
        ("{{ zone }}", r#""a""#),
        ("{{ environment }}-{{ images.web.tag }}", r#""dev-1.10""#),
        ("as it is", r#""as it is""#),
    ] {
        let rendering = edited(value).render().unwrap();
        assert_eq!(rendering.edits[0].set()[0].1.to_string(), expected);
    }
}

#[test]
fn what_differs_between_targets_cannot() {
    let messages: Vec<_> =
        ["{{ target }}", "x-{{ region }}", "{{ regoin }}", "{{ token }}", "{{ images }}", "{{ [1] }}"]
            .map(|value| edited(value).error())
            .into();
    insta::assert_snapshot!(messages.join("\n\n"), @r"
    cannot render greeting for dev: towline.yaml:9:74: `{{ target }}` is one value for the target `eu` and another for `us`
    hint: this is written once for the whole environment: use a value that is the same for all its targets

    cannot render greeting for dev: towline.yaml:9:74: `x-{{ region }}` is one value for the target `eu` and another for `us`
    hint: this is written once for the whole environment: use a value that is the same for all its targets

    cannot render greeting for dev: towline.yaml:9:74: `regoin` is undefined
    hint: did you mean `region`?

    cannot render greeting for dev: towline.yaml:9:74: the secret variable `token` would be committed

    cannot render greeting for dev: towline.yaml:9:74: `{{ images }}` is a list or a map; only scalars can be set

    cannot render greeting for dev: towline.yaml:9:74: `{{ [1] }}` is a list or a map; only scalars can be set
    ");
}

#[test]
fn the_index_of_the_package_is_no_file_to_edit_nor_among_manifests() {
    let package = |into: &str| {
        let gitops = format!(
            "package: {{chart: chart, into: {into}}}, edits: [{{file: charts/index.yaml, set: {{a: b}}}}]"
        );
        Project::new().gitops(&gitops).error()
    };
    insta::assert_snapshot!(package("charts"), @"towline.yaml:8:67: `charts/index.yaml` is the index of `gitops.package` and cannot be edited too");
    insta::assert_snapshot!(package("dev/greeting/charts"), @r"
    towline.yaml:8:46: the chart repository `dev/greeting/charts` is in `dev/greeting`, which operators apply
    hint: set `gitops.package.into` to a separate folder
    ");
}

#[test]
fn a_chart_that_is_none() {
    let project = |chart: &str| {
        let project = Project::new().gitops("package: {chart: chart, into: charts}");
        project.file("chart/Chart.yaml", chart).file("deploy/a.yaml", "")
    };
    insta::assert_snapshot!(project("version: 1.0.0\n").error(), @"cannot render greeting for dev: chart/Chart.yaml: the chart has no name");
    insta::assert_snapshot!(project("name: a\n").error(), @r"
    cannot render greeting for dev: chart/Chart.yaml:1:1: there is no `version` in this file: the document has no key `version`
    hint: there are: name, appVersion
    ");
    insta::assert_snapshot!(Project::new().file("deploy/a.yaml", "").gitops("package: {chart: chrt, into: charts}").error(), @"cannot render greeting for dev: there is no chrt/Chart.yaml; a chart has one");
}
