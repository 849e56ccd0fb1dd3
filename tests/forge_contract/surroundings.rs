//! Networks as companies have them: a proxy is the only way out, and the certificates are of an
//! authority of their own. git is told by its own variables and settings, the API's client by the
//! same variables.

use insta::assert_snapshot;

use super::promote::World;
use crate::fakes::gateway::{Proxy, authority, tls};
use crate::fakes::github::TOKEN;

const PROMOTE: [&str; 6] = ["promote", "--once", "--only", "dev", "--release", "1.4.0"];

/// A world whose servers can be reached under names that only a proxy knows.
fn behind_a_proxy() -> (World, Proxy) {
    let mut world = World::new();
    let (git, api) = (world.git.address(), world.server.address());
    let (git_tls, api_tls) = (tls(git), tls(api));
    let proxy = Proxy::start(&[
        ("git.example.test", git),
        ("api.example.test", api),
        ("git.example.test:443", git_tls),
        ("api.example.test:443", api_tls),
    ]);
    world.reach_at("http://git.example.test", "http://api.example.test");
    (world, proxy)
}

fn secure(world: &mut World) {
    world.reach_at("https://git.example.test", "https://api.example.test");
}

#[test]
fn git_and_the_api_go_through_the_proxy() {
    let (mut world, proxy) = behind_a_proxy();
    world.set("http_proxy", &proxy.url());
    let said = world.towline(&PROMOTE, TOKEN);
    assert!(said.contains("dev: 1.4.0 merged, not observed") && said.ends_with("exit code 0"), "{said}");
    assert_snapshot!(proxy.log(), @"api.example.test, git.example.test");
}

#[test]
fn tls_goes_through_the_proxy_in_a_tunnel() {
    let (mut world, proxy) = behind_a_proxy();
    secure(&mut world);
    world.set("HTTPS_PROXY", &proxy.url());
    world.set("SSL_CERT_FILE", authority().to_str().unwrap());
    let said = world.towline(&PROMOTE, TOKEN);
    assert!(said.contains("dev: 1.4.0 merged, not observed") && said.ends_with("exit code 0"), "{said}");
    assert_snapshot!(proxy.log(), @"api.example.test:443, git.example.test:443");

    // git's own variable is git's.
    world.set("GIT_SSL_CAINFO", authority().to_str().unwrap());
    let said = world.towline(&PROMOTE, TOKEN);
    assert!(said.ends_with("exit code 0"), "{said}");
    assert_snapshot!(proxy.log(), @"api.example.test:443, git.example.test:443");
}

#[test]
fn gits_own_settings_name_the_proxy_and_the_authority() {
    let (mut world, proxy) = behind_a_proxy();
    secure(&mut world);
    world.write_home(
        ".gitconfig",
        &format!("[http]\nproxy = {}\nsslCAInfo = {}\n", proxy.url(), authority().display()),
    );
    // For the API alone; git is told by its settings, which win over variables.
    world.set("HTTPS_PROXY", &proxy.url());
    world.set("SSL_CERT_FILE", authority().to_str().unwrap());
    let said = world.towline(&PROMOTE, TOKEN);
    assert!(said.contains("dev: 1.4.0 merged, not observed") && said.ends_with("exit code 0"), "{said}");
}

#[test]
fn a_certificate_that_nobody_trusts_is_told_as_such() {
    let (mut world, proxy) = behind_a_proxy();
    secure(&mut world);
    world.set("HTTPS_PROXY", &proxy.url());
    assert_snapshot!(world.towline(&PROMOTE, TOKEN), @"
    error: there is no result yet; run this again when the forge can be reached
      because: cannot promote to environment `dev`
      because: cannot read GIT/acme/gitops.git: unable to access 'GIT/acme/gitops.git/': cannot connect: invalid peer certificate: UnknownIssuer
      hint: if a private CA signed the certificate, set SSL_CERT_FILE to that of the CA
    exit code 1
    ");
    // The API's client trusts it, git does not.
    world.set("SSL_CERT_FILE", authority().to_str().unwrap());
    world.set("GIT_SSL_CAINFO", "/dev/null");
    let said = world.towline(&PROMOTE, TOKEN);
    assert!(said.contains("git must trust the server") && said.ends_with("exit code 1"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_no_proxy_names_is_asked_directly() {
    let mut world = World::new();
    let proxy = Proxy::start(&[]);
    // This address is the machine itself, and not known to be by its name.
    let [git, api] = [world.git.address(), world.server.address()]
        .map(|address| format!("http://0.0.0.0:{}", address.port()));
    world.reach_at(&git, &api);
    world.set("http_proxy", &proxy.url());
    let said = world.towline(&PROMOTE, TOKEN);
    assert!(said.ends_with("exit code 1"), "{said}");
    assert_ne!(proxy.log(), "");

    world.set("NO_PROXY", "example.com,0.0.0.0");
    let said = world.towline(&PROMOTE, TOKEN);
    assert!(said.contains("dev: 1.4.0 merged, not observed") && said.ends_with("exit code 0"), "{said}");
    assert_eq!(proxy.log(), "");
}
