//! A token that expires after about an hour and is renewed before that, because a rollout may take
//! longer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::clock::Clock;
use crate::secrets::{self, Kind};

/// A token that ends sooner than this is not used any more.
const SPARE: Duration = Duration::from_secs(5 * 60);

/// The token of now, if there was one already.
pub struct ExpiringToken {
    clock: Arc<dyn Clock>,
    current: Mutex<Option<Ending>>,
}

/// A token and its end.
pub struct Ending {
    pub token: SecretString,
    pub at: Timestamp,
}

impl ExpiringToken {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, current: Mutex::default() }
    }

    /// The token, asked for at this time when there is none or it is about to end.
    pub fn token(&self, ask: impl FnOnce(Timestamp) -> Result<Ending>) -> Result<SecretString> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let good_until = now.checked_add(SPARE)?;
        let good = match current.take().filter(|known| known.at > good_until) {
            Some(known) => known,
            None => remembered(ask(now)?),
        };
        Ok(current.insert(good).token.clone())
    }
}

fn remembered(new: Ending) -> Ending {
    secrets::remember(Kind::Token, "a token that expires", new.token.expose_secret());
    new
}
