//! The application's own repository: the pipeline file or the checkout tells which it is. The descriptor
//! in the GitOps repository, which more people may write to, does not.

use anyhow::Result;

use crate::config::Pipeline;
use crate::forge::{Forge, trigger};
use crate::gitops::Destinations;
use crate::release;
use crate::vocabulary::{Diagnostic, ForgeKind, Place, Warning, WarningId};

/// The application's own repository and its forge, where that is known.
pub fn repository(pipeline: &Pipeline, variables: &[(String, String)]) -> Result<(String, ForgeKind)> {
    let source = &pipeline.source;
    if let Some(named) = &source.repository {
        return Ok(named.clone());
    }
    let Some(location) = release::source_repository(&pipeline.root, variables) else {
        let message = "the checkout has no remote `origin`";
        return Err(Diagnostic::new(message).hint("set `source: {repository: URL}`").into());
    };
    let kind = trigger::kind(&location, source.forge).map_err(|_| {
        Diagnostic::new(format!("cannot detect the forge of the application's own repository, {location}"))
            .hint("set `source: {forge: github}`, `azureDevOps`, `gitlab` or `gitea`")
    })?;
    Ok((location, kind))
}

/// Refuses what cannot be written on the forge of the application's own repository. What cannot be
/// known where this runs is a warning.
pub fn check(pipeline: &Pipeline, variables: &[(String, String)]) -> Result<Option<Warning>> {
    if !pipeline.source.is_on() {
        return Ok(None);
    }
    let place = || Place::file(&pipeline.file);
    match repository(pipeline, variables) {
        Ok((_, kind)) => {
            pipeline.source.check_forge(kind).map_err(|refused| refused.at(place()))?;
            Ok(None)
        }
        Err(unknown) => Ok(unknown.downcast_ref::<Diagnostic>().map(|unknown| {
            let message = format!("cannot write {}: {}", written(pipeline), unknown.message);
            let diagnostic = Diagnostic { message, place: Some(place()), ..unknown.clone() };
            Warning::new(WarningId::SourceStatus, diagnostic)
        })),
    }
}

/// What is to be written there.
fn written(pipeline: &Pipeline) -> &'static str {
    match pipeline.source.statuses.is_empty() {
        true => "deployments",
        false => "source statuses",
    }
}

/// The forge of the application's own repository.
pub fn open(destinations: &Destinations) -> Result<Box<dyn Forge>> {
    let Destinations { pipeline, access, .. } = destinations;
    let (location, kind) = repository(pipeline, &access.variables)?;
    let gitops = pipeline.environments.iter().map(|it| it.gitops.repository.as_str());
    let opened = access.open_source(kind, &location, &pipeline.root, &gitops.collect::<Vec<_>>());
    opened.map_err(|error| match kind {
        ForgeKind::Local => Diagnostic::new(format!("there is no bare repository {location}"))
            .hint("correct `source.repository`")
            .into(),
        _ => error,
    })
}
