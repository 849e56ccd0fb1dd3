//! How a client is set up: the server, and what comes in from outside.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::budget::Tally;
use super::credentials::Credentials;
use crate::clock::Clock;
use crate::outage::chance;

/// The server that a client talks to, and how it wants to be talked to.
pub struct Server {
    /// For people: `GitHub`, `Azure DevOps`.
    pub name: &'static str,
    /// What every path is appended to, such as `https://api.github.com`.
    pub base: Url,
    /// Headers of every request.
    pub headers: Vec<(&'static str, &'static str)>,
    pub credentials: Box<dyn Credentials>,
    /// How far apart writes must be.
    pub between_writes: Duration,
    /// Where a repository is now, from the URL of a request and where it was redirected to for good.
    /// `None`: it is still there, and reads follow.
    pub moved: fn(&Url, &Url) -> Option<String>,
}

/// What comes in from outside: time, chance, and how long to go on.
#[derive(Clone)]
pub struct Settings {
    pub clock: Arc<dyn Clock>,
    /// A number from 0 up to 1, another one with each call.
    pub random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Told of long waits and of what is missing, one line each.
    pub notify: Arc<dyn Fn(&str) + Send + Sync>,
    pub connect_timeout: Duration,
    /// From the first byte sent to the last one read.
    pub timeout: Duration,
    /// How often a request is tried in all, unless the server is away for a while.
    pub attempts: u32,
    /// How long one request may wait for rate limits in all.
    pub patience: Duration,
    /// Gets the budget of each client when it is dropped.
    pub tally: Tally,
}

impl Settings {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            random: Arc::new(chance),
            notify: Arc::new(|_| ()),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            attempts: 5,
            patience: Duration::from_secs(20 * 60),
            tally: Tally::default(),
        }
    }
}
