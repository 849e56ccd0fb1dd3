//! The HTTP client of every forge: one place for time limits, retries, rate limits, ETags, the
//! count of requests, and for what must never happen to a token.
//!
//! An adapter makes one [`Client`] of its own [`Server`] and asks by path:
//!
//! ```ignore
//! let pull: Pull = client.get(&format!("repos/{owner}/{repo}/pulls/{number}")).send()?.json()?;
//! let all: Vec<Status> = client.get(&path).query("per_page", "100").all(Paging::Link)?;
//! client.post(&path).body(json!({"state": "success"})).repeatable().send()?;
//! ```
//!
//! - Every status outside 2xx is a [`Fault`]: branch on [`Fault::kind`] or [`Fault::status`].
//! - GET, PUT and DELETE are repeated when the server or the network fails. POST and PATCH are so
//!   only when the adapter says that a repeat is harmless ([`Request::repeatable`]). A rate limit,
//!   and a connection that never stood, let anything be repeated: nothing was done.
//! - Names from outside that become part of a path go through [`segment`].
//! - The token goes to the server's own origin (scheme, host, port) and nowhere else. Redirects to
//!   another are not followed, neither are links to further pages.
//! - A GET whose answer has an ETag is asked again with it; a 304 is answered from memory.
//! - An answer that is a page for people (HTML, 203) is how servers ask for a sign-in.

mod answer;
mod budget;
mod cache;
mod credentials;
mod exchange;
mod fault;
mod limits;
mod pages;
mod refusal;
mod request;
mod send;
mod transport;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use url::Url;

pub use answer::Response;
pub use budget::{Budget, Tally};
pub use credentials::{Anonymous, Authorization, Credentials, Fixed};
pub use fault::{Fault, Kind, Result};
pub use limits::chance;
pub use pages::{Pages, Paging};
pub use request::Request;

use crate::clock::Clock;
use cache::Cache;

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
    /// How often a request is tried in all.
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

/// A client of one server. Threads may share it.
pub struct Client {
    server: Server,
    settings: Settings,
    transport: reqwest::blocking::Client,
    state: Mutex<State>,
}

/// What the client remembers between requests.
#[derive(Default)]
struct State {
    cache: Cache,
    budget: Budget,
    /// The server asked for no request before this time.
    not_before: Option<Timestamp>,
    last_write: Option<Timestamp>,
}

impl Client {
    pub fn new(server: Server, settings: Settings) -> anyhow::Result<Self> {
        let transport = transport::build(&server.base, &settings)?;
        Ok(Self { server, settings, transport, state: Mutex::default() })
    }

    pub fn get(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::PUT, path)
    }

    pub fn patch(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::PATCH, path)
    }

    pub fn delete(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::DELETE, path)
    }

    /// What was asked of the server so far.
    pub fn budget(&self) -> Budget {
        Budget { server: self.server.name, ..self.state().budget.clone() }
    }

    /// Tells people, through whoever made the client.
    pub fn notify(&self, line: &str) {
        (self.settings.notify)(line);
    }

    /// Waits a little before an adapter looks again at what the server does in its own time: half
    /// a second at first, then longer.
    pub fn pause(&self, turn: u32) {
        self.settings.clock.sleep(limits::backoff(turn, (self.settings.random)()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.settings.tally.add(self.budget());
    }
}

/// A name as one segment of a path: whatever it holds, it stays one.
pub fn segment(name: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(name, KEPT).to_string()
}
