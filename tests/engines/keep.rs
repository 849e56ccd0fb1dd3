//! Values that a chart generates anew each time: refused, or made once and kept in git.

use insta::assert_snapshot;

use super::support::{Project, run};

const CHART: &str = "{apiVersion: v2, name: web, version: 0.1.0}\n";

fn project(step: &str, template: &str) -> Project {
    Project::new(&format!("[{{path: chart, engine: helm{step}}}]"))
        .file("chart/Chart.yaml", CHART)
        .file("chart/templates/a.yaml", template)
}

/// A Secret with two generated passwords, and a Deployment with a checksum of them.
const PASSWORDS: &str = r#"{{- define "password" }}{{ randAlphaNum 20 | b64enc }}{{ end -}}
apiVersion: v1
kind: Secret
metadata: {name: web-auth}
data: {user: {{ .Values.user | default "me" | b64enc }}, password: {{ include "password" . }}, token: {{ include "password" . }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {annotations: {checksum/auth: {{ randAlphaNum 8 }}}}
    spec: {containers: [{name: web, image: nginx, env: [{name: A, value: a}, {name: KEY, value: {{ uuidv4 }}}]}]}
"#;

#[test]
fn all_places_are_told_at_once_and_the_hint_works() {
    let refused = project("", PASSWORDS).error();
    assert_snapshot!(refused, @r"
    cannot render shop for dev: towline.yaml:4:20: 2 resources differ on every run, so every run would propose a change:
    - Secret `web-auth`: `data.password`, `data.token` (chart/templates/a.yaml)
    - Deployment `web`: `spec.template.metadata.annotations.checksum/auth`, `spec.template.spec.containers[0].env[1].value` (chart/templates/a.yaml)
    hint: set them with the chart's values, or generate them once and keep them in git: `keep: [{kind: Deployment, name: web}, {kind: Secret, name: web-auth}]` on the step
    ");
    let keep = refused.split('`').rev().find(|part| part.starts_with("keep: ")).unwrap().to_owned();
    project(&format!(", {keep}"), PASSWORDS).rendered();
}

#[test]
fn a_packaged_chart_tells_them_too() {
    let template = "apiVersion: v1\nkind: Secret\nmetadata: {name: one}\ndata: {a: {{ randAlphaNum 8 | b64enc }}, b: {{ randAlphaNum 8 | b64enc }}}\n";
    let project = Project::new("[{path: web-0.1.0.tgz, engine: helm}]")
        .file("chart/Chart.yaml", CHART)
        .file("chart/templates/s.yaml", template);
    run("helm", &["package", "chart"], &project.path(""));
    assert_snapshot!(project.error(), @r"
    cannot render shop for dev: web-0.1.0.tgz/templates/s.yaml: Secret `one` differs on every run, so every run would propose a change: `data.a`, `data.b`
    hint: set them with the chart's values, or generate them once and keep them in git: `keep: [{kind: Secret, name: one}]` on the step
    ");
}

const KEEP: &str = r#", keep: [{kind: Secret, name: "*-auth"}, {kind: Deployment}]"#;

#[test]
fn a_value_is_made_once_and_everything_else_is_new() {
    let first = project(KEEP, PASSWORDS).stream();
    assert_ne!(first, project(KEEP, PASSWORDS).stream(), "nobody has read git");
    assert_eq!(first, project(KEEP, PASSWORDS).deployed(&first).stream());

    let changed = PASSWORDS.replace("\"me\"", "\"you\"").replace("image: nginx", "image: nginx:2");
    let changed = changed.replace("env: [", "env: [{name: FIRST, value: x}, ");
    let second = project(KEEP, &changed).deployed(&first).stream();
    let expected = first.replace("user: bWU=", "user: eW91").replace("image: nginx\n", "image: nginx:2\n");
    let expected = expected
        .replace("        - name: A\n", "        - name: FIRST\n          value: x\n        - name: A\n");
    assert_eq!(second, expected);
}

#[test]
fn only_what_is_named_is_kept() {
    assert_snapshot!(project(", keep: [{kind: Secret, name: \"*-auth\"}]", PASSWORDS).error(), @r"
    cannot render shop for dev: chart/templates/a.yaml: Deployment `web` differs on every run, so every run would propose a change: `spec.template.metadata.annotations.checksum/auth`, `spec.template.spec.containers[0].env[1].value`
    hint: set them with the chart's values, or generate them once and keep them in git: `keep: [{kind: Deployment, name: web}]` on the step
    ");
    assert_snapshot!(project(", keep: [{kind: Deployment}, {kind: Secret, name: \"db-*\"}]", PASSWORDS).error(), @r"
    cannot render shop for dev: chart/templates/a.yaml: Secret `web-auth` differs on every run, so every run would propose a change: `data.password`, `data.token`
    hint: set them with the chart's values, or generate them once and keep them in git: `keep: [{kind: Secret, name: web-auth}]` on the step
    ");
    let other = "apiVersion: v1\nkind: Secret\nmetadata: {name: other-auth}\ndata: {password: b2xk}\n";
    let stream = project(KEEP, PASSWORDS).deployed(other).stream();
    assert!(!stream.contains("b2xk"), "{stream}");
}

#[test]
fn a_list_without_names_is_kept_while_it_is_as_long() {
    let template = |before: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nargs: [{before}, {{{{ randAlphaNum 9 }}}}]\n"
        )
    };
    let keep = ", keep: [{kind: Secret}]";
    let first = project(keep, &template("a")).stream();
    let second = project(keep, &template("b")).deployed(&first).stream();
    assert_eq!(second, first.replace("- a\n", "- b\n"));
    let longer = project(keep, &template("b, a")).deployed(&first).error();
    assert!(
        longer.contains("`args[2]` of Secret `a`") && longer.contains("unclear what to keep"),
        "{longer}"
    );
}

#[test]
fn names_and_keys_cannot_be_kept() {
    let name = "apiVersion: v1\nkind: Secret\nmetadata: {name: {{ uuidv4 }}}\n";
    let refused = project(", keep: [{kind: Secret}]", name).error();
    assert!(
        refused.contains("`metadata.name`") && refused.contains("names and keys cannot be kept"),
        "{refused}"
    );
    let key = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k{{ randNumeric 9 }}: a}\n";
    assert_snapshot!(project(", keep: [{kind: Secret}]", key).error(), @r"
    cannot render shop for dev: chart/templates/a.yaml: Secret `a` differs on every run, so every run would propose a change: `stringData`
    hint: set the values of the chart that it generates otherwise: names and keys cannot be kept
    ");
}

#[test]
fn a_text_around_a_generated_value_goes_through_or_is_refused() {
    let template = |level: &str, host: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  app.conf: |\n    level = {level}\n    password = {{{{ randAlphaNum 9 }}}}\n  url: \"http://me:{{{{ randAlphaNum 9 }}}}@{host}/\"\n"
        )
    };
    let keep = ", keep: [{kind: Secret}]";
    let first = project(keep, &template("info", "one")).stream();
    let second = project(keep, &template("debug", "one")).deployed(&first).stream();
    assert_eq!(second, first.replace("level = info", "level = debug"));
    assert_snapshot!(project(keep, &template("info", "two")).deployed(&first).error(), @r"
    cannot render shop for dev: chart/templates/a.yaml: `stringData.url` of Secret `a` has a generated value in a text that has changed, so it is unclear what to keep
    hint: set the value with the chart's values, or delete the resource in the GitOps repository and use `--overwrite-drift` to make a new one
    ");
}

#[test]
fn the_time_of_day_is_found_every_time() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {t: '{{ now | date \"20060102150405\" }}'}\n";
    let refused = project("", template).error();
    assert!(refused.contains("ConfigMap `a` differs on every run"), "{refused}");
    assert!(refused.contains("`data.t`"), "{refused}");
}
