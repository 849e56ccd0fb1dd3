//! The connection underneath: TLS, proxies, time limits.
//!
//! Proxies come from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, certificates from the system or
//! from `SSL_CERT_FILE` and `SSL_CERT_DIR`; reqwest reads both by itself, as git does. This machine
//! is never asked through a proxy, as in Go's libraries and the tools made with them.

use anyhow::{Context, Result};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use url::{Host, Url};

use super::Settings;

pub fn build(base: &Url, settings: &Settings) -> Result<Client> {
    // Fails when another client has done it before, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut client = Client::builder()
        .user_agent(concat!("towline/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout);
    if is_this_machine(base) {
        client = client.no_proxy();
    }
    client.build().context("cannot set up HTTP connections")
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
