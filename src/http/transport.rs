//! The connections underneath: TLS, proxies, time limits. All clients of this process share them, that of
//! git too, so that one connection to a server does for its repository and its API.
//!
//! Proxies come from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, certificates from the system or
//! from `SSL_CERT_FILE` and `SSL_CERT_DIR`; reqwest reads both by itself, as git does. This machine
//! is never asked through a proxy, as in Go's libraries and the tools made with them.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use url::{Host, Url};

use super::Kind;

/// What connections of one pool have in common: whether a proxy may be used, and how long connecting
/// may take.
type Pool = (bool, Duration);

/// Connections outlive the client that opened them: a command opens several, one after the other.
static POOLS: LazyLock<Mutex<HashMap<Pool, Client>>> = LazyLock::new(Mutex::default);

/// The connections to the server of `url`. Redirects are not followed, and each request sets its own time limit.
pub fn connections(url: &Url, connect_timeout: Duration) -> Result<Client> {
    let is_here = is_this_machine(url);
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (is_here, connect_timeout);
    if let Some(known) = pools.get(&key) {
        return Ok(known.clone());
    }
    // Fails when another client has done it before, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut client = Client::builder()
        .user_agent(concat!("towline/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .connect_timeout(connect_timeout);
    if is_here {
        client = client.no_proxy();
    }
    let client = client.build().context("cannot set up HTTP connections")?;
    pools.insert(key, client.clone());
    Ok(client)
}

/// Why no answer came, and the cause in the words of whoever noticed.
pub fn why_lost(error: &reqwest::Error) -> (Kind, String) {
    let kind = match error {
        _ if error.is_builder() => Kind::Refused,
        _ if error.is_connect() && is_untrusted(error) => Kind::Untrusted,
        _ if error.is_connect() => Kind::Unreachable,
        _ if error.is_timeout() => Kind::TimedOut,
        _ => Kind::Broken,
    };
    (kind, innermost(error))
}

/// Why the rest of an answer did not come.
pub fn why_cut(error: &std::io::Error) -> (Kind, String) {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    let timed_out =
        error.kind() == std::io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout);
    (if timed_out { Kind::TimedOut } else { Kind::Broken }, innermost(error))
}

/// Whether the server's certificate is what was wrong.
fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    // An I/O error does not give what it holds as its source, but that one's source.
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    held.is_some_and(|held| is_untrusted(held)) || error.source().is_some_and(is_untrusted)
}

/// The cause at the bottom; the layers above it say the same in more general words.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
