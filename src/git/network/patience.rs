//! Asking the server, and again while it is away.

use std::time::Duration;

use anyhow::Result;

use super::command::GitCommand;
use super::fault::{Failure, Fault, summary};
use super::remote::Remote;
use super::transport::{Answer, Transport};
use crate::outage::{self, backoff, chance};

impl Remote {
    /// Asks once. What only `git` can do is left to it, and so is all that comes after.
    pub fn ask<T>(&self, ask: impl Fn(&dyn Transport) -> Result<Answer<T>>) -> Result<Answer<T>> {
        let answer = ask(&**self.transport.borrow())?;
        match answer {
            Err(failure) if failure.fault == Fault::NeedsGit => {
                self.transport.replace(Box::new(GitCommand::new(self.server.clone())));
                ask(&**self.transport.borrow())
            }
            answer => Ok(answer),
        }
    }

    /// Asks again while it is the connection that fails: three times, and for minutes where the
    /// server has answered before.
    pub fn ask_patiently<T>(&self, ask: impl Fn(&dyn Transport) -> Result<Answer<T>>) -> Result<Answer<T>> {
        let mut turn = 0;
        loop {
            let answer = self.ask(&ask)?;
            let failure = match &answer {
                Err(failure) if is_passing(failure.fault) => failure,
                _ => {
                    self.note_answer(answer.is_ok());
                    return Ok(answer);
                }
            };
            let Some(pause) = self.pause_after(failure, turn) else { return Ok(answer) };
            self.clock.sleep(pause);
            turn += 1;
        }
    }

    fn note_answer(&self, success: bool) {
        let mut reach = self.reach.get();
        if success && let Some(after) = reach.answered(self.clock.now()) {
            (self.notify)(&outage::back(&self.server.url.shown(), after));
        }
        self.reach.set(reach);
    }

    /// How long to wait before the server is asked again, if it is. People are told when it takes long.
    fn pause_after(&self, failure: &Failure, turn: u32) -> Option<Duration> {
        const AT_FIRST: [u64; 2] = [200, 1000];
        let at_first = AT_FIRST.get(turn as usize).map(|pause| Duration::from_millis(*pause));
        let pause = at_first.unwrap_or_else(|| backoff(turn, chance()));
        let mut reach = self.reach.get();
        let missed = reach.missed(self.clock.now(), pause);
        self.reach.set(reach);
        if missed.tell {
            (self.notify)(&outage::away(&self.server.url.shown(), &summary(&failure.said)));
        }
        if missed.again { Some(pause) } else { at_first }
    }
}

/// Whether it is worth asking again at once.
fn is_passing(fault: Fault) -> bool {
    matches!(fault, Fault::Unreachable | Fault::RateLimited | Fault::Damaged)
}
