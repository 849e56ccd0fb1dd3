//! A repository on GitHub.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;

use super::location::{api_of, graphql_path, server};
use crate::forge::Forge;
use crate::forge::protocol::{Api, Site};
use crate::forge::row::Connection;
use crate::http::{Credentials, segment};

pub struct GitHub {
    pub(super) site: Site,
    pub(super) owner: String,
    pub(super) repository_name: String,
    /// The path of GraphQL, seen from the API.
    pub(super) graphql: &'static str,
    /// Whether fingerprints were asked for in vain.
    pub(super) lacks_fingerprints: AtomicBool,
}

impl GitHub {
    pub fn new(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Self> {
        let (owner, name) = connection.remote.owner_and_name()?;
        let api = api_of(connection)?;
        let graphql = graphql_path(&api);
        let root = format!("repos/{}/{}", segment(owner), segment(name));
        Ok(Self {
            site: Site::new(connection, server(connection, api, credentials), root)?,
            owner: owner.to_owned(),
            repository_name: name.to_owned(),
            graphql,
            lacks_fingerprints: AtomicBool::new(false),
        })
    }
}

impl Api for GitHub {
    fn site(&self) -> &Site {
        &self.site
    }
}

pub fn connect(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Box<dyn Forge>> {
    Ok(Box::new(GitHub::new(connection, credentials)?))
}
