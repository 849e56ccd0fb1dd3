//! What does not depend on a tool's mood: order, ids and formatting; and what the digest covers.

use insta::assert_snapshot;

use super::support::Project;

const VERSION: &str = "[ \"$1\" = version ] && echo v5.5.0 && exit\n";

fn kustomize(printed: &str) -> String {
    let project = Project::new("[{path: k}]").file("k/kustomization.yaml", "");
    project.tool("TOWLINE_KUSTOMIZE", &format!("{VERSION}cat <<'END'\n{printed}END")).stream()
}

#[test]
fn the_order_of_documents_and_keys_is_not_the_tools() {
    let one =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: ns}\ndata: {x: \"1\", w: \"2\"}\n";
    let one_again = "kind: ConfigMap\ndata:\n    \"w\": '2'\n    x: !!str 1\nmetadata:\n    namespace: ns\n    name: a\napiVersion: v1\n";
    let two = "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n";
    let stream = kustomize(&format!("{one}---\n{two}"));
    assert_eq!(stream, kustomize(&format!("{two}---\n{one_again}---\n")));
    assert_snapshot!(stream, @r#"
    ---
    # Source: dev/shop/configmap-a_ns.yaml
    apiVersion: v1
    data:
      w: "2"
      x: "1"
    kind: ConfigMap
    metadata:
      name: a
      namespace: ns
    ---
    # Source: dev/shop/namespace-ns.yaml
    apiVersion: v1
    kind: Namespace
    metadata:
      name: ns
    "#);
}

/// The lines of one text that are not in the other at the same place.
fn changed(before: &str, after: &str) -> Vec<String> {
    assert_eq!(before.lines().count(), after.lines().count());
    let pairs = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
    pairs.map(|(_, after)| after.trim().to_owned()).collect()
}

#[test]
fn one_changed_value_changes_only_its_lines() {
    let manifest =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {z: one, a: VALUE, m: \"yes\"}\n";
    let helm = |value: &str| {
        let chart =
            Project::new("[{path: c}]").file("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
        chart.file("c/templates/a.yaml", &manifest.replace("VALUE", value)).stream()
    };
    let kustomize = |value: &str| {
        let overlay = Project::new("[{path: k}]").file("k/kustomization.yaml", "resources: [a.yaml]\n");
        overlay.file("k/a.yaml", &manifest.replace("VALUE", value)).stream()
    };
    let jsonnet = |value: &str| {
        let text = manifest.replace("VALUE", value).replace('"', "\\\"").replace('\n', "\\n");
        let program = format!("std.parseYaml(\"{text}\")");
        Project::new("[{path: j}]").file("j/main.jsonnet", &program).stream()
    };
    for stream in [&helm as &dyn Fn(&str) -> String, &kustomize, &jsonnet] {
        assert_eq!(changed(&stream("first"), &stream("second")), ["a: second"]);
    }
}

fn digest(project: &Project) -> String {
    let rendering = project.rendered();
    let descriptor = rendering.files.iter().find(|file| file.path == rendering.descriptor).unwrap();
    let text = std::str::from_utf8(&descriptor.content).unwrap();
    text.lines().find(|line| line.trim_start().starts_with("templates: sha256:")).unwrap().to_owned()
}

#[test]
fn the_digest_covers_what_stands_outside_of_the_step() {
    let chart = Project::new("[{path: chart, values: [{file: \"values/{{ environment }}.yaml\"}]}]")
        .chart("large")
        .file("values/dev.yaml", "entries: {one: {a: b}}\n")
        .file("values/prod.yaml", "entries: {}\n");
    let before = digest(&chart);
    assert_eq!(before, digest(&chart));
    let chart = chart.file("values/prod.yaml", "another: file\n");
    assert_eq!(before, digest(&chart), "nobody reads it");
    assert_ne!(before, digest(&chart.file("values/dev.yaml", "# the same values\nentries: {one: {a: b}}\n")));

    let overlay = Project::new("[{path: k/dev}]")
        .file("k/dev/kustomization.yaml", "resources: [../base]\n")
        .file("k/base/kustomization.yaml", "resources: [a.yaml]\n")
        .file("k/base/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n");
    let before = digest(&overlay);
    let overlay = overlay.file("k/base/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n");
    assert_ne!(before, digest(&overlay));
}

#[test]
fn a_template_that_names_now_is_told() {
    let chart = |text: &str| {
        Project::new("[{path: chart}]")
            .file("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")
            .file("chart/templates/a.yaml", text)
    };
    let dated =
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels: {day: {{ now | date \"Mon\" }}}\n";
    assert_snapshot!(chart(dated).warnings(), @"chart/templates/a.yaml:5: this template uses `now` or `ago`: if its output contains a date, the same release will propose a change tomorrow");
    assert_eq!(chart("{{/* now */}}apiVersion: v1\nkind: Namespace\nmetadata: {name: now}\n").warnings(), "");
}
