//! What `towline validate` finds in manifests: broken ones, of which each has the finding that it must
//! give and no other, and good ones, which have none.
//!
//! One run checks all of them: each is an application of its own.

mod compared;
mod shown;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::{Map, Value};
use towline::kubernetes::{self, Stage};
use towline::yaml;

use crate::given::Sandbox;

const PIPELINE: &str = "version: 1\napplication: a\ntemplates: [{path: deploy, engine: plain}]\n\
                        gitops: {repository: ../gitops.git}\nenvironments: [{name: dev}]\n";

/// A manifest of `bases.yaml`, changed, and what is found in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(flatten)]
    manifest: Changed,
    #[serde(default)]
    with: Vec<Beside>,
    #[serde(default)]
    validate: Value,
    finds: Vec<String>,
}

#[derive(Deserialize)]
struct Changed {
    base: String,
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    drop: Vec<String>,
}

/// A manifest beside the broken one: one of `bases.yaml`, as it is or changed.
#[derive(Deserialize)]
#[serde(untagged)]
enum Beside {
    Base(String),
    Changed(Changed),
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/findings")
}

fn documents(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let nodes = yaml::parse(&text, path).unwrap_or_else(|error| panic!("{error:#}"));
    nodes.into_iter().map(yaml::Node::into_value).collect()
}

fn bases() -> BTreeMap<String, Value> {
    serde_json::from_value(documents(&folder().join("bases.yaml")).remove(0)).unwrap()
}

impl Changed {
    fn manifest(&self, bases: &BTreeMap<String, Value>) -> Value {
        let mut manifest = bases[&self.base].clone();
        for (path, value) in &self.set {
            let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
            let keys = above.split('.').filter(|key| !key.is_empty());
            let parent = keys.fold(&mut manifest, |at, key| below(at, key));
            *below(parent, last) = value.clone();
        }
        for path in &self.drop {
            let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
            let keys = above.split('.').filter(|key| !key.is_empty());
            let parent = keys.fold(&mut manifest, |at, key| below(at, key));
            let dropped = parent.as_object_mut().unwrap().shift_remove(last);
            assert!(dropped.is_some(), "{path} is not there to be dropped");
        }
        manifest
    }
}

/// What is below a key, or a number of a list; made where it is not there.
fn below<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    match key.parse::<usize>() {
        Ok(index) if value.is_array() => &mut value[index],
        _ => {
            if value.is_null() {
                *value = Value::Object(Map::new());
            }
            value
                .as_object_mut()
                .unwrap_or_else(|| panic!("{key} is below no map"))
                .entry(key)
                .or_insert(Value::Null)
        }
    }
}

/// Applications, each with a pipeline file of its own and its manifests.
struct Applications(Sandbox);

impl Applications {
    fn new() -> Self {
        Self(Sandbox::new())
    }

    fn sandbox(&self) -> &Sandbox {
        &self.0
    }

    fn add(&self, name: &str, validate: &Value, manifests: &[Value]) {
        let section = if validate.is_null() { String::new() } else { format!("validate: {validate}\n") };
        self.0.write(&format!("app/{name}/towline.yaml"), &format!("{PIPELINE}{section}"));
        let text: String = manifests.iter().map(|it| format!("---\n{it}\n")).collect();
        self.0.write(&format!("app/{name}/deploy/all.yaml"), &text);
    }

    /// What is found in each application, as its id and the path in the document.
    fn findings(&self) -> BTreeMap<String, Vec<String>> {
        let run = self.0.towline(&["validate", "--all", "*", "--output", "json", "--quiet"]);
        let answer: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
        let of = |folder: &Value| -> Vec<String> {
            let errors =
                folder["environments"].as_array().into_iter().flatten().filter_map(|it| it.get("error"));
            let errors = errors
                .chain(folder.get("error"))
                .filter(|error| !error["message"].as_str().unwrap().ends_with("in manifests"));
            let findings = folder["findings"].as_array().into_iter().flatten().map(|finding| {
                let path = finding["path"].as_str().map(|path| format!(" {path}")).unwrap_or_default();
                format!("{}{path}", finding["id"].as_str().unwrap())
            });
            errors.map(|error| error["message"].to_string()).chain(findings).collect()
        };
        let folders = answer["folders"].as_array().unwrap();
        folders.iter().map(|folder| (folder["folder"].as_str().unwrap().to_owned(), of(folder))).collect()
    }
}

#[test]
fn each_broken_manifest_has_its_finding_and_no_other() {
    let bases = bases();
    let cases: Vec<Case> =
        serde_json::from_value(documents(&folder().join("broken.yaml")).remove(0)).unwrap();
    assert!(cases.len() >= 100, "{}", cases.len());
    let applications = Applications::new();
    for (index, case) in cases.iter().enumerate() {
        let beside = case.with.iter().map(|beside| match beside {
            Beside::Base(name) => bases[name].clone(),
            Beside::Changed(changed) => changed.manifest(&bases),
        });
        let manifests: Vec<Value> = std::iter::once(case.manifest.manifest(&bases)).chain(beside).collect();
        applications.add(&format!("case-{index:03}"), &case.validate, &manifests);
    }
    let found = applications.findings();
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort();
        list
    };
    let wrong: Vec<String> = cases
        .iter()
        .zip(found.values())
        .filter(|(case, found)| sorted(&case.finds) != sorted(found))
        .map(|(case, found)| {
            let Changed { base, set, drop } = &case.manifest;
            format!(
                "{base}, set {}, drop {drop:?}\n  wanted {:?}\n  found  {found:?}",
                Value::Object(set.clone()),
                case.finds
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn the_bases_of_broken_manifests_have_no_fault() {
    let applications = Applications::new();
    applications.add("all", &Value::Null, &bases().into_values().collect::<Vec<_>>());
    assert_eq!(applications.findings()["all"], Vec::<String>::new());
}

/// The documents of `good/`, by file.
fn good() -> BTreeMap<String, Vec<Value>> {
    let files = std::fs::read_dir(folder().join("good")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), documents(&path))).collect()
}

#[test]
fn good_manifests_have_no_findings() {
    let good = good();
    let count: usize = good.values().map(Vec::len).sum();
    assert!(count >= 200, "{count}");
    let applications = Applications::new();
    for (name, manifests) in &good {
        applications.add(name, &Value::Null, manifests);
    }
    let found = applications.findings();
    let wrong: Vec<_> = found.iter().filter(|(_, found)| !found.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const COMMIT: &str = "5f0c6a1b2d3e4f5061728394a5b6c7d8e9f00112";

#[test]
fn examples_have_no_findings() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates-examples");
    let folders = std::fs::read_dir(&project).unwrap().map(|entry| entry.unwrap().path());
    let examples: Vec<_> = folders.filter(|folder| folder.join("towline.yaml").is_file()).collect();
    assert!(examples.len() >= 8, "{examples:?}");
    for example in examples {
        let sandbox = Sandbox::new();
        let copied = Command::new("cp").arg("-r").arg(&example).arg(sandbox.path("app/example")).status();
        assert!(copied.unwrap().success());
        let run = sandbox
            .towline(&["-C", "example", "validate", "--commit", COMMIT, "--output", "json", "--quiet"]);
        let answer: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            answer["findings"],
            serde_json::json!([]),
            "{}: {:#}",
            example.display(),
            answer["findings"]
        );
        assert_eq!(run.code, Some(0), "{}: {run}", example.display());
    }
}

/// Kinds that a client asks with, and that no manifest is of.
const QUESTIONS: [&str; 11] = [
    "Binding",
    "Eviction",
    "LocalSubjectAccessReview",
    "Scale",
    "SelfSubjectAccessReview",
    "SelfSubjectReview",
    "SelfSubjectRulesReview",
    "Status",
    "SubjectAccessReview",
    "TokenRequest",
    "TokenReview",
];

/// Kinds that are there, and nobody is to use.
const DEPRECATED: [&str; 2] = ["ComponentStatus", "Endpoints"];

#[test]
fn each_stable_kind_of_kubernetes_is_among_the_good_manifests() {
    let good: Vec<Value> = good().into_values().flatten().collect();
    let is_there = |api_version: &str, kind: &str| {
        good.iter().any(|it| it["apiVersion"] == api_version && it["kind"] == kind)
    };
    let newest = kubernetes::minors().1;
    let mut missing: Vec<String> = kubernetes::kinds()
        .filter(|(api_version, kind, known)| {
            let is_stable = !api_version.contains("alpha") && !api_version.contains("beta");
            is_stable
                && known.stage(newest) == Stage::There
                && !QUESTIONS.contains(kind)
                && !DEPRECATED.contains(kind)
        })
        .filter(|(api_version, kind, _)| !is_there(api_version, kind))
        .map(|(api_version, kind, _)| format!("{api_version} {kind}"))
        .collect();
    missing.sort();
    assert!(missing.is_empty(), "{missing:#?}");
}
