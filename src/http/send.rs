//! The loop around one request: waits for limits, sends, and decides whether to send again.

use std::time::Duration;

use super::exchange::{Answered, exchange};
use super::limits::unsaid;
use super::{Fault, Kind, Request, Response, Result};
use crate::failpoint::side_effect;
use crate::outage::{self, backoff};

impl Request<'_> {
    /// Sends it, again if that is safe and helps, and returns the 2xx answer.
    pub fn send(self) -> Result<Response> {
        send(&self)
    }

    /// Sends it; not being there is an answer too.
    pub fn send_optional(self) -> Result<Option<Response>> {
        match self.send() {
            Ok(answer) => Ok(Some(answer)),
            Err(fault) if fault.kind == Kind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

fn send(request: &Request) -> Result<Response> {
    let settings = &request.client.settings;
    let mut patience = settings.patience;
    let mut turn = 0;
    loop {
        hold_back(request, &mut patience)?;
        let Answered { answer, wait } = once(request);
        note_reach(request, &answer);
        let fault = match answer {
            Ok(answer) => return Ok(answer),
            Err(fault) => fault.with_tries(turn + 1),
        };
        let Some(wait) = again(request, &fault, wait, turn) else { return Err(fault) };
        if fault.is_away() && outlasts(request, &fault, wait) {
            rest(request, wait);
        } else if turn + 1 >= attempts(settings.attempts, &fault) {
            return Err(fault);
        } else {
            pause(request, wait, &mut patience).map_err(|()| too_long(fault, wait))?;
        }
        request.client.state().budget.repeats += 1;
        turn += 1;
    }
}

/// How often it is tried in all. A server that took all its time does not get it again and again.
fn attempts(most: u32, fault: &Fault) -> u32 {
    match fault.kind {
        Kind::TimedOut => most.min(2),
        _ => most,
    }
}

/// Others can see what a write does, so tests stop the process around it.
fn once(request: &Request) -> Answered {
    if !request.is_write() {
        return exchange(request);
    }
    let name = format!("{} {}", request.method, request.url.path());
    side_effect(&format!("send {name}"));
    let answered = exchange(request);
    side_effect(&format!("sent {name}"));
    answered
}

/// Whatever the server says, it is there; what stands before it may say that it is not.
fn note_reach(request: &Request, answer: &Result<Response>) {
    let is_there = match answer {
        Ok(_) => true,
        Err(fault) => fault.status.is_some_and(|status| status < 500),
    };
    if !is_there {
        return;
    }
    let client = request.client;
    let back = client.state().reach.answered(client.settings.clock.now());
    if let Some(after) = back {
        client.notify(&outage::back(client.server.name, after));
    }
}

/// Whether the server is believed to come back. People are told when it takes long.
fn outlasts(request: &Request, fault: &Fault, wait: Duration) -> bool {
    let client = request.client;
    let missed = client.state().reach.missed(client.settings.clock.now(), wait);
    if missed.tell {
        client.notify(&outage::away(client.server.name, &fault.why_away()));
    }
    missed.again
}

/// How long to wait before sending it again, if it is to be sent again.
fn again(request: &Request, fault: &Fault, asked: Option<Duration>, turn: u32) -> Option<Duration> {
    let backoff = backoff(turn, (request.client.settings.random)());
    match fault.kind {
        Kind::RateLimited => Some(asked.unwrap_or_else(|| unsaid(turn)) + backoff),
        Kind::Unreachable => Some(backoff),
        Kind::Broken | Kind::TimedOut | Kind::ServerError | Kind::BadAnswer if request.repeatable => {
            Some(asked.unwrap_or_default().max(backoff))
        }
        _ => None,
    }
}

/// Waits until the server wants to be asked, and until writes are far enough apart.
fn hold_back(request: &Request, patience: &mut Duration) -> Result<()> {
    let now = request.client.settings.clock.now();
    let left = |until: jiff::Timestamp| Duration::try_from(until.duration_since(now)).unwrap_or_default();
    let (limit, writes) = {
        let mut state = request.client.state();
        let spent = state.spent.get(request.budget).copied();
        let limit = state.not_before.max(spent).map(left).unwrap_or_default();
        let gap = request.client.server.between_writes;
        let writes = state.last_write.filter(|_| request.is_write());
        let writes = writes.and_then(|last| last.checked_add(gap).ok()).map(left).unwrap_or_default();
        if request.is_write() {
            state.last_write = now.checked_add(writes.max(limit)).ok();
        }
        (limit, writes)
    };
    pause(request, limit, patience)
        .map_err(|()| too_long(request.fault(Kind::RateLimited, "the server's limit is reached"), limit))?;
    request.client.settings.clock.sleep(writes.saturating_sub(limit));
    Ok(())
}

/// Sleeps, if that is within what is left of the patience.
fn pause(request: &Request, wait: Duration, patience: &mut Duration) -> std::result::Result<(), ()> {
    *patience = patience.checked_sub(wait).ok_or(())?;
    let client = request.client;
    if wait >= Duration::from_secs(5) {
        client.notify(&format!("waiting {} s for {}", wait.as_secs(), client.server.name));
    }
    rest(request, wait);
    Ok(())
}

fn rest(request: &Request, wait: Duration) {
    request.client.state().budget.waited += wait;
    request.client.settings.clock.sleep(wait);
}

fn too_long(fault: Fault, wait: Duration) -> Fault {
    fault.with_hint(format!(
        "try again in {} min, or use a token with its own rate limit",
        wait.as_secs().div_ceil(60)
    ))
}
