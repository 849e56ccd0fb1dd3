//! The steps of `templates:`, and which of their keys belong to which engine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use super::{paths, scalars};
use crate::config::schema::{self, TemplateStep as Written};
use crate::config::{
    Delimiters, EngineKind, HelmOptions, HelmValues, JsonnetOptions, JsonnetVariables, KustomizeOptions,
    PlaceholderStyle, Placeholders, TemplateStep,
};
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::At;

/// Ten times what a large chart takes on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The steps; none is fine where edits of files are all there is to do.
pub fn resolve(steps: &At<Vec<At<Written>>>, required: bool, file: &Path) -> Result<Vec<TemplateStep>> {
    if required && steps.value.is_empty() {
        let message = "`templates` is empty: there would be nothing to deploy";
        return Err(Diagnostic::new(message).at(steps.place(file)).into());
    }
    steps.value.iter().map(|step| resolve_step(&step.value, file)).collect()
}

fn resolve_step(step: &Written, file: &Path) -> Result<TemplateStep> {
    let path = &step.path;
    let placeholders = step.placeholders.as_ref().map(|it| placeholders(&it.value, file));
    Ok(TemplateStep {
        path: paths::relative(&path.value, &path.place(file))?.into(),
        place: path.place(file),
        engine: engine(step, file)?,
        delimiters: step.delimiters.as_ref().map(|it| it.value.into()).unwrap_or_default(),
        input: step.input.as_ref().map(|it| paths::relative(&it.value, &it.place(file))).transpose()?,
        placeholders: placeholders.transpose()?,
        timeout: step.timeout.as_ref().map_or(Ok(TIMEOUT), |it| scalars::duration(it, file))?,
        helm: helm(step, file)?,
        kustomize: KustomizeOptions { allow_remote: is_true(&step.allow_remote) },
        jsonnet: jsonnet(step, file)?,
    })
}

/// The engine that is named, or that the keys are of. A key that the engine does not read would
/// be ignored without a word, so it is an error.
fn engine(step: &Written, file: &Path) -> Result<Option<EngineKind>> {
    let mut engine: Option<EngineKind> = step.engine.as_ref().map(|engine| engine.value.into());
    for (key, place, readers) in engine_keys(step, file) {
        match engine {
            Some(engine) if readers.contains(&engine) => {}
            None if readers.len() > 1 => {}
            None => engine = readers.first().copied(),
            Some(_) => {
                let names: Vec<_> = readers.iter().map(|reader| format!("`{}`", name(*reader))).collect();
                let message = format!("`{key}` means nothing to this step's engine");
                let hint = match names.as_slice() {
                    [one] => format!("the engine {one} reads it"),
                    more => format!("the engines {} read it", more.join(", ")),
                };
                return Err(Diagnostic::new(message).at(place).hint(hint).into());
            }
        }
    }
    Ok(engine)
}

/// The keys of a step that not every engine reads, as far as they are there.
fn engine_keys(step: &Written, file: &Path) -> Vec<(&'static str, Place, &'static [EngineKind])> {
    const TOOLS: &[EngineKind] = &[EngineKind::Helm, EngineKind::Kustomize, EngineKind::Jsonnet];
    const HELM: &[EngineKind] = &[EngineKind::Helm];
    const KUSTOMIZE: &[EngineKind] = &[EngineKind::Kustomize];
    const JSONNET: &[EngineKind] = &[EngineKind::Jsonnet];
    let values = step.values.iter().flatten().next();
    let keys = [
        ("delimiters", place(&step.delimiters, file), &[EngineKind::Jinja][..]),
        ("release", place(&step.release, file), HELM),
        ("namespace", place(&step.namespace, file), HELM),
        ("values", values.map(|it| it.place(file)), HELM),
        ("kubeVersion", place(&step.kube_version, file), HELM),
        ("apiVersions", place(&step.api_versions, file), HELM),
        ("crds", place(&step.crds, file), HELM),
        ("hooks", place(&step.hooks, file), HELM),
        ("tests", place(&step.tests, file), HELM),
        ("allowRemote", place(&step.allow_remote, file), KUSTOMIZE),
        ("jpath", place(&step.jpath, file), JSONNET),
        ("variables", place(&step.variables, file), JSONNET),
        ("placeholders", place(&step.placeholders, file), TOOLS),
        ("input", place(&step.input, file), TOOLS),
        ("timeout", place(&step.timeout, file), TOOLS),
    ];
    keys.into_iter().filter_map(|(key, place, readers)| Some((key, place?, readers))).collect()
}

fn place<T>(key: &Option<At<T>>, file: &Path) -> Option<Place> {
    key.as_ref().map(|it| it.place(file))
}

fn name(engine: EngineKind) -> &'static str {
    match engine {
        EngineKind::Jinja => "jinja",
        EngineKind::Plain => "plain",
        EngineKind::Helm => "helm",
        EngineKind::Kustomize => "kustomize",
        EngineKind::Jsonnet => "jsonnet",
    }
}

fn is_true(key: &Option<At<bool>>) -> bool {
    key.as_ref().is_some_and(|it| it.value)
}

fn helm(step: &Written, file: &Path) -> Result<HelmOptions> {
    let text = |key: &Option<At<String>>| key.as_ref().map(|it| it.value.clone());
    Ok(HelmOptions {
        release: text(&step.release),
        namespace: text(&step.namespace),
        kube_version: text(&step.kube_version),
        api_versions: step.api_versions.as_ref().map(|it| it.value.clone()).unwrap_or_default(),
        values: step.values.iter().flatten().map(|it| helm_values(it, file)).collect::<Result<_>>()?,
        without_crds: step.crds.as_ref().is_some_and(|it| !it.value),
        hooks: is_true(&step.hooks),
        tests: is_true(&step.tests),
    })
}

fn helm_values(values: &At<schema::HelmValues>, file: &Path) -> Result<HelmValues> {
    let schema::HelmValues { file: path, inline, variables } = &values.value;
    match (path, inline, variables) {
        (Some(path), None, None) => {
            let place = path.place(file);
            Ok(HelmValues::File(paths::relative(&path.value, &place)?, place))
        }
        (None, Some(inline), None) => Ok(HelmValues::Inline(inline.0.to_value(), values.place(file))),
        (None, None, Some(true)) => Ok(HelmValues::Variables),
        _ => {
            let message = "values are either a `file`, or `inline`, or `variables: true`";
            Err(Diagnostic::new(message).at(values.place(file)).into())
        }
    }
}

fn jsonnet(step: &Written, file: &Path) -> Result<JsonnetOptions> {
    let jpath = step.jpath.iter().flat_map(|it| &it.value);
    let jpath = jpath.map(|path| Ok(PathBuf::from(paths::relative(&path.value, &path.place(file))?)));
    Ok(JsonnetOptions {
        jpath: jpath.collect::<Result<_>>()?,
        variables: match step.variables.as_ref().map(|it| it.value) {
            Some(schema::JsonnetVariables::ExtVar) => JsonnetVariables::External,
            Some(schema::JsonnetVariables::Tla) | None => JsonnetVariables::Arguments,
        },
    })
}

fn placeholders(written: &schema::Placeholders, file: &Path) -> Result<Placeholders> {
    let globs = |globs: &[At<String>]| globs.iter().map(|it| scalars::glob(it, file)).collect::<Result<_>>();
    Ok(Placeholders {
        style: match written.style {
            schema::PlaceholderStyle::Shell => PlaceholderStyle::Shell,
            schema::PlaceholderStyle::Jinja => PlaceholderStyle::Jinja,
            schema::PlaceholderStyle::Tokens => PlaceholderStyle::Tokens,
        },
        files: globs(&written.files)?,
        ignore: globs(&written.ignore)?,
    })
}

impl From<schema::Engine> for EngineKind {
    fn from(engine: schema::Engine) -> Self {
        match engine {
            schema::Engine::Jinja => Self::Jinja,
            schema::Engine::Plain => Self::Plain,
            schema::Engine::Helm => Self::Helm,
            schema::Engine::Kustomize => Self::Kustomize,
            schema::Engine::Jsonnet => Self::Jsonnet,
        }
    }
}

impl From<schema::Delimiters> for Delimiters {
    fn from(delimiters: schema::Delimiters) -> Self {
        match delimiters {
            schema::Delimiters::Braces => Self::Braces,
            schema::Delimiters::DollarBraces => Self::DollarBraces,
            schema::Delimiters::Hash => Self::Hash,
            schema::Delimiters::Angle => Self::Angle,
            schema::Delimiters::Shell => Self::Shell,
        }
    }
}
