//! Reaching the forge of a repository.

use std::sync::Arc;

use anyhow::Result;

use super::Forge;
use super::local::LocalForge;
use super::remote::Remote;
use super::token::Variables;
use crate::clock::Clock;
use crate::git;
use crate::http::Settings;
use crate::vocabulary::ForgeKind;

/// The local forge that `repository` itself is.
pub fn local(repository: &git::Repository, clock: Arc<dyn Clock>) -> Box<dyn Forge> {
    Box::new(LocalForge::new(repository, clock))
}

/// The forge at the other end of a URL, with the token that the process has for it.
pub fn connect(
    kind: ForgeKind,
    location: &str,
    variables: &Variables,
    settings: Settings,
) -> Result<Box<dyn Forge>> {
    let remote = Remote::parse(location)?;
    let connection = super::connection(kind, &remote, variables, &settings);
    connection.connect(connection.credentials()?)
}
