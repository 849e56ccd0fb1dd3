//! Helm: `helm template` of the user's own binary, on a scratch copy of the chart.
//!
//! What comes out is what `helm template --include-crds` prints, as objects, without hooks and
//! tests unless they are asked for: a GitOps operator would apply them as ordinary resources.
//! `NOTES.txt` is not printed, and `lookup` finds nothing, as always without a cluster.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use semver::Version;
use serde_json::Value;

use crate::config::{EngineKind, HelmValues, TemplateStep};
use crate::render::contract::{Claim, Engine, EngineRow, Input, Loading, Rendered};
use crate::render::external::output;
use crate::render::external::scratch::{self, Scratch, Texts};
use crate::render::external::step::{ExternalStep, Folder};
use crate::render::external::tool::{Kind, Runner, Tool};
use crate::render::manifest::Document;
use crate::render::template::expressions;
use crate::render::template::names::Names;
use crate::render::{paths, texts};
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId};
use crate::yaml::{self, At};

mod varying;

pub const ENGINE: EngineRow = EngineRow { kind: EngineKind::Helm, claim: Claim::Path(is_chart), load };

static HELM: Kind = Kind {
    variable: "TOWLINE_HELM",
    program: "helm",
    subcommand: "template",
    name: "helm",
    version_arguments: &["--short"],
    version_label: "",
    oldest: (Version::new(3, 11, 1), "older versions let a chart look up names in DNS"),
    missing: "helm is not on PATH",
    install_hint: "install it with `brew install helm` or `curl -fsSL \
                   https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash`, \
                   or set TOWLINE_HELM to its path",
};

struct Helm(ExternalStep);

fn is_chart(path: &Path) -> bool {
    path.join("Chart.yaml").is_file()
}

fn load(loading: &mut Loading) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Helm(ExternalStep::with_all_files(loading)?)))
}

impl Engine for Helm {
    /// Those of the step's values. What the chart's files ask for is not known before.
    fn used_names(&self) -> BTreeSet<String> {
        let inline = self.0.step.values().iter().filter_map(|values| match &values.value {
            HelmValues::Inline(value) => Some(value),
            _ => None,
        });
        inline.flat_map(texts::texts).flat_map(expressions::used_names).collect()
    }

    fn render(&self, input: &Input) -> Result<Rendered> {
        self.0.render(input, |folder, runner| {
            let chart = Chart::new(&self.0, folder, input.names)?;
            template(&chart, runner)
        })
    }
}

/// A chart and all that `helm template` is told about it, with expressions evaluated.
struct Chart<'a> {
    /// A folder with a `Chart.yaml`, or a `.tgz`.
    folder: Folder<'a>,
    step: &'a TemplateStep,
    release: String,
    namespace: Option<String>,
    /// `.Capabilities.KubeVersion`; without it, the one that helm was built for.
    kube_version: Option<String>,
    /// Added to `.Capabilities.APIVersions`.
    api_versions: Vec<String>,
    /// A later one wins over an earlier one.
    values: Vec<Values>,
}

/// An entry of `values:`, resolved.
enum Values {
    /// Relative to the pipeline file's folder.
    File(PathBuf, Place),
    Inline(Value),
}

impl<'a> Chart<'a> {
    fn new(step: &'a ExternalStep, folder: Folder<'a>, names: &Names) -> Result<Self> {
        let ExternalStep { step, application, .. } = step;
        let text = |text: &String| expressions::evaluate_text(text, folder.place, names);
        let optional = |it: &Option<At<String>>| it.as_ref().map(|it| text(it)).transpose();
        Ok(Self {
            folder,
            step,
            release: optional(&step.release)?.unwrap_or_else(|| application.clone()),
            namespace: optional(&step.namespace)?,
            kube_version: optional(&step.kube_version)?,
            api_versions: step.api_versions().iter().map(text).collect::<Result<_>>()?,
            values: step.values().iter().map(|it| values(it, names)).collect::<Result<_>>()?,
        })
    }
}

fn values(values: &At<HelmValues>, names: &Names) -> Result<Values> {
    Ok(match &values.value {
        HelmValues::File(At { value: path, place }) => {
            Values::File(expressions::evaluate_text(path.as_str(), place, names)?.into(), place.clone())
        }
        HelmValues::Inline(value) => Values::Inline(expressions::evaluate(value, &values.place, names)?),
        HelmValues::Variables => Values::Inline(Value::Object(names.variables.clone())),
    })
}

/// Renders a chart. A template that gives something else each time is an error. Also gives the
/// files that were read, if they are kept.
fn template(chart: &Chart, runner: &Runner) -> Result<(Rendered, Option<Texts>)> {
    let tool = runner.tool(&HELM, None).map_err(|error| explained(chart, error))?;
    let scratch = Scratch::new()?;
    let arguments = prepare(chart, &scratch)?;
    let files = chart.folder.keep.then(|| kept(chart, &scratch)).transpose()?;
    let documents = run(chart, runner, &tool, &scratch, &arguments)?;
    let mut rendered = Rendered::default();
    if varying::is_suspected(scratch.files())? || varying::is_suspected(scratch.home())? {
        varying::refuse(&documents, &run(chart, runner, &tool, &scratch, &arguments)?)?;
        let clocks = varying::clocks(scratch.files())?;
        rendered.warnings.extend(clocks.into_iter().map(|(file, line)| clock(chart, &file, line)));
    }
    rendered.documents = documents;
    Ok((rendered, files))
}

fn clock(chart: &Chart, file: &Path, line: usize) -> Warning {
    let message = "this template uses `now` or `ago`: if its output contains a date, the same release will propose a change tomorrow";
    let diagnostic = Diagnostic::new(message)
        .at(Place::new(chart.folder.shown.join(file), line, 0))
        .hint("take the date from a variable of the release");
    Warning::new(WarningId::ClockInTemplate, diagnostic)
}

/// The files of the copy, and the values that are in none, beside the chart.
fn kept(chart: &Chart, scratch: &Scratch) -> Result<Texts> {
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
    if from.is_dir() && !is_chart(&from) {
        let message = format!("{} is not a Helm chart: it has no Chart.yaml", path.display());
        return Err(Diagnostic::new(message).at(place.clone()).into());
    }
    scratch.copy(root, path, &from, edit)?;
    if let Some((file, text)) = input {
        scratch.write(&path.join(file), text)?;
    }
    let mut arguments = Vec::new();
    arguments.extend(chart.step.crds().then(|| "--include-crds".to_owned()));
    arguments.extend(chart.namespace.iter().map(|namespace| format!("--namespace={namespace}")));
    arguments.extend(chart.kube_version.iter().map(|version| format!("--kube-version={version}")));
    arguments.extend(chart.api_versions.iter().map(|version| format!("--api-versions={version}")));
    for (index, values) in chart.values.iter().enumerate() {
        // Helm splits what stands behind `--values` at commas, so the user's name will not do.
        let file = PathBuf::from(format!("../{}/values-{index}.yaml", scratch::HOME));
        match values {
            Values::File(path, place) => copy_values(chart, scratch, (path, place), &file)?,
            Values::Inline(value) => scratch.write(&file, &yaml::write_json(value))?,
        }
        arguments.push(format!("--values={}", file.display()));
    }
    // A path that begins with `/` is never taken for the name of a repository.
    let path = scratch.files().join(path).to_string_lossy().into_owned();
    arguments.extend(["--".to_owned(), chart.release.clone(), path]);
    Ok(arguments)
}

fn copy_values(chart: &Chart, scratch: &Scratch, (path, place): (&Path, &Place), to: &Path) -> Result<()> {
    let Folder { root, edit, .. } = chart.folder;
    let refused = |why: String| Diagnostic::new(why).at(place.clone());
    let path =
        paths::join(Path::new(""), &path.to_string_lossy()).map_err(|error| refused(error.to_string()))?;
    if !root.join(&path).is_file() {
        return Err(refused(format!("there is no file {}", path.display())).into());
    }
    scratch.copy(root, &path, root, edit)?;
    let copied = fs::copy(scratch.files().join(&path), scratch.files().join(to));
    copied.with_context(|| format!("cannot copy {}", path.display()))?;
    Ok(())
}

fn run(
    chart: &Chart,
    runner: &Runner,
    tool: &Tool,
    scratch: &Scratch,
    arguments: &[String],
) -> Result<Vec<Document>> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let printed = runner.run(tool, &arguments, scratch, false).map_err(|error| explained(chart, error))?;
    let mut documents = output::parse(&printed, &|source| origin(chart, source))
        .map_err(|error| explained(chart, tool.garbage(&error)))?;
    documents.retain(|document| match hook(&document.value) {
        None => true,
        Some(hook) if is_test(hook) => chart.step.tests(),
        Some(_) => chart.step.hooks(),
    });
    Ok(documents)
}

/// The error with the step's place, and what to do where helm's own advice needs the chart's path.
fn explained(chart: &Chart, error: anyhow::Error) -> anyhow::Error {
    let Folder { shown, path, .. } = chart.folder;
    let mut error = chart.folder.at_step(error);
    if let Some(diagnostic) = error.downcast_mut::<Diagnostic>()
        && diagnostic.message.contains("helm dependency build")
    {
        let chart = shown.join(path);
        let hint = format!(
            "run `helm dependency build {}` and commit the files it adds to charts/",
            chart.display()
        );
        diagnostic.hint = Some(hint);
    }
    error
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
