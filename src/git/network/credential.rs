//! The token. git gets it through a credential helper that reads it from git's environment. The
//! token is therefore in no argument, URL, file or log, and git sends it only to the right host.

use std::ffi::OsString;
use std::fmt;
use std::process::Command;
use std::sync::Arc;

use anyhow::Result;

use crate::http::Authorization;
use crate::process::{GIT_PASSWORD as PASSWORD, GIT_USERNAME as USERNAME};
use crate::secrets::{self, Kind};

/// Who we are to the server. It is asked with each run of git, because some tokens end after an
/// hour and a rollout may take eight.
#[derive(Clone)]
pub struct Credential(Arc<dyn Fn() -> Result<Option<Login>> + Send + Sync>);

/// A user name and a token or password.
#[derive(Clone)]
pub struct Login {
    username: String,
    secret: String,
}

impl Credential {
    /// The same each time.
    pub fn new(username: impl Into<String>, secret: impl Into<String>) -> Self {
        let login = Login::new(username, secret);
        Self::renewed(move || Ok(Some(login.clone())))
    }

    /// What `ask` says each time; `None` leaves it to git's own helpers.
    pub fn renewed(ask: impl Fn() -> Result<Option<Login>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    pub(super) fn now(&self) -> Result<Option<Login>> {
        (self.0)()
    }
}

impl Login {
    pub fn new(username: impl Into<String>, secret: impl Into<String>) -> Self {
        let login = Self { username: username.into(), secret: secret.into() };
        secrets::remember(Kind::Token, "git's login", &login.secret);
        login
    }

    /// Gives it to a git that has to ask nobody else for `site`, a scheme and host.
    pub(super) fn give(&self, command: &mut Command, site: &str) {
        let helper = format!(
            "!f() {{ test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"${USERNAME}\" \"${PASSWORD}\"; }}; f"
        );
        let key = format!("credential.{site}.helper");
        // Without being asked, which saves a third of the requests. git older than 2.46 waits for 401.
        let unasked = format!("http.{site}.proactiveAuth=basic");
        let settings = [format!("{key}="), format!("{key}={helper}"), unasked];
        for setting in settings {
            command.arg("-c").arg(OsString::from(setting));
        }
        command.env(USERNAME, &self.username).env(PASSWORD, &self.secret);
    }

    /// The same for a client of our own.
    pub(super) fn authorization(&self) -> Authorization {
        Authorization::basic(&self.username, &self.secret.as_str().into())
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}
