//! A repository on a server of Gitea or Forgejo.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use anyhow::Result;

use super::location::{api_of, moved, split};
use crate::forge::Forge;
use crate::forge::protocol::{Api, Site};
use crate::forge::row::Connection;
use crate::http::{Credentials, Server, segment};

pub struct Gitea {
    pub(super) site: Site,
    pub(super) owner: String,
    /// Heads and bases that cannot be merged: what is known need not be waited for again.
    pub(super) conflicts: Mutex<HashSet<(String, String)>>,
}

impl Gitea {
    pub fn new(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Self> {
        let (_, owner, name) = split(connection.remote)?;
        let root = format!("repos/{}/{}", segment(owner), segment(name));
        let server = Server { moved, ..connection.server(api_of(connection)?, credentials) };
        let site = Site::new(connection, server, root)?;
        Ok(Self { site, owner: owner.to_owned(), conflicts: Mutex::default() })
    }
}

impl Api for Gitea {
    fn site(&self) -> &Site {
        &self.site
    }
}

pub fn connect(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Box<dyn Forge>> {
    Ok(Box::new(Gitea::new(connection, credentials)?))
}
