//! The client: what it sends requests with, and what it remembers between them.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::budget::Budget;
use super::cache::Cache;
use super::settings::{Server, Settings};
use super::transport;
use crate::outage::{self, Reach};

/// A client of one server. Threads may share it.
pub struct Client {
    pub(super) server: Server,
    pub(super) settings: Settings,
    pub(super) transport: reqwest::blocking::Client,
    state: Mutex<State>,
}

/// What the client remembers between requests.
#[derive(Default)]
pub(super) struct State {
    pub cache: Cache,
    pub budget: Budget,
    /// The server asked for no request before this time.
    pub not_before: Option<Timestamp>,
    /// The budgets of which nothing is left, and until when: others go on meanwhile.
    pub spent: HashMap<&'static str, Timestamp>,
    pub last_write: Option<Timestamp>,
    pub reach: Reach,
    /// What people were told once.
    told: HashSet<String>,
}

impl Client {
    pub fn new(server: Server, settings: Settings) -> anyhow::Result<Self> {
        let transport = transport::connections(&server.base, settings.connect_timeout)?;
        Ok(Self { server, settings, transport, state: Mutex::default() })
    }

    /// What was asked of the server so far.
    pub fn budget(&self) -> Budget {
        Budget { server: self.server.name, ..self.state().budget.clone() }
    }

    /// Tells people, through whoever made the client.
    pub fn notify(&self, line: &str) {
        (self.settings.notify)(line);
    }

    /// The same, but not each time that the same is found.
    pub fn notify_once(&self, line: &str) {
        if self.state().told.insert(line.to_owned()) {
            self.notify(line);
        }
    }

    /// Waits a little before an adapter looks again at what the server does in its own time: half
    /// a second at first, then longer.
    pub fn pause(&self, turn: u32) {
        self.settings.clock.sleep(outage::backoff(turn, (self.settings.random)()));
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.settings.tally.add(self.budget());
    }
}
