//! Charts and kustomizations in the shapes that people have: what Towline renders is what their own
//! tools give, object by object.
//!
//! Each is a file in `tests/corpus`: a line that says what it is about, keys of its step, arguments
//! for helm, and its files, each behind a line `-- path --`. A chart without a `Chart.yaml` gets one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;

use super::support::{Project, objects, run, sorted};

struct Case {
    name: String,
    /// Keys of the step in the pipeline file, in flow style.
    step: String,
    /// More arguments for the reference tool.
    arguments: Vec<String>,
    files: BTreeMap<String, String>,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut case = Self { name, step: String::new(), arguments: Vec::new(), files: BTreeMap::new() };
        let mut file: Option<&mut String> = None;
        for line in text.split_inclusive('\n') {
            let path = line.trim_end().strip_prefix("-- ").and_then(|line| line.strip_suffix(" --"));
            match (path, &mut file) {
                (Some(path), _) => file = Some(case.files.entry(path.to_owned()).or_default()),
                (None, Some(file)) => file.push_str(line),
                (None, None) => {
                    if let Some(keys) = line.strip_prefix("step: ") {
                        case.step = format!(", {}", keys.trim());
                    } else if let Some(arguments) = line.strip_prefix("helm: ") {
                        case.arguments = arguments.split_whitespace().map(str::to_owned).collect();
                    }
                }
            }
        }
        case
    }

    fn all(folder: &str) -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// What is wrong with the objects, if anything is.
    fn difference(&self, rendered: anyhow::Result<Vec<Value>>, expected: &[Value]) -> Option<String> {
        let name = &self.name;
        match rendered {
            Err(error) => Some(format!("{name}: {error:#}")),
            Ok(objects) if objects == expected => None,
            Ok(objects) => {
                let only = |these: &[Value], those: &[Value]| -> Vec<String> {
                    these.iter().filter(|it| !those.contains(it)).map(Value::to_string).collect()
                };
                let (more, less) = (only(&objects, expected), only(expected, &objects));
                Some(format!("{name}: rendered {more:#?} in place of {less:#?}"))
            }
        }
    }
}

/// What `kubectl apply` makes of the objects: lists are taken apart, and the items of typed ones have
/// their kind.
fn flattened(objects: Vec<Value>) -> Vec<Value> {
    let flat = objects.into_iter().flat_map(|object| {
        let list = object["kind"].as_str().and_then(|kind| kind.strip_suffix("List")).map(str::to_owned);
        let Some(kind) = list.filter(|_| object.get("items").is_some()) else { return vec![object] };
        let mut items = object["items"].as_array().cloned().unwrap_or_default();
        for item in items.iter_mut().filter(|_| !kind.is_empty()) {
            let item = item.as_object_mut().unwrap();
            item.entry("kind").or_insert_with(|| kind.clone().into());
            item.entry("apiVersion").or_insert_with(|| object["apiVersion"].clone());
        }
        items
    });
    sorted(flat.collect())
}

#[test]
fn charts() {
    let cases = Case::all("charts");
    assert!(cases.len() >= 40, "{}", cases.len());
    let wrong = cases.par_iter().filter_map(|case| {
        let mut project = Project::new(&format!("[{{path: chart, engine: helm{}}}]", case.step));
        if !case.files.contains_key("Chart.yaml") {
            project = project.file("chart/Chart.yaml", "{apiVersion: v2, name: shop, version: 1.0.0}\n");
        }
        for (path, content) in &case.files {
            project = project.file(&format!("chart/{path}"), content);
        }
        let mut arguments = vec!["template", "shop", "chart"];
        arguments.extend(case.arguments.iter().map(String::as_str));
        arguments.extend((!case.arguments.iter().any(|it| it == "--skip-crds")).then_some("--include-crds"));
        arguments.extend((!case.step.contains("hooks")).then_some("--no-hooks"));
        let expected = flattened(objects(&run("helm", &arguments, &project.path(""))));
        assert!(!expected.is_empty(), "{}", case.name);
        case.difference(project.try_objects(), &expected)
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn kustomizations() {
    let cases = Case::all("kustomizations");
    assert!(cases.len() >= 20, "{}", cases.len());
    let wrong = cases.par_iter().filter_map(|case| {
        let step = if case.step.is_empty() { "path: overlay" } else { case.step.trim_start_matches(", ") };
        let mut project = Project::new(&format!("[{{engine: kustomize, {step}}}]"));
        for (path, content) in &case.files {
            project = project.file(path, content);
        }
        let overlay = if case.step.is_empty() { "overlay" } else { "overlays/dev" };
        let expected = flattened(objects(&run("kubectl", &["kustomize", overlay], &project.path(""))));
        assert!(!expected.is_empty(), "{}", case.name);
        case.difference(project.try_objects(), &expected)
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
