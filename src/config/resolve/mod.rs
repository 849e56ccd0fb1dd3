//! From what was written to what is meant: defaults, expanded paths, order, and every rule that
//! a type cannot say. One file a subject; each rule's error names the line it is about.

mod edits;
mod environment;
mod gates;
mod gitops;
mod high_level;
mod images;
mod leaves;
mod order;
mod package;
mod paths;
mod remote;
mod reporters;
mod rollout;
mod scalars;
mod sources;
mod templates;

pub(crate) use sources::expand_path;

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::schema::{self, PipelineFile};
use super::{Freeze, Pipeline, Validate};
use crate::vocabulary::Diagnostic;
use crate::yaml::At;

/// Resolves a file that was read from `path`.
pub fn resolve(file: PipelineFile, path: &Path) -> Result<Pipeline> {
    if file.version.value != 1 {
        let message = format!("version {} of the file format is not known", file.version.value);
        let hint = "this Towline knows `version: 1`";
        return Err(Diagnostic::new(message).at(file.version.place(path)).hint(hint).into());
    }
    let application = scalars::dns_label(&file.application, "an application", path)?;
    // None is fine where edits of files or a chart are all there is to release.
    let gitops = &file.gitops.value;
    let only_templates = gitops.edits.is_empty() && gitops.package.is_none();
    let environments = environment::resolve_all(&file, &application, path)?;
    Ok(Pipeline {
        file: path.to_owned(),
        root: root(path),
        application,
        team: file.team.as_ref().map(|team| scalars::line(team, path)).transpose()?,
        workspace: file.workspace.as_ref().map(|workspace| scalars::line(workspace, path)).transpose()?,
        images: images::resolve(&file.images, path)?,
        templates: templates::resolve(&file.templates, only_templates, path)?,
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
