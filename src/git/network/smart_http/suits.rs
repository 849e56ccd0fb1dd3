//! Whether git itself is needed to reach a server over HTTP: because people say so, or because something is
//! set that only git obeys.

use anyhow::Result;

use crate::git::network::server::Server;
use crate::git::settings::Settings;
use crate::vocabulary::Diagnostic;

/// Chooses how git is spoken: `command`.
pub const VARIABLE: &str = "TOWLINE_GIT";

/// Variables about HTTP that git and curl read, and Towline's client does not.
pub const GITS_OWN: [&str; 11] = [
    "GIT_SSL_NO_VERIFY",
    "GIT_SSL_CERT",
    "GIT_SSL_CERT_TYPE",
    "GIT_SSL_KEY",
    "GIT_SSL_KEY_TYPE",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_VERSION",
    "GIT_SSL_CIPHER_LIST",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_HTTP_PROXY_AUTHMETHOD",
];

/// What the process environment says about it.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The value of [`VARIABLE`].
    named: Option<String>,
    /// Whether any of [`GITS_OWN`] is set.
    is_configured: bool,
}

impl Choice {
    pub fn from_variables<'v>(variable: impl Fn(&str) -> Option<&'v str>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            named: given(VARIABLE).map(str::to_owned),
            is_configured: GITS_OWN.iter().any(|name| given(name).is_some()),
        }
    }

    /// Whether the server is to be reached by the `git` command.
    pub fn is_command(&self, server: &Server) -> Result<bool> {
        match self.named.as_deref() {
            Some("command") => return Ok(true),
            Some(other) => {
                return Err(Diagnostic::usage(format!("{VARIABLE} is `{other}`"))
                    .hint("set it to `command`, or unset it")
                    .into());
            }
            None => {}
        }
        if self.is_configured || !server.url.is_http() {
            return Ok(true);
        }
        // Without a git there is nothing that it could know better.
        let settings = Settings::known(server.cache.path(), &server.variables).ok();
        Ok(settings.is_some_and(|settings| settings.keys().any(is_gits_own)))
    }
}

/// Whether a setting changes how git reaches a server over HTTP. A few of these are harmless; git then is
/// slower, and right.
fn is_gits_own(key: &str) -> bool {
    let is_rewrite = key.ends_with(".insteadof") || key.ends_with(".pushinsteadof");
    key.starts_with("http.") || is_rewrite || key.starts_with("remote.origin.") && key != "remote.origin.url"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_about_http_are_gits_own() {
        for key in ["http.proxy", "http.https://git.example.com/.sslverify", "url.ssh://git@host/.insteadof"]
        {
            assert!(is_gits_own(key), "{key}");
        }
        for key in ["user.name", "credential.helper", "remote.origin.url", "protocol.version"] {
            assert!(!is_gits_own(key), "{key}");
        }
    }
}
