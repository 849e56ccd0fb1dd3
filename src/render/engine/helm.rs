//! Helm: `helm template` of the user's own binary, on a scratch copy of the chart.
//!
//! What comes out is what `helm template --include-crds` prints, as objects, without hooks and
//! tests unless they are asked for: a GitOps operator would apply them as ordinary resources.
//! `NOTES.txt` is not printed, and `lookup` finds nothing, as always without a cluster.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::external::Folder;
use super::scratch::{self, Scratch, Texts};
use super::tool::{Runner, Tool};
use super::{Document, Rendered, output, tree, varying};
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml;

/// A chart and all that `helm template` is told about it.
#[derive(Clone, Copy)]
pub struct Chart<'a> {
    /// A folder with a `Chart.yaml`, or a `.tgz`.
    pub folder: Folder<'a>,
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
}

/// An entry of `values:`, resolved.
#[derive(Debug, Clone)]
pub enum Values {
    /// Relative to the pipeline file's folder.
    File(PathBuf, Place),
    Inline(Value),
}

/// Renders a chart. A template that gives something else each time is an error. Also gives the
/// files that were read, if they are kept.
pub fn template(chart: &Chart, runner: &Runner) -> Result<(Rendered, Option<Texts>)> {
    let tool = runner.helm().map_err(|error| explained(chart, error))?;
    let scratch = Scratch::new()?;
    let arguments = prepare(chart, &scratch)?;
    let files = chart.folder.keep.then(|| read(chart, &scratch)).transpose()?;
    let documents = render(chart, runner, &tool, &scratch, &arguments)?;
    let mut rendered = Rendered::default();
    if varying::is_suspected(scratch.files())? || varying::is_suspected(scratch.home())? {
        varying::refuse(&documents, &render(chart, runner, &tool, &scratch, &arguments)?)?;
        let clocks = varying::clocks(scratch.files())?;
        rendered.warnings.extend(clocks.into_iter().map(|(file, line)| clock(chart, &file, line)));
    }
    rendered.documents = documents;
    Ok((rendered, files))
}

fn clock(chart: &Chart, file: &Path, line: usize) -> Diagnostic {
    let message = "this template names `now` or `ago`: if what it gives holds a date, it is another one \
                   tomorrow, and the same release proposes a change";
    Diagnostic::new(message)
        .at(Place::new(chart.folder.shown.join(file), line, 0))
        .hint("take the date from a variable that belongs to the release")
}

/// The files of the copy, and the values that are in none, beside the chart.
fn read(chart: &Chart, scratch: &Scratch) -> Result<Texts> {
    let mut files = scratch.texts()?;
    for (index, values) in chart.values.iter().enumerate() {
        if let Values::Inline(value) = values {
            let path = format!("{}-values-{}.yaml", chart.folder.path.display(), index + 1);
            files.insert(path.trim_start_matches(['.', '-']).to_owned(), yaml::write(value)?);
        }
    }
    Ok(files)
}

/// Fills the scratch copy, and gives helm's arguments.
fn prepare(chart: &Chart, scratch: &Scratch) -> Result<Vec<String>> {
    let Folder { root, path, place, input, edit, .. } = chart.folder;
    let from = root.join(path);
    if from.is_dir() && !from.join("Chart.yaml").is_file() {
        let message = format!("{} is not a Helm chart: it has no Chart.yaml", path.display());
        return Err(Diagnostic::new(message).at(place.clone()).into());
    }
    scratch.copy(root, path, &from, edit)?;
    if let Some((file, text)) = input {
        scratch.write(&path.join(file), text)?;
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
            Values::File(path, place) => copy_values(chart, scratch, (path, place), &file)?,
            Values::Inline(value) => scratch.write(&file, &as_yaml(value))?,
        }
        arguments.push(format!("--values={}", file.display()));
    }
    // A path that begins with `/` is never taken for the name of a repository.
    let path = scratch.files().join(path).to_string_lossy().into_owned();
    arguments.extend(["--".to_owned(), chart.release.to_owned(), path]);
    Ok(arguments)
}

fn copy_values(chart: &Chart, scratch: &Scratch, (path, place): (&Path, &Place), to: &Path) -> Result<()> {
    let Folder { root, edit, .. } = chart.folder;
    let refused = |why: String| Diagnostic::new(why).at(place.clone());
    let path =
        tree::join(Path::new(""), &path.to_string_lossy()).map_err(|error| refused(error.to_string()))?;
    if !root.join(&path).is_file() {
        return Err(refused(format!("there is no file {}", path.display())).into());
    }
    scratch.copy(root, &path, root, edit)?;
    let copied = fs::copy(scratch.files().join(&path), scratch.files().join(to));
    copied.with_context(|| format!("cannot copy {}", path.display()))?;
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
    let mut documents = output::read(&printed, &|source| origin(chart, source))
        .map_err(|error| explained(chart, tool.garbage(&error)))?;
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
            let path = chart.folder.shown.join(chart.folder.path);
            let vendored = diagnostic.message.contains("helm dependency build").then(|| {
                format!("run `helm dependency build {}` and commit what it puts into charts/", path.display())
            });
            let hint = vendored.or(diagnostic.hint);
            let place = Some(chart.folder.place.clone());
            Diagnostic { place, hint, ..diagnostic }.into()
        }
        Err(other) => other,
    }
}

/// The template that helm names as `chart/templates/file.yaml`, as the user would.
fn origin(chart: &Chart, source: Option<&str>) -> Place {
    let Folder { root, shown, path, .. } = chart.folder;
    let inner = source.and_then(|source| source.split_once('/')).map(|(_, inner)| path.join(inner));
    Place::file(shown.join(inner.filter(|file| root.join(file).is_file()).as_deref().unwrap_or(path)))
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
