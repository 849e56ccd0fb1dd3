//! A remote repository, and what a run has learned of its server.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::cache::Cache;
use super::credential::Credential;
use crate::clock::Clock;
use crate::outage::Reach;
use crate::vocabulary::repository_url::RepositoryUrl;

/// A remote repository.
#[derive(Clone)]
pub struct Remote {
    pub url: RepositoryUrl,
    pub(super) credential: Option<Credential>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) notify: Arc<dyn Fn(&str) + Send + Sync>,
    pub cache: Cache,
    pub(super) clock: Arc<dyn Clock>,
    /// See [`super::Network::stall`].
    pub(super) stall: Duration,
    pub(super) reach: Cell<Reach>,
    pub(super) abilities: Cell<Abilities>,
    /// How many commits the next look into history fetches.
    pub(super) depth: Cell<u32>,
    /// How many commits the next look at an old tree is for.
    pub(super) ahead: Cell<usize>,
    pub(super) healed: Cell<bool>,
    /// Whether it has shown a branch.
    pub(super) has_branches: Cell<bool>,
}

impl Remote {
    /// For another thread.
    pub fn again(&self) -> Result<Self> {
        Ok(Self { cache: self.cache.again()?, ..self.clone() })
    }
}

/// What the server can do, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Abilities {
    pub filter: Option<Filter>,
    pub depth: bool,
}

/// What the server is to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Everything but what is asked for by name.
    Trees,
    Blobs,
}

impl Default for Abilities {
    fn default() -> Self {
        Self { filter: Some(Filter::Trees), depth: true }
    }
}
