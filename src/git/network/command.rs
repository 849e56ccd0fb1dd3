//! One run of `git` for the network, and again while the server is away.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::credential::{Credential, Login};
use super::fault::{Fault, STALLED, summary};
use super::remote::Remote;
use crate::git::process::git;
use crate::outage::{self, backoff, chance};
use crate::process::{End, Watch, run_watched};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::length;

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
        let watch = Watch { time: self.stall, progress: &|| self.received() };
        let ended = run_watched(command, input, watch).map_err(|error| {
            Diagnostic::new(format!("cannot run git to reach {}: {error}", self.url.shown()))
                .hint("install git 2.34 or later, and put it on PATH")
        })?;
        let errors = match ended.how {
            End::TimedOut => format!("{STALLED} for {}", length(self.stall)),
            _ => readable(&ended.stderr, login.as_ref()),
        };
        Ok(Answer { success: ended.is_success(), output: readable(&ended.stdout, login.as_ref()), errors })
    }

    /// The size of what was fetched so far, with what is still on its way. Lists of branches and pushes
    /// are small, and have to be done in the time in which nothing else moves.
    fn received(&self) -> u64 {
        let packs = std::fs::read_dir(self.cache.path().join("objects/pack"));
        let sizes = packs.into_iter().flatten().flatten().filter_map(|file| file.metadata().ok());
        sizes.map(|file| file.len()).sum()
    }

    /// Runs git again while it is the connection that fails: three times, and for minutes where the
    /// server has answered before.
    pub fn git_patiently(&self, arguments: &[&str], input: &str) -> Result<Answer> {
        let mut turn = 0;
        loop {
            let answer = self.git(arguments, input)?;
            let is_away = matches!(Fault::of(&answer.errors), Fault::Unreachable | Fault::RateLimited);
            if answer.success || !is_away {
                self.note_answer(answer.success);
                return Ok(answer);
            }
            let Some(pause) = self.pause_after(&answer, turn) else { return Ok(answer) };
            self.clock.sleep(pause);
            turn += 1;
        }
    }

    fn note_answer(&self, success: bool) {
        let mut reach = self.reach.get();
        if success && let Some(after) = reach.answered(self.clock.now()) {
            (self.notify)(&outage::back(&self.url.shown(), after));
        }
        self.reach.set(reach);
    }

    /// How long to wait before git is run again, if it is. People are told when it takes long.
    fn pause_after(&self, answer: &Answer, turn: u32) -> Option<Duration> {
        const AT_FIRST: [u64; 2] = [200, 1000];
        let at_first = AT_FIRST.get(turn as usize).map(|pause| Duration::from_millis(*pause));
        let pause = at_first.unwrap_or_else(|| backoff(turn, chance()));
        let mut reach = self.reach.get();
        let missed = reach.missed(self.clock.now(), pause);
        self.reach.set(reach);
        if missed.tell {
            (self.notify)(&outage::away(&self.url.shown(), &summary(&answer.errors)));
        }
        if missed.again { Some(pause) } else { at_first }
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
