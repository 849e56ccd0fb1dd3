//! From what was written to what is meant: defaults, expanded paths, order, and every rule that
//! a type cannot say. One file a subject; each rule's error names the line it is about.

mod edits;
mod environment;
mod gates;
mod gitops;
mod images;
mod order;
mod package;
mod paths;
mod remote;
mod rollout;
mod scalars;
mod sources;

pub(crate) use sources::expand_path;

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::schema::{self, PipelineFile};
use super::{EngineKind, Freeze, HelmOptions, HelmValues, Pipeline, TemplateStep, Validate};
use crate::error::Diagnostic;
use crate::yaml::At;

/// Resolves a file that was read from `path`.
pub fn resolve(file: PipelineFile, path: &Path) -> Result<Pipeline> {
    if file.version.value != 1 {
        let message = format!("version {} of the file format is not known", file.version.value);
        let hint = "this Towline knows `version: 1`";
        return Err(Diagnostic::new(message).at(file.version.place(path)).hint(hint).into());
    }
    let application = scalars::dns_label(&file.application, "an application", path)?;
    let environments = environment::resolve_all(&file, &application, path)?;
    Ok(Pipeline {
        file: path.to_owned(),
        root: root(path),
        application,
        team: file.team.as_ref().map(|team| scalars::line(team, path)).transpose()?,
        workspace: file.workspace.as_ref().map(|workspace| scalars::line(workspace, path)).transpose()?,
        images: images::resolve(&file.images, path)?,
        templates: template_steps(&file.templates, &file.gitops.value, path)?,
        validate: file.validate.as_ref().map(|it| validate(it, path)).transpose()?,
        freeze: file.freeze.iter().map(|it| freeze(it, path)).collect::<Result<_>>()?,
        environments,
    })
}

/// The folder that relative paths start at. Never empty, so that it can be a working directory.
fn root(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The steps; none is fine where edits of files or a chart are all there is to release.
fn template_steps(
    steps: &At<Vec<At<schema::TemplateStep>>>,
    gitops: &schema::Gitops,
    file: &Path,
) -> Result<Vec<TemplateStep>> {
    let is_all = gitops.edits.is_empty() && gitops.package.is_none();
    if is_all && steps.value.is_empty() {
        let message = "`templates` is empty: there would be nothing to deploy";
        return Err(Diagnostic::new(message).at(steps.place(file)).into());
    }
    steps.value.iter().map(|step| template_step(step, file)).collect()
}

fn template_step(step: &At<schema::TemplateStep>, file: &Path) -> Result<TemplateStep> {
    let schema::TemplateStep { path, engine, delimiters, input, release, namespace, values } = &step.value;
    refuse_foreign_keys(&step.value, file)?;
    let input = match input {
        Some(input) => Some(paths::relative(&input.value, &input.place(file))?),
        None => None,
    };
    Ok(TemplateStep {
        path: paths::relative(&path.value, &path.place(file))?.into(),
        place: path.place(file),
        engine: engine.as_ref().map(|engine| engine.value.into()),
        delimiters: delimiters.as_ref().map(|it| it.value.into()).unwrap_or_default(),
        input,
        helm: HelmOptions {
            release: release.as_ref().map(|it| it.value.clone()),
            namespace: namespace.as_ref().map(|it| it.value.clone()),
            values: values.iter().flatten().map(|it| helm_values(it, file)).collect::<Result<_>>()?,
        },
    })
}

/// A key that the step's engine does not read would be ignored without a word.
fn refuse_foreign_keys(step: &schema::TemplateStep, file: &Path) -> Result<()> {
    let Some(engine) = &step.engine else { return Ok(()) };
    let first_values = step.values.iter().flatten().next().map(|it| it.place(file));
    let keys = [
        ("delimiters", EngineKind::Jinja, step.delimiters.as_ref().map(|it| it.place(file))),
        ("release", EngineKind::Helm, step.release.as_ref().map(|it| it.place(file))),
        ("namespace", EngineKind::Helm, step.namespace.as_ref().map(|it| it.place(file))),
        ("values", EngineKind::Helm, first_values),
    ];
    for (key, reader, place) in keys {
        if let Some(place) = place.filter(|_| EngineKind::from(engine.value) != reader) {
            let message = format!("`{key}` means nothing to this step's engine");
            let hint = format!("the engine `{}` reads it", format!("{reader:?}").to_lowercase());
            return Err(Diagnostic::new(message).at(place).hint(hint).into());
        }
    }
    Ok(())
}

fn helm_values(values: &At<schema::HelmValues>, file: &Path) -> Result<HelmValues> {
    match (&values.value.file, &values.value.inline) {
        (Some(path), None) => Ok(HelmValues::File(paths::relative(&path.value, &path.place(file))?)),
        (None, Some(inline)) => Ok(HelmValues::Inline(inline.0.to_value())),
        _ => {
            let message = "values are either a `file` or `inline`";
            Err(Diagnostic::new(message).at(values.place(file)).into())
        }
    }
}

fn validate(validate: &At<schema::Validate>, file: &Path) -> Result<Validate> {
    let schema::Validate { kubernetes, schemas, strict } = &validate.value;
    let schemas = schemas.iter().map(|path| Ok(paths::relative(&path.value, &path.place(file))?.into()));
    Ok(Validate {
        kubernetes: kubernetes.as_ref().map(|it| scalars::kubernetes_version(it, file)).transpose()?,
        schemas: schemas.collect::<Result<_>>()?,
        strict: *strict,
        place: validate.place(file),
    })
}

fn freeze(freeze: &At<schema::Freeze>, file: &Path) -> Result<Freeze> {
    let schema::Freeze { from, to, environments, reason } = &freeze.value;
    let (begin, end) = (scalars::timestamp(from, file)?, scalars::timestamp(to, file)?);
    if end <= begin {
        let message = "the freeze ends before it begins";
        return Err(Diagnostic::new(message).at(to.place(file)).into());
    }
    Ok(Freeze {
        from: begin,
        to: end,
        environments: environments.iter().map(|it| scalars::glob(it, file)).collect::<Result<_>>()?,
        reason: reason.clone(),
        place: freeze.place(file),
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

impl From<schema::Delimiters> for super::Delimiters {
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
