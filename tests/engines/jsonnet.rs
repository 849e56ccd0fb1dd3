//! Jsonnet, in this process.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::Project;

fn project(step: &str, program: &str) -> Project {
    Project::new(&format!("[{{path: deploy{step}}}]")).file("deploy/main.jsonnet", program)
}

fn result(program: &str) -> Project {
    project("", program)
}

#[test]
fn variables_as_arguments_and_libraries() {
    let project = project(
        ", jpath: [vendor]",
        "local k = import 'lib/k.libsonnet'; local util = import 'util.libsonnet';\n\
         function(environment, replicas, images, labels={}) {\n  web: k.deployment('web', replicas, images.web.reference) + { metadata+: { labels: labels } },\n  \
         config: util.config(environment, importstr 'banner.txt'),\n  off: null,\n}\n",
    )
    .file("deploy/lib/k.libsonnet", "{ deployment(name, replicas, image):: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: name }, spec: { replicas: replicas, template: { spec: { containers: [{ name: name, image: image }] } } } } }\n")
    .file("vendor/util.libsonnet", "{ config(env, text):: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: env }, data: { text: text } } }\n")
    .file("deploy/banner.txt", "hello\n")
    .values("{replicas: 3, labels: {tier: \"1\"}, unused: 12345678901234567890}");
    assert_snapshot!(project.stream(), @"");
}

#[test]
fn variables_as_external_ones() {
    let project = project(", variables: extVar", "{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: std.extVar('environment') }, data: { host: std.extVar('db').host } }")
        .values("{db: {host: h}}");
    assert_eq!(project.objects()[0]["data"]["host"], json!("h"));
}

#[test]
fn lists_arrays_and_maps_are_flattened() {
    let program = "local c(name) = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name } };\n\
        [c('a'), { nested: { b: c('b'), more: [c('c')] } }, { apiVersion: 'v1', kind: 'List', items: [c('d')] }]";
    let names: Vec<_> =
        result(program).objects().iter().map(|object| object["metadata"]["name"].clone()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[test]
fn awkward_scalars_survive() {
    let data = json!({"hash": "706798e8", "yes": "yes", "octal": "0644", "big": "12345678901234567890", "empty": "",
        "trailing": "two  ", "unicode": "käse 🧀", "script": "#!/bin/sh\necho \"$a\"  \n", "control": "\u{7f}\t"});
    let program = format!(
        "function(count, text) {{ apiVersion: 'v1', kind: 'ConfigMap', metadata: {{ name: 'a', labels: {{}} }}, data: {data} + {{ text: text }}, number: count, list: [] }}"
    );
    let object = result(&program).values("{count: 9007199254740992, text: \"0x1F\"}").objects().remove(0);
    assert_eq!(object["number"], json!(9007199254740992_u64));
    assert_eq!(object["data"]["text"], json!("0x1F"));
    for (key, value) in data.as_object().unwrap() {
        assert_eq!(&object["data"][key], value);
    }
}

#[test]
fn a_number_that_jsonnet_cannot_hold() {
    assert_snapshot!(result("function(count) { kind: 'A', count: count }").values("{count: 9007199254740993}").error(), @"");
}

#[test]
fn imports_stay_inside() {
    let project = |import: &str| result(&format!("\n  import '{import}'")).file("secret.libsonnet", "{}");
    assert_snapshot!(project("../secret.libsonnet").error(), @"");
    assert_snapshot!(project("/etc/passwd").error(), @"");
    let project = project("link.libsonnet");
    std::os::unix::fs::symlink("../secret.libsonnet", project.path("deploy/link.libsonnet")).unwrap();
    assert_snapshot!(project.error(), @"");
}

#[test]
fn what_never_ends_is_ended() {
    assert_snapshot!(result("local f(x) = f(x + 1) + 1; f(0)").error(), @"");
    assert_snapshot!(result("local a = { b: self.b }; a").error(), @"");
    assert_snapshot!(project(", engine: jsonnet, timeout: 1s", "local f(x) = f(x + 1) tailstrict; f(0)").error(), @"");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_snapshot!(result(&deep).error(), @"");
    let chain = format!("{} 1", "local x = 1;".repeat(20_000));
    assert_snapshot!(result(&chain).error(), @"");
}

#[test]
fn messages() {
    let message = |program: &str| result(program).values("{replicas: 1}").error();
    assert_snapshot!(message("{\n  a: 1,\n  b = 2 }"), @"");
    assert_snapshot!(message("{\n  a: x }"), @"");
    assert_snapshot!(message("function(replica) {}"), @"");
    assert_snapshot!(message("{ a: std.extVar('replicas') }"), @"");
    assert_snapshot!(message("{ kind: 'A', a: {}.b }"), @"");
    assert_snapshot!(message("{ kind: 'A', a: error 'no a' }"), @"");
    assert_snapshot!(message("{ a: { b: 'text' } }"), @"");
    assert_snapshot!(message("{ kind: 'A', a: std.length(1) }"), @"");
    assert_snapshot!(message("{ kind: 'A', a: (import 'lib.libsonnet') }"), @"");
    let bad = result("import 'lib.libsonnet'").file("deploy/lib.libsonnet", "{\n  a: \"\n").error();
    assert_snapshot!(bad, @"");
}
