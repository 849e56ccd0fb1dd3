//! One run of `git` for the network, and again when the connection fails.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::Remote;
use super::fault::Fault;
use crate::error::Diagnostic;
use crate::git::process;

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
        let mut command = process::git(self.cache.path());
        self.configure(&mut command);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let running = command.spawn().map_err(|error| {
            Diagnostic::new(format!("cannot run git to reach {}: {error}", self.url.shown()))
                .hint("install git 2.36 or later, and put it on PATH")
        });
        let mut running = running?;
        if let Some(mut stdin) = running.stdin.take() {
            // A git that ends before it has read everything says itself why.
            stdin.write_all(input.as_bytes()).ok();
        }
        let ended = running.wait_with_output().context("cannot read what git says")?;
        Ok(Answer {
            success: ended.status.success(),
            output: self.readable(&ended.stdout),
            errors: self.readable(&ended.stderr),
        })
    }

    /// Runs git again while it is the connection that fails.
    pub fn git_patiently(&self, arguments: &[&str], input: &str) -> Result<Answer> {
        let mut answer = self.git(arguments, input)?;
        for pause in [200, 1000] {
            if answer.success || Fault::of(&answer.errors) != Fault::Unreachable {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(pause));
            answer = self.git(arguments, input)?;
        }
        Ok(answer)
    }

    fn configure(&self, command: &mut Command) {
        command
            // git itself is never to fetch what is missing: one object at a time would take hours.
            .env("GIT_NO_LAZY_FETCH", "1")
            // A server that stalls for a minute is down.
            .env("GIT_HTTP_LOW_SPEED_LIMIT", "1")
            .env("GIT_HTTP_LOW_SPEED_TIME", "60")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let (Some(credential), Some(site)) = (&self.credential, self.url.site()) {
            credential.give(command, site);
        }
    }

    fn readable(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        self.credential.as_ref().map_or_else(|| text.to_string(), |credential| credential.redact(&text))
    }
}
