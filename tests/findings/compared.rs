//! `towline validate` beside `kubernetes-validate` (PyPI), where that is installed: manifests in which each
//! field is left out, misspelled and given another type, one at a time. No error that it finds is missed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Applications, bases, good};

/// Prints a line for each line of its input: what is wrong with the manifest, or nothing. Compiling a schema
/// takes longer than using it, so the package's schemas are used without its own functions.
const SCRIPT: &str = r#"
import functools, importlib.util, json, os, re, sys
from jsonschema.validators import Draft202012Validator
from referencing import Registry, Resource

folder = os.path.join(
    importlib.util.find_spec("kubernetes_validate").submodule_search_locations[0],
    "kubernetes-json-schema", f"v{sys.argv[1]}.0-local-strict")

def load(name):
    with open(os.path.join(folder, name)) as file:
        return json.load(file)

registry = Resource.from_contents(load("_definitions.json")) @ Registry()

@functools.cache
def validator(api_version, kind):
    version = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    schema = load(f"{kind.lower()}-{version}.json")
    return Draft202012Validator(schema, registry=Resource.from_contents(schema) @ registry)

for line in sys.stdin:
    manifest = json.loads(line)
    try:
        errors = validator(manifest["apiVersion"], manifest["kind"]).iter_errors(manifest)
        error = next(errors, None)
        print(re.sub(r"\s+", " ", f"{error.json_path}: {error.message}")[:200] if error else "")
    except FileNotFoundError:
        print("")
"#;

fn is_installed() -> bool {
    let check = "import importlib.util, sys, jsonschema, referencing; \
                 sys.exit(importlib.util.find_spec('kubernetes_validate') is None)";
    let run = Command::new("python3").args(["-c", check]).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

fn errors_of_the_other(version: &str, manifests: &[Value]) -> Vec<String> {
    let mut python = Command::new("python3");
    let python = python.args(["-c", SCRIPT, version]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().unwrap();
    let text: String = manifests.iter().map(|it| format!("{it}\n")).collect();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The manifest with one fault each. What tells which resource it is stays.
fn mutants(manifest: &Value) -> Vec<Value> {
    let mut pointers = Vec::new();
    collect(manifest, "", &mut pointers);
    let is_identity = |it: &str| ["/apiVersion", "/kind", "/metadata", "/metadata/name"].contains(&it);
    pointers.retain(|pointer| !is_identity(pointer));
    pointers.iter().flat_map(|pointer| faults(manifest, pointer)).collect()
}

fn collect(value: &Value, pointer: &str, pointers: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let below = format!("{pointer}/{}", escaped(key));
                pointers.push(below.clone());
                collect(value, &below, pointers);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, &format!("{pointer}/{index}"), pointers);
            }
        }
        _ => {}
    }
}

/// Numbers and booleans are no fault where Kubernetes has text: Towline writes them as text.
fn faults(manifest: &Value, pointer: &str) -> Vec<Value> {
    let (above, last) = pointer.rsplit_once('/').unwrap();
    let last = last.replace("~1", "/").replace("~0", "~");
    let with = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut manifest = manifest.clone();
        let map = manifest.pointer_mut(above)?.as_object_mut()?;
        change(map);
        Some(manifest)
    };
    let others = match manifest.pointer(pointer).unwrap() {
        Value::Object(_) => [json!("text"), json!([])],
        Value::Array(_) => [json!("text"), json!({})],
        Value::Number(_) | Value::Bool(_) => [json!("text"), json!([1])],
        _ => [json!(["text"]), json!({"a": "text"})],
    };
    let mut faults = vec![
        with(&|map| _ = map.shift_remove(&last)),
        with(&|map| {
            let value = map.shift_remove(&last).unwrap_or_default();
            map.insert(format!("{last}Xyz"), value);
        }),
    ];
    faults.extend(others.into_iter().map(|other| with(&|map| _ = map.insert(last.clone(), other.clone()))));
    faults.into_iter().flatten().collect()
}

/// Gives manifests names of their own, under which what is found of them can be told.
fn named_apart(manifests: Vec<Value>) -> Vec<Value> {
    let named = manifests.into_iter().enumerate().map(|(index, mut manifest)| {
        manifest["metadata"]["name"] = format!("m-{index}").into();
        manifest
    });
    named.collect()
}

fn compare(version: &str, manifests: impl Iterator<Item = Value>) {
    let mutants: Vec<Value> =
        named_apart(manifests.flat_map(|it| std::iter::once(it.clone()).chain(mutants(&it))).collect());
    let applications = Applications::new();
    for (index, piece) in mutants.chunks(200).enumerate() {
        applications.add(&format!("part-{index:04}"), &json!({"kubernetes": version}), piece);
    }
    let ours = applications.resources_with_errors();
    let theirs = errors_of_the_other(version, &mutants);
    assert_eq!(theirs.len(), mutants.len());
    let found = theirs.iter().filter(|error| !error.is_empty()).count();
    assert!(found > 500, "{found} of {}", mutants.len());
    let missed: BTreeMap<String, &Value> = mutants
        .iter()
        .zip(&theirs)
        .filter(|(manifest, error)| {
            !error.is_empty() && !ours.contains(manifest["metadata"]["name"].as_str().unwrap())
        })
        .map(|(manifest, error)| (format!("{} {error}", manifest["kind"].as_str().unwrap()), manifest))
        .collect();
    assert!(missed.is_empty(), "{} of {found} are missed: {missed:#?}", missed.len());
}

#[test]
fn no_error_that_kubernetes_validate_finds_is_missed() {
    if !is_installed() {
        eprintln!("skipped: the Python package kubernetes-validate is not installed");
        return;
    }
    let good = ["cluster", "core", "network", "pods", "rbac"].map(|name| good()[name].clone());
    compare("1.37", good.into_iter().flatten());
    ["1.37", "1.34", "1.32"].into_iter().for_each(|version| compare(version, bases().into_values()));
}

impl Applications {
    /// The names of the resources that have an error.
    fn resources_with_errors(&self) -> BTreeSet<String> {
        let run = self.sandbox().towline(&["validate", "--all", "*", "--output", "json", "--quiet"]);
        let answer: Value = serde_json::from_str(&run.stdout).unwrap();
        let mut names = BTreeSet::new();
        for folder in answer["folders"].as_array().unwrap() {
            let findings = folder["findings"].as_array().unwrap_or_else(|| panic!("{folder:#}"));
            assert!(folder["environments"][0].get("error").is_none(), "{:#}", folder["environments"]);
            let errors = findings.iter().filter(|finding| finding["level"] == "error");
            names.extend(errors.map(|finding| finding["resource"]["name"].as_str().unwrap().to_owned()));
        }
        names
    }
}
