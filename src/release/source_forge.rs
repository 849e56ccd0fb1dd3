//! The application's own repository: the pipeline file or the checkout tells which it is. The descriptor
//! in the GitOps repository, which more people may write to, does not.

use anyhow::Result;

use super::source_repository;
use crate::config::Pipeline;
use crate::forge::{Access, Forge, trigger};
use crate::vocabulary::{Diagnostic, ForgeKind};

/// The application's own repository and its forge, where that is known.
pub fn source_forge(pipeline: &Pipeline, variables: &[(String, String)]) -> Result<(String, ForgeKind)> {
    let source = &pipeline.source;
    if let Some(named) = &source.repository {
        return Ok(named.clone());
    }
    let Some(location) = source_repository(&pipeline.root, variables) else {
        let message = "the checkout has no remote `origin`";
        return Err(Diagnostic::new(message).hint("set `source: {repository: URL}`").into());
    };
    let kind = trigger::kind(&location, source.forge).map_err(|_| {
        Diagnostic::new(format!("cannot detect the forge of the application's own repository, {location}"))
            .hint("set `source: {forge: github}`, `azureDevOps`, `gitlab` or `gitea`")
    })?;
    Ok((location, kind))
}

/// The forge of the application's own repository.
pub fn open_source_forge(pipeline: &Pipeline, access: &Access) -> Result<Box<dyn Forge>> {
    let (location, kind) = source_forge(pipeline, &access.variables)?;
    let gitops = pipeline.environments.iter().map(|it| it.gitops.repository.as_str());
    let opened = access.open_source(kind, &location, &pipeline.root, &gitops.collect::<Vec<_>>());
    opened.map_err(|error| match kind {
        ForgeKind::Local => Diagnostic::new(format!("there is no bare repository {location}"))
            .hint("correct `source.repository`")
            .into(),
        _ => error,
    })
}
