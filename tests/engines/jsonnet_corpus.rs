//! Trees of Jsonnet in the shapes that people write, compared with go-jsonnet.

use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};

use super::support::{Project, copy, run};

/// What `jsonnet` does with the same files: `_gojsonnet` is go-jsonnet as a Python module.
const REFERENCE: &str = "
import _gojsonnet, json, sys
main, options = sys.argv[1], json.loads(sys.argv[2])
codes = lambda name: {key: json.dumps(value) for key, value in options.get(name, {}).items()}
print(_gojsonnet.evaluate_file(main, jpathdir=options.get('jpath', []), tla_codes=codes('tla'), ext_codes=codes('ext')))
";

struct Tree {
    name: &'static str,
    /// The step in the pipeline file.
    step: &'static str,
    main: &'static str,
    values: &'static str,
    options: Value,
}

fn tree(name: &'static str, step: &'static str, main: &'static str) -> Tree {
    Tree { name, step, main, values: "{}", options: json!({}) }
}

fn trees() -> Vec<Tree> {
    vec![
        Tree {
            options: json!({"jpath": ["lib", "vendor"]}),
            ..tree("tanka", "path: environments/prod, jpath: [lib, vendor]", "environments/prod/main.jsonnet")
        },
        Tree {
            options: json!({"jpath": ["vendor"]}),
            ..tree("bundler", "path: main.jsonnet, jpath: [vendor]", "main.jsonnet")
        },
        tree("mixin", "path: main.jsonnet", "main.jsonnet"),
        Tree {
            values: "{replicas: 2, hosts: [a.example.com, b.example.com], unused: 1}",
            options: json!({"tla": {"environment": "dev", "replicas": 2, "hosts": ["a.example.com", "b.example.com"]}}),
            ..tree("arguments", "path: main.jsonnet", "main.jsonnet")
        },
        Tree {
            values: "{database: {host: db, port: 5432, name: shop, pool: 20}}",
            options: json!({"ext": {"environment": "dev", "database": {"host": "db", "port": 5432, "name": "shop", "pool": 20}}}),
            ..tree("external", "path: main.jsonnet, variables: extVar", "main.jsonnet")
        },
        tree("files", "path: main.jsonnet", "main.jsonnet"),
        tree("comprehension", "path: main.jsonnet", "main.jsonnet"),
        tree("formats", "path: main.jsonnet", "main.jsonnet"),
        tree("nested", "path: main.jsonnet", "main.jsonnet"),
        tree("overlays", "path: prod.jsonnet", "prod.jsonnet"),
    ]
}

#[test]
fn trees_give_what_jsonnet_gives() {
    for tree in trees() {
        let project = Project::new(&format!("[{{{}}}]", tree.step)).values(tree.values);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/jsonnet").join(tree.name);
        copy(&folder, &project.path(""));
        if tree.name == "bundler" {
            // As jsonnet-bundler leaves local dependencies, and what was moved away since.
            symlink("../libraries/metrics", project.path("vendor/metrics")).unwrap();
            symlink("github.com/acme/gone", project.path("vendor/gone")).unwrap();
        }
        let expected =
            run("python3", &["-c", REFERENCE, tree.main, &tree.options.to_string()], &project.path(""));
        let mut objects = Vec::new();
        collect(&serde_json::from_str(&expected).unwrap(), &mut objects);
        let key = |object: &Value| format!("{} {}", object["kind"], object["metadata"]["name"]);
        objects.sort_by_key(key);
        let mut ours = project.objects();
        ours.sort_by_key(key);
        assert_eq!(ours, objects, "{}", tree.name);
    }
}

/// The manifests in what a program gives.
fn collect(value: &Value, objects: &mut Vec<Value>) {
    match value {
        Value::Object(map) if map.get("kind").is_some_and(|kind| kind == "List") => {
            map["items"].as_array().unwrap().iter().for_each(|item| collect(item, objects));
        }
        Value::Object(map) if map.contains_key("kind") => objects.push(value.clone()),
        Value::Object(map) => map.values().for_each(|value| collect(value, objects)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, objects)),
        _ => {}
    }
}
