//! One run of `git` for the network, and again when the connection fails.

use std::process::Command;

use anyhow::{Context, Result};

use super::credential::{Credential, Login};
use super::fault::Fault;
use super::remote::Remote;
use crate::git::process::git;
use crate::process::run_attached;
use crate::vocabulary::Diagnostic;

/// What git printed.
#[derive(Debug)]
pub struct Answer {
    pub success: bool,
    pub output: String,
    pub errors: String,
}

impl Remote {
    /// Runs git in the cache folder. `input` are lines for its standard input.
    pub fn git(&self, arguments: &[&str], input: &str) -> Result<Answer> {
        let login = self.login()?;
        let mut command = git(self.cache.path());
        self.configure(&mut command, login.as_ref());
        command.args(arguments);
        let ended = run_attached(command, input).map_err(|error| {
            Diagnostic::new(format!("cannot run git to reach {}: {error}", self.url.shown()))
                .hint("install git 2.34 or later, and put it on PATH")
        })?;
        Ok(Answer {
            success: ended.is_success(),
            output: readable(&ended.stdout, login.as_ref()),
            errors: readable(&ended.stderr, login.as_ref()),
        })
    }

    /// Runs git again while it is the connection that fails.
    pub fn git_patiently(&self, arguments: &[&str], input: &str) -> Result<Answer> {
        let mut answer = self.git(arguments, input)?;
        for pause in [200, 1000] {
            let passing = matches!(Fault::of(&answer.errors), Fault::Unreachable | Fault::RateLimited);
            if answer.success || !passing {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(pause));
            answer = self.git(arguments, input)?;
        }
        Ok(answer)
    }

    /// Who we are, where a password is of use.
    fn login(&self) -> Result<Option<Login>> {
        let credential = self.credential.as_ref().filter(|_| self.url.site().is_some());
        let login = credential.map_or(Ok(None), Credential::now);
        login.with_context(|| format!("there is no token for git to reach {}", self.url.shown()))
    }

    fn configure(&self, command: &mut Command, login: Option<&Login>) {
        command
            // git itself is never to fetch what is missing: one object at a time would take hours.
            .env("GIT_NO_LAZY_FETCH", "1")
            // A server that stalls for a minute is down.
            .env("GIT_HTTP_LOW_SPEED_LIMIT", "1")
            .env("GIT_HTTP_LOW_SPEED_TIME", "60")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let (Some(login), Some(site)) = (login, self.url.site()) {
            login.give(command, &site);
        }
    }
}

fn readable(bytes: &[u8], login: Option<&Login>) -> String {
    let text = String::from_utf8_lossy(bytes);
    login.map_or_else(|| text.to_string(), |login| login.redact(&text))
}
