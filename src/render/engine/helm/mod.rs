//! Helm: `helm template` of the user's own binary, on a scratch copy of the chart.
//!
//! What comes out is what `helm template --include-crds` prints, as objects, without hooks and
//! tests unless they are asked for: a GitOps operator would apply them as ordinary resources.
//! `NOTES.txt` is not printed, and `lookup` finds nothing, as always without a cluster.
//!
//! - [`functions`]: what the chart may call; only then is it rendered twice, or helm asked for its version
//! - [`generated`]: values that differ from one rendering to the next; [`keep`], with [`kept_text`]:
//!   those that stay as git has them
//! - [`hooks`]: what is left out

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use semver::Version;
use serde_json::Value;

use crate::boundary::Boundary;
use crate::clock::{Clock, SystemClock};
use crate::config::{EngineKind, HelmValues, TemplateStep};
use crate::render::contract::{Claim, Engine, EngineRow, Input, Loading, Rendered};
use crate::render::external::output;
use crate::render::external::scratch::{self, Scratch, Texts};
use crate::render::external::step::{ExternalStep, Folder};
use crate::render::external::tool::{Kind, Printed, Runner, Tool};
use crate::render::manifest::{Document, described};
use crate::render::template::expressions;
use crate::render::template::names::Names;
use crate::render::{paths, texts as json};
use crate::variables::{Data, refuse_encrypted};
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId};
use crate::yaml::{self, At};
use functions::Functions;
use keep::InGit;

mod functions;
mod generated;
mod hooks;
mod keep;
mod kept_text;

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

const ONLY_HOOKS: &str = "the chart has nothing but hooks, which are left out: set `hooks: true` on the step to render those of installs and upgrades";
const SWITCHED_OFF: &str =
    "its values switch off all of its templates, or it has none: check the `values` of the step";
/// Of a second.
const NANOSECONDS: u32 = 1_000_000_000;

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
        inline.flat_map(json::texts).flat_map(expressions::used_names).collect()
    }

    fn render(&self, input: &Input) -> Result<Rendered> {
        self.0.render(input, |folder, runner| {
            let chart = Chart::new(&self.0, folder, input.names)?;
            template(&chart, runner, input)
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
        HelmValues::Variables => Values::Inline(Data::Map(names.variables.clone()).to_value()),
    })
}

/// Renders a chart. Also gives the files that were read, if they are kept.
fn template(chart: &Chart, runner: &Runner, input: &Input) -> Result<(Rendered, Option<Texts>)> {
    let tool = runner.find(&HELM, None).map_err(|error| chart.folder.at_step(error))?;
    let scratch = Scratch::new(0)?;
    let arguments = prepare(chart, &scratch)?;
    let files = chart.folder.keep.then(|| texts(chart, &scratch)).transpose()?;
    let functions = Functions::named_below(scratch.files())?.with(Functions::named_below(scratch.home())?);
    if functions.looks_up {
        runner.check(&tool).map_err(|error| chart.folder.at_step(error))?;
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let print = || runner.run(&tool, &arguments, &scratch, false);
    let (first, second) = match functions {
        Functions { reads_clock: true, .. } => {
            let first = print();
            let second = first.is_ok().then(|| {
                wait_for_the_next_second();
                print()
            });
            (first, second)
        }
        Functions { is_random: true, .. } => {
            let (first, second) = rayon::join(print, print);
            (first, Some(second))
        }
        _ => (print(), None),
    };
    let read = |printed| read(chart, runner, &tool, printed);
    let Ran { mut documents, mut warnings, left_out } = read(first)?;
    warnings.extend(functions.clocks.iter().map(|(file, line)| clock(chart, file, *line)));
    warnings.extend(functions.unordered.iter().map(|(file, line)| unordered(chart, file, *line)));
    let mut kept = Vec::new();
    if let Some(second) = second {
        let generated = generated::compare(&documents, &read(second)?.documents, chart.folder.place)?;
        let namespace = chart.namespace.as_deref();
        let in_git = InGit { deployed: input.deployed, folder: input.folder, namespace };
        kept = keep::keep(chart.step, &mut documents, &generated, &in_git)?;
    }
    let if_empty = Some(if left_out { ONLY_HOOKS } else { SWITCHED_OFF });
    let namespace = chart.namespace.clone();
    Ok((Rendered { documents, warnings, namespace, kept, if_empty, ..Rendered::default() }, files))
}

/// Waits until the clock shows another second than now, so that a template that prints the time prints
/// another one.
fn wait_for_the_next_second() {
    let clock = SystemClock;
    let second = clock.now().as_second();
    while clock.now().as_second() == second {
        let over = clock.now().subsec_nanosecond().unsigned_abs();
        clock.sleep(Duration::from_nanos(u64::from(NANOSECONDS.saturating_sub(over))));
    }
}

fn clock(chart: &Chart, file: &Path, line: usize) -> Warning {
    let message = "this template uses `now` or `ago`: if its output contains a date, the same release will propose a change tomorrow";
    let diagnostic = Diagnostic::new(message)
        .at(Place::new(chart.folder.shown.join(file), line, 0))
        .hint("take the date from a variable of the release");
    Warning::new(WarningId::ClockInTemplate, diagnostic)
}

fn unordered(chart: &Chart, file: &Path, line: usize) -> Warning {
    let message = "this template uses `keys` or `values`, whose order differs from run to run";
    let diagnostic = Diagnostic::new(message)
        .at(Place::new(chart.folder.shown.join(file), line, 0))
        .hint("sort them: `keys .Values.map | sortAlpha`");
    Warning::new(WarningId::Unordered, diagnostic)
}

/// The files of the copy, and the values that are in none, beside the chart.
fn texts(chart: &Chart, scratch: &Scratch) -> Result<Texts> {
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
    scratch.copy(&Boundary::of(root), path, edit)?;
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
    let boundary = Boundary::of(root);
    let content = boundary.read(&path).map_err(|error| error.about(&root.join(&path)))?;
    refuse_encrypted(&content, &root.join(&path))?;
    scratch.copy(&boundary, &path, edit)?;
    let copied = fs::copy(scratch.files().join(&path), scratch.files().join(to));
    copied.with_context(|| format!("cannot copy {}", path.display()))?;
    Ok(())
}

/// What one run of helm gave.
struct Ran {
    documents: Vec<Document>,
    warnings: Vec<Warning>,
    /// Whether there were hooks that are not among the documents.
    left_out: bool,
}

fn read(chart: &Chart, runner: &Runner, tool: &Tool, printed: Result<Printed>) -> Result<Ran> {
    let printed = printed.map_err(|error| explained(chart, error));
    let read = printed.and_then(|printed| {
        let manifests = output::parse(&printed.text, "helm", &|source| origin(chart, source))?;
        Ok((manifests, printed.remarks))
    });
    let (manifests, remarks) =
        read.map_err(|error| runner.explain(tool, error, |why| chart.folder.at_step(why)))?;
    let hooks::Sorted { documents, mut warnings, left_out } =
        hooks::sort_out(chart.step, manifests.documents);
    warnings.extend(manifests.duplicates.iter().map(|(document, key)| duplicate(document, key)));
    warnings.extend(remarks.iter().map(|remark| {
        let diagnostic = Diagnostic::new(format!("helm says: {remark}")).at(chart.folder.place.clone());
        Warning::new(WarningId::HelmRemark, diagnostic)
    }));
    Ok(Ran { documents, warnings, left_out })
}

fn duplicate(document: &Document, key: &str) -> Warning {
    let message = format!("{} has `{key}` twice, and the last one counts", described(&document.value));
    let diagnostic = Diagnostic::new(message)
        .at(document.origin.clone())
        .hint("remove the other one from the template, or from what it includes");
    Warning::new(WarningId::DuplicateKey, diagnostic)
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

/// The template that helm names as `chart/templates/file.yaml`, as the user would. In an archive it
/// stands behind the archive's name.
fn origin(chart: &Chart, source: Option<&str>) -> Place {
    let Folder { root, shown, path, .. } = chart.folder;
    let inner = source.and_then(|source| source.split_once('/')).map(|(_, inner)| path.join(inner));
    let is_there = |file: &PathBuf| root.join(file).is_file() || root.join(path).is_file();
    Place::file(shown.join(inner.filter(is_there).as_deref().unwrap_or(path)))
}
