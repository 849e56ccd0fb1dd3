//! The HTTP client of all forges, and the connections under it: the one place for timeouts, retries, rate limits, ETags, request
//! counts, and the protection of tokens.
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
//! - A server that has answered before and then cannot be reached is asked again for some minutes
//!   ([`crate::outage`]); one that never answered is not.
//! - A limit holds for the budget that it is about ([`Request::counted_as`]), or for all requests where
//!   the server says when to come back.
//! - A GET whose answer has an ETag is asked again with it; a 304 is answered from memory.
//! - An answer that is a page for people (HTML, 203) is how servers ask for a sign-in.

mod answer;
mod body;
mod budget;
mod cache;
mod client;
mod credentials;
mod exchange;
mod fault;
mod limits;
mod pages;
mod post;
mod probe;
mod refusal;
mod request;
mod send;
mod settings;
mod transport;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use answer::Response;
pub use body::Limited;
pub use budget::{Budget, Tally};
pub use client::Client;
pub use credentials::{Anonymous, Authorization, Credentials, Fixed};
pub use fault::{Fault, Kind, Result};
pub use pages::{Pages, Paging};
pub use post::{Posted, post};
pub use probe::{Probe, probe};
pub use request::Request;
pub use settings::{Server, Settings};
pub use transport::{connections, why_cut, why_lost};

/// A name as one segment of a path: whatever it holds, it stays one.
pub fn segment(name: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(name, KEPT).to_string()
}
