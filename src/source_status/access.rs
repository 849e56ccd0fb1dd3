//! Access: whether the token may show on the application's own commits what is to be shown there, found
//! out without changing anything. What a token may do with deployments, no forge tells.

use anyhow::{Context, Result};

use crate::forge::{self, Ability, Permission};
use crate::gitops::Destinations;
use crate::promote::access::{Finding, RepositoryAccess, Via};
use crate::release::{open_source_forge, source_forge};

/// The application's own repository, if anything is shown there.
pub fn access(destinations: &Destinations) -> Result<Option<RepositoryAccess>> {
    let pipeline = destinations.pipeline;
    if !pipeline.source.is_on() {
        return Ok(None);
    }
    let asked = || -> Result<(String, Vec<Permission>)> {
        let (location, _) = source_forge(pipeline, &destinations.access.variables)?;
        Ok((location, forge::ask_permissions(&*open_source_forge(pipeline, &destinations.access)?)?))
    };
    let (repository, permissions) = asked().context("cannot check the application's own repository")?;
    let shown = permissions
        .into_iter()
        .filter(|it| matches!(it.ability, Ability::Read | Ability::ReadStatuses | Ability::WriteStatuses));
    let needed = !pipeline.source.statuses.is_empty();
    let finding = |Permission { ability, granted, detail }| Finding {
        ability,
        via: Via::Forge,
        granted,
        needed: needed && ability != Ability::Read,
        detail,
    };
    let environments = pipeline.environments.iter().map(|environment| environment.name.clone()).collect();
    Ok(Some(RepositoryAccess { repository, environments, findings: shown.map(finding).collect() }))
}
