//! Site: an environment with its GitOps repository and forge, opened.

use std::sync::Arc;

use anyhow::{Context, Result};

use super::verdict::Verdicts;
use crate::clock::Clock;
use crate::forge::{self, Forge};
use crate::git::Repository;
use crate::pipeline::{Environment, Pipeline};

pub struct Site<'a> {
    pub application: &'a str,
    pub environment: &'a Environment,
    pub repository: Repository,
    pub forge: Box<dyn Forge>,
}

impl<'a> Site<'a> {
    pub fn open(
        pipeline: &'a Pipeline,
        environment: &'a Environment,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self> {
        let open = || {
            let repository = Repository::open(&environment.gitops.repository, &pipeline.root)?;
            let forge = forge::open(environment.gitops.forge, &repository, clock.clone())?;
            Ok::<_, anyhow::Error>((repository, forge))
        };
        let (repository, forge) =
            open().with_context(|| format!("cannot open environment `{}`", environment.name))?;
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
