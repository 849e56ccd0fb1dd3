//! Helm: `helm template` of the user's own binary, on a scratch copy of the chart.
//!
//! What comes out is what `helm template --include-crds` prints, as objects, without hooks and
//! tests unless they are asked for: a GitOps operator would apply them as ordinary resources.
//! `NOTES.txt` is not printed, and `lookup` finds nothing, as always without a cluster.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::scratch::{self, Edit, Scratch};
use super::tool::{Runner, Tool};
use super::{Document, output, varying};
use crate::error::{Diagnostic, Place};

/// A chart and all that `helm template` is told about it.
#[derive(Clone, Copy)]
pub struct Chart<'a> {
    /// The pipeline file's folder.
    pub root: &'a Path,
    /// A folder or a `.tgz`, relative to `root`.
    pub path: &'a Path,
    pub place: &'a Place,
    pub release: &'a str,
    pub namespace: Option<&'a str>,
    /// `.Capabilities.KubeVersion`; without it, the one that helm was built for.
    pub kube_version: Option<&'a str>,
    /// Added to `.Capabilities.APIVersions`.
    pub api_versions: &'a [String],
    /// A later one wins over an earlier one.
    pub values: &'a [Values],
    pub crds: bool,
    pub hooks: bool,
    pub tests: bool,
    /// A file to be put into the chart before, and its text.
    pub input: Option<(&'a Path, &'a str)>,
    pub edit: Edit<'a>,
}

/// An entry of `values:`, resolved.
#[derive(Debug, Clone)]
pub enum Values {
    /// Relative to the pipeline file's folder.
    File(PathBuf),
    Inline(Value),
}

/// Renders a chart. A template that gives something else each time is an error.
pub fn template(chart: &Chart, runner: &Runner) -> Result<Vec<Document>> {
    let tool = runner.helm()?;
    let scratch = Scratch::new()?;
    let arguments = prepare(chart, &scratch)?;
    let documents = render(chart, runner, &tool, &scratch, &arguments)?;
    if varying::is_suspected(scratch.files())? || varying::is_suspected(scratch.home())? {
        varying::refuse(&documents, &render(chart, runner, &tool, &scratch, &arguments)?)?;
    }
    Ok(documents)
}

/// Fills the scratch copy, and gives helm's arguments.
fn prepare(chart: &Chart, scratch: &Scratch) -> Result<Vec<String>> {
    let from = chart.root.join(chart.path);
    if from.is_dir() && !from.join("Chart.yaml").is_file() {
        let message = format!("{} is not a Helm chart: it has no Chart.yaml", chart.path.display());
        return Err(Diagnostic::new(message).at(chart.place.clone()).into());
    }
    scratch.copy(chart.root, chart.path, &from, chart.edit)?;
    if let Some((path, text)) = chart.input {
        scratch.write(&chart.path.join(path), text)?;
    }
    let mut arguments = Vec::new();
    arguments.extend(chart.crds.then(|| "--include-crds".to_owned()));
    arguments.extend(chart.namespace.map(|namespace| format!("--namespace={namespace}")));
    arguments.extend(chart.kube_version.map(|version| format!("--kube-version={version}")));
    arguments.extend(chart.api_versions.iter().map(|version| format!("--api-versions={version}")));
    for (index, values) in chart.values.iter().enumerate() {
        // Helm splits what stands behind `--values` at commas, so the user's name will not do.
        let file = PathBuf::from(format!("../{}/values-{index}.yaml", scratch::HOME));
        match values {
            Values::File(path) => copy_values(chart, scratch, path, &file)?,
            Values::Inline(value) => scratch.write(&file, &as_yaml(value))?,
        }
        arguments.push(format!("--values={}", file.display()));
    }
    // A path that begins with `/` is never taken for the name of a repository.
    let path = scratch.files().join(chart.path).to_string_lossy().into_owned();
    arguments.extend(["--".to_owned(), chart.release.to_owned(), path]);
    Ok(arguments)
}

fn copy_values(chart: &Chart, scratch: &Scratch, path: &Path, to: &Path) -> Result<()> {
    let path = scratch::join(Path::new(""), &path.to_string_lossy())?;
    let context = || format!("{}: could not take the values from {}", chart.place, path.display());
    scratch.copy(chart.root, &path, chart.root, chart.edit).with_context(context)?;
    fs::copy(scratch.files().join(&path), scratch.files().join(to)).with_context(context)?;
    Ok(())
}

/// JSON, which is YAML if control characters are escaped and nothing is taken for a byte order mark.
fn as_yaml(value: &Value) -> String {
    let json = value.to_string();
    let escaped = |c: char| {
        matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    json.chars().fold(String::with_capacity(json.len()), |mut text, c| {
        match c {
            c if escaped(c) => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
        text
    })
}

fn render(
    chart: &Chart,
    runner: &Runner,
    tool: &Tool,
    scratch: &Scratch,
    arguments: &[String],
) -> Result<Vec<Document>> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let printed = runner.run(tool, &arguments, scratch, false).map_err(|error| explained(chart, error))?;
    let mut documents =
        output::read(&printed, &|source| origin(chart, source)).map_err(|error| tool.garbage(&error))?;
    documents.retain(|document| match hook(&document.value) {
        None => true,
        Some(hook) if is_test(hook) => chart.tests,
        Some(_) => chart.hooks,
    });
    Ok(documents)
}

/// The error with the step's place, and what to do where helm's own advice needs the chart's path.
fn explained(chart: &Chart, error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Diagnostic>() {
        Ok(diagnostic) => {
            let vendored = diagnostic.message.contains("helm dependency build").then(|| {
                format!(
                    "run `helm dependency build {}` and commit what it puts into charts/",
                    chart.path.display()
                )
            });
            let hint = vendored.or(diagnostic.hint);
            let place = Some(chart.place.clone());
            Diagnostic { place, hint, ..diagnostic }.into()
        }
        Err(other) => other,
    }
}

/// The template that helm names as `chart/templates/file.yaml`, as the user would.
fn origin(chart: &Chart, source: Option<&str>) -> Place {
    let inner = source.and_then(|source| source.split_once('/')).map(|(_, inner)| chart.path.join(inner));
    Place::file(inner.filter(|file| chart.root.join(file).is_file()).as_deref().unwrap_or(chart.path))
}

fn hook(manifest: &Value) -> Option<&str> {
    manifest.get("metadata")?.get("annotations")?.get("helm.sh/hook")?.as_str()
}

fn is_test(hook: &str) -> bool {
    hook.split(',').any(|event| matches!(event.trim(), "test" | "test-success" | "test-failure"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_values_are_json_that_every_yaml_reader_takes() {
        let value = serde_json::json!({"a": "yes\u{7f}\u{feff}é", "b": 1});
        assert_eq!(as_yaml(&value), "{\"a\":\"yes\\u007f\\ufeffé\",\"b\":1}");
    }
}
