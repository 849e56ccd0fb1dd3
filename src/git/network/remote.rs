//! A remote repository, and what a run has learned of its server.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use git2::Oid;

use super::fault::{Failure, Fault, summary};
use super::server::Server;
use super::transport::{Filter, Transport};
use crate::clock::Clock;
use crate::outage::Reach;
use crate::vocabulary::Diagnostic;

/// A remote repository.
pub struct Remote {
    pub server: Arc<Server>,
    pub(super) transport: RefCell<Box<dyn Transport>>,
    pub(super) notify: Arc<dyn Fn(&str) + Send + Sync>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) reach: Cell<Reach>,
    pub(super) abilities: Cell<Abilities>,
    /// How many commits the next look into history fetches.
    pub(super) depth: Cell<u32>,
    /// How many commits the next look at an old tree is for.
    pub(super) ahead: Cell<usize>,
    pub(super) healed: Cell<bool>,
    pub(super) look: RefCell<Option<Look>>,
}

/// The branches of a look, and where they stand once one of them was asked for.
pub struct Look {
    pub branches: Vec<String>,
    pub found: Option<BTreeMap<String, Oid>>,
}

/// What the server can do, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Abilities {
    pub filter: Option<Filter>,
    pub depth: bool,
}

impl Remote {
    /// The error for what failed; `what` was being done to the remote repository.
    pub fn error(&self, what: &str, Failure { fault, said }: &Failure) -> anyhow::Error {
        let message = format!("cannot {what} {}: {}", self.server.url.shown(), summary(said));
        let diagnostic = match fault {
            Fault::Archived => Diagnostic::refused(message),
            _ => Diagnostic::new(message),
        };
        Diagnostic { hint: fault.hint().map(str::to_owned), passes: fault.passes(), ..diagnostic }.into()
    }

    /// For another thread.
    pub fn again(&self) -> Result<Self> {
        let server = Arc::new(Server { cache: self.server.cache.again()?, ..(*self.server).clone() });
        Ok(Self {
            transport: RefCell::new(self.transport.borrow().again(server.clone())),
            server,
            notify: self.notify.clone(),
            clock: self.clock.clone(),
            reach: self.reach.clone(),
            abilities: self.abilities.clone(),
            depth: self.depth.clone(),
            ahead: self.ahead.clone(),
            healed: self.healed.clone(),
            look: RefCell::default(),
        })
    }
}

impl Default for Abilities {
    fn default() -> Self {
        Self { filter: Some(Filter::Trees), depth: true }
    }
}
