//! Site: an environment with its GitOps repository and forge, opened.

use anyhow::{Context, Result};

use super::verdict::Verdicts;
use crate::config::{Environment, Pipeline};
use crate::forge::{Access, Forge};
use crate::git::Repository;

pub struct Site<'a> {
    pub application: &'a str,
    pub environment: &'a Environment,
    pub repository: Repository,
    pub forge: Box<dyn Forge>,
}

impl<'a> Site<'a> {
    pub fn open(pipeline: &'a Pipeline, environment: &'a Environment, access: &Access) -> Result<Self> {
        let (repository, forge) = access
            .open(environment.gitops.forge, &environment.gitops.repository, &pipeline.root)
            .with_context(|| format!("cannot open environment `{}`", environment.name))?;
        Ok(Self { application: &pipeline.application, environment, repository, forge })
    }

    pub fn verdicts(&self) -> Verdicts<'_> {
        Verdicts {
            application: self.application,
            environment: self.environment,
            repository: &self.repository,
            forge: &*self.forge,
        }
    }
}
