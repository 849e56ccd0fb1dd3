//! Jsonnet, in this process.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Project, objects};

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
    assert_snapshot!(project.stream(), @r#"
    ---
    # Source: dev/shop/configmap-dev.yaml
    apiVersion: v1
    data:
      text: |
        hello
    kind: ConfigMap
    metadata:
      name: dev
    ---
    # Source: dev/shop/deployment-web.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      labels:
        tier: "1"
      name: web
    spec:
      replicas: 3
      template:
        spec:
          containers:
          - image: ghcr.io/acme/web:1.10
            name: web
    "#);
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
    assert_snapshot!(result("function(count) { kind: 'A', count: count }").values("{count: 9007199254740993}").error(), @"cannot render shop for dev: deploy/main.jsonnet:1:37: `count` has the number 9007199254740993, which Jsonnet cannot hold exactly: make it a string");
}

#[test]
fn imports_come_from_anywhere_in_the_project() {
    let object = "{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }";
    let project = result("import '../lib/shared.libsonnet'").file("lib/shared.libsonnet", object);
    assert_eq!(project.objects()[0]["metadata"]["name"], "a");

    // Links are followed; one to nothing that nobody imports does not matter.
    let project = result("import 'vendor/shared/main.libsonnet'").file("v2/shared/main.libsonnet", object);
    std::fs::create_dir_all(project.path("deploy/vendor")).unwrap();
    symlink("../../v2/shared", project.path("deploy/vendor/shared")).unwrap();
    symlink("nowhere", project.path("deploy/vendor/gone")).unwrap();
    assert_eq!(project.objects()[0]["metadata"]["name"], "a");
}

#[test]
fn what_was_imported_is_an_input() {
    let digest = |text: &str| {
        let project = result(
            "{ apiVersion: 'v1', kind: 'A', metadata: { name: 'a' }, text: importstr '../lib/a.txt' }",
        );
        let rendering = project.file("lib/a.txt", text).file("lib/other.txt", text).rendered();
        let descriptor = rendering.files.iter().find(|file| file.path == rendering.descriptor).unwrap();
        objects(str::from_utf8(&descriptor.content).unwrap())[0]["inputs"].clone()
    };
    let (one, other) = (digest("one"), digest("other"));
    assert_ne!(one["templates"], other["templates"]);
    assert_ne!(one["release"], other["release"]);
    let names: Vec<_> = one["files"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["deploy/main.jsonnet", "lib/a.txt", "towline.yaml"]);
}

#[test]
fn imports_stay_inside() {
    let project = |import: &str| result(&format!("\n  import '{import}'"));
    assert_snapshot!(project("../../secret.libsonnet").error(), @r"
    cannot render shop for dev: deploy/main.jsonnet:2:3: there is no `../../secret.libsonnet` to import: looked for ../secret.libsonnet
    hint: imports are relative to the importing file, or to a folder of `jpath`
    ");
    assert_snapshot!(project("/etc/passwd").error(), @r"
    cannot render shop for dev: deploy/main.jsonnet:2:3: cannot import `/etc/passwd`: the path is not relative
    hint: import it by its path from the importing file
    ");
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.libsonnet"), "{}").unwrap();
    let linked = project("link.libsonnet");
    symlink(outside.path().join("secret.libsonnet"), linked.path("deploy/link.libsonnet")).unwrap();
    assert_snapshot!(linked.error(), @"cannot render shop for dev: deploy/main.jsonnet:2:3: cannot import `link.libsonnet`: deploy/link.libsonnet is outside ROOT");
    let dangling = project("link.libsonnet");
    symlink("nowhere", dangling.path("deploy/link.libsonnet")).unwrap();
    assert_snapshot!(dangling.error(), @"cannot render shop for dev: deploy/main.jsonnet:2:3: cannot import `link.libsonnet`: deploy/link.libsonnet is a link to nothing");
}

#[test]
fn yaml_is_what_it_is_everywhere() {
    let parse = |yaml: &str| {
        let program = format!(
            "{{ apiVersion: 'v1', kind: 'A', metadata: {{ name: 'a' }}, parsed: std.parseYaml({}) }}",
            json!(yaml)
        );
        result(&program)
    };
    let parsed = |yaml: &str| parse(yaml).objects()[0]["parsed"].clone();
    let pod = "x: &x {p: 1}\nz: {<<: *x, q: 2}\nmode: 0400\ntty: yes\nid: !!str 5\nword: nULL\n";
    assert_eq!(
        parsed(pod),
        json!({"x": {"p": 1}, "z": {"p": 1, "q": 2}, "mode": 256, "tty": true, "id": "5", "word": "nULL"})
    );
    assert_eq!(parsed("a: 1\n---\nb: 2\n"), json!([{"a": 1}, {"b": 2}]));
    assert_eq!(parsed("---\na: 1\n"), json!([{"a": 1}]));
    assert_eq!(parsed("~"), json!(null));
    assert_snapshot!(parse("a: 1\na: 2").error(), @"cannot render shop for dev: deploy/main.jsonnet:1:65: std.parseYaml: the text:2:1: duplicate key `a`");
    assert_snapshot!(parse("id: 12345678901234567890").error(), @"cannot render shop for dev: deploy/main.jsonnet:1:65: std.parseYaml: Jsonnet cannot hold the number 12345678901234567890 exactly: put it in quotes");
}

#[test]
fn what_never_ends_is_ended() {
    assert_snapshot!(result("local f(x) = f(x + 1) + 1; f(0)").error(), @r#"
    cannot render shop for dev: deploy/main.jsonnet:1:14: the stack overflows: calls are nested too deeply
    hint: does a function call itself endlessly?
    "#);
    assert_snapshot!(result("local a = { b: self.b }; a").error(), @"cannot render shop for dev: deploy/main.jsonnet:1:16: infinite recursion: a value depends on itself");
    assert_snapshot!(project(", engine: jsonnet, timeout: 1s", "local f(x) = f(x + 1) tailstrict; f(0)").error(), @r#"
    cannot render shop for dev: deploy/main.jsonnet: the evaluation takes longer than 1s
    hint: does a loop never end? If it needs that long, set a longer `timeout` on the step
    "#);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_snapshot!(result(&deep).error(), @"cannot render shop for dev: deploy/main.jsonnet: brackets are nested too deeply");
    let chain = format!("{} 1", "local x = 1;".repeat(20_000));
    assert_snapshot!(result(&chain).error(), @r#"
    cannot render shop for dev: deploy/main.jsonnet: the result is 1, which is not a manifest
    hint: give a manifest, an array of them, or a map from names to manifests
    "#);
}

#[test]
fn messages() {
    let message = |program: &str| result(program).values("{replicas: 1}").error();
    assert_snapshot!(message("{\n  a: 1,\n  b = 2 }"), @"cannot render shop for dev: deploy/main.jsonnet:3:5: syntax error: unexpected `=`");
    assert_snapshot!(message("{\n  a: x }"), @"cannot render shop for dev: deploy/main.jsonnet:2:6: `x` is undefined");
    assert_snapshot!(message("function(replica) {}"), @r#"
    cannot render shop for dev: deploy/main.jsonnet: the parameter `replica` has no value
    hint: did you mean `replicas`?
    "#);
    assert_snapshot!(message("{ a: std.extVar('replicas') }"), @r#"
    cannot render shop for dev: deploy/main.jsonnet:1:6: `replicas` is undefined
    hint: set `variables: extVar` on the step to make variables external
    "#);
    assert_snapshot!(message("{ kind: 'A', a: {}.b }"), @"cannot render shop for dev: deploy/main.jsonnet:1:17: there is no field `b`");
    assert_snapshot!(message("{ kind: 'A', a: error 'no a' }"), @"cannot render shop for dev: deploy/main.jsonnet:1:17: no a");
    assert_snapshot!(message("{ a: { b: 'text' } }"), @r#"
    cannot render shop for dev: deploy/main.jsonnet: `a.b` of the result is "text", which is not a manifest
    hint: give a manifest, an array of them, or a map from names to manifests
    "#);
    assert_snapshot!(message("{ kind: 'A', a: std.length(1) }"), @"cannot render shop for dev: deploy/main.jsonnet:1:17: argument 1 of std.length is of type number, not string or array or object or function");
    assert_snapshot!(message("{ kind: 'A', a: (import 'lib.libsonnet') }"), @r"
    cannot render shop for dev: deploy/main.jsonnet:1:18: there is no `lib.libsonnet` to import: looked for deploy/lib.libsonnet
    hint: imports are relative to the importing file, or to a folder of `jpath`
    ");
    let bad = result("import 'lib.libsonnet'").file("deploy/lib.libsonnet", "{\n  a: \"\n").error();
    assert_snapshot!(bad, @"cannot render shop for dev: deploy/lib.libsonnet:2:6: syntax error: an unterminated string");
}
