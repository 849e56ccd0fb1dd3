//! A project on GitLab.

use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};

use super::api::Project;
use super::credentials::JOB_TOKEN;
use super::location::api_of;
use super::quick_actions::disarm;
use crate::forge::Forge;
use crate::forge::protocol::{Api, Site};
use crate::forge::row::Connection;
use crate::http::{Credentials, segment};

pub struct GitLab {
    site: Site,
    /// Its settings do not change while a command runs.
    settings: OnceLock<Project>,
    /// Whether it asks with a job's token, which GitLab lets do little.
    pub(super) is_job: bool,
}

impl GitLab {
    pub(super) fn project(&self) -> Result<&Project> {
        if let Some(project) = self.settings.get() {
            return Ok(project);
        }
        let answer = self.client().get(&self.site.root).send();
        let project = answer.and_then(|answer| answer.json()).context("cannot read the project")?;
        Ok(self.settings.get_or_init(|| project))
    }
}

impl Api for GitLab {
    fn site(&self) -> &Site {
        &self.site
    }

    fn harmless(&self, text: &str) -> String {
        disarm(text)
    }
}

pub fn connect(connection: &Connection, credentials: Arc<dyn Credentials>) -> Result<Box<dyn Forge>> {
    let is_job = credentials.origin().starts_with(JOB_TOKEN);
    let root = format!("projects/{}", segment(&connection.remote.path.join("/")));
    let site = Site::new(connection, connection.server(api_of(connection)?, credentials), root)?;
    Ok(Box::new(GitLab { site, settings: OnceLock::new(), is_job }))
}
