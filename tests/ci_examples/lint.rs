//! What the vendors' schemas and linters say. `.ci/tools` installs them.
//!
//! Tekton's resources have no linter and no schema in the registries: kubectl reads them, and the
//! test of the journey reads the fields that it runs.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::fill::{folder, read, scalar};

const GITHUB: [&str; 5] = [
    "github/application/.github/workflows/release.yaml",
    "github/application/.github/workflows/resume.yaml",
    "github/gitops/.github/workflows/wake.yaml",
    "github/one-repository/.github/workflows/deploy.yaml",
    "github/application/.github/workflows/configure.yaml",
];
const AZURE: [&str; 3] = [
    "azure-pipelines/environment.yaml",
    "azure-pipelines/scheduled.yaml",
    "azure-pipelines/with-connector.yaml",
];
const GITLAB: [&str; 2] = ["gitlab/application/.gitlab-ci.yml", "gitlab/gitops/.gitlab-ci.yml"];
const TEKTON: [&str; 3] = ["tekton/pipeline.yaml", "tekton/task.yaml", "tekton/triggers.yaml"];
const SCRIPTS: [&str; 2] = ["cron/towline.sh", "resume.sh"];

/// What it says when it says no.
fn complaints(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(folder()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}, which .ci/tools installs: {error}"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (!output.status.success()).then_some(said)
}

fn passes(program: &str, arguments: &[&str]) {
    assert_eq!(complaints(program, arguments), None);
}

#[test]
fn every_pipeline_is_checked() {
    let mut files = Vec::new();
    let mut folders = vec![folder()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    files.sort();
    let mut known: Vec<&str> = [&GITHUB[..], &AZURE, &GITLAB, &TEKTON, &SCRIPTS].concat();
    known.extend(["README.md", "cron/crontab"]);
    known.sort_unstable();
    assert_eq!(files, known);
}

#[test]
fn actionlint_passes_the_workflows() {
    let actionlint = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/actionlint");
    let actionlint = actionlint.to_str().unwrap();
    passes(actionlint, &GITHUB);
    let scratch = tempfile::tempdir().unwrap();
    let broken = scratch.path().join("wake.yaml");
    let workflow = std::fs::read_to_string(folder().join(GITHUB[2])).unwrap();
    std::fs::write(&broken, workflow.replace("github.head_ref", "github.haed_ref")).unwrap();
    let said = complaints(actionlint, &[broken.to_str().unwrap()]).expect("it reads them");
    assert!(said.contains("property \"haed_ref\" is not defined"), "{said}");
}

#[test]
fn the_workflows_fit_their_schema() {
    passes("check-jsonschema", &[&["--builtin-schema", "vendor.github-workflows"], &GITHUB[..]].concat());
}

#[test]
fn the_gitlab_pipelines_fit_their_schema() {
    let options = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"];
    passes("check-jsonschema", &[&options[..], &GITLAB].concat());
}

/// Azure Pipelines reads every scalar as text, and so does its schema.
#[test]
fn the_azure_pipelines_fit_their_schema() {
    let scratch = tempfile::tempdir().unwrap();
    let check = |file: &str, spoil: &dyn Fn(String) -> String| {
        let path = scratch.path().join("pipeline.json");
        std::fs::write(&path, spoil(as_text(&read(file)).to_string())).unwrap();
        let options = ["--builtin-schema", "vendor.azure-pipelines", "--regex-variant", "nonunicode"];
        let transform = ["--data-transform", "azure-pipelines", path.to_str().unwrap()];
        complaints("check-jsonschema", &[&options[..], &transform].concat())
    };
    for file in AZURE {
        assert_eq!(check(file, &|pipeline| pipeline), None);
    }
    let said = check(AZURE[0], &|pipeline| pipeline.replace("\"urlSuffix\"", "\"urlSufix\""));
    assert!(said.is_some(), "it knows the inputs of the task");
}

fn as_text(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), as_text(value))).collect(),
        Value::Array(items) => items.iter().map(as_text).collect(),
        scalar_value => scalar(scalar_value).into(),
    }
}

#[test]
fn kubectl_reads_what_is_for_tekton() {
    let files = TEKTON.map(|file| format!("--filename={file}"));
    let options = ["label", "--local", "--output=name", "read=yes"];
    passes("kubectl", &options.into_iter().chain(files.iter().map(String::as_str)).collect::<Vec<_>>());
}

#[test]
fn bash_reads_the_scripts() {
    for script in SCRIPTS {
        passes("bash", &["-n", script]);
    }
}
