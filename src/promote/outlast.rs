//! Outlast: a forge that goes away between two waits of a promotion. Every step first looks at what
//! is there already, so whatever it kept from being done is begun again when it answers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::event::Event;
use super::result::EnvironmentResult;
use super::stage::Stage;
use crate::clock::Clock;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::{length, one_line};

/// How far apart the tries are. Each is patient by itself, too.
const PAUSE: Duration = Duration::from_secs(30);
/// A try that took longer got somewhere: what stopped it is another outage than the one before.
const LONG: Duration = Duration::from_secs(15 * 60);

/// For how long a step is tried again.
pub struct Outlast<'a> {
    clock: Arc<dyn Clock>,
    notify: Arc<dyn Fn(&str) + Send + Sync>,
    /// The environment, for people.
    name: &'a str,
    time: Duration,
}

impl<'a> Stage<'a> {
    /// Does everything that there is to do in this environment, also when the forge goes away meanwhile.
    /// One that never answered is not waited for. `None`: a gate was waited for, and meanwhile everything may have
    /// changed, so all of it has to be looked at again.
    pub fn run(mut self, events: &dyn Fn(Event)) -> Result<Option<EnvironmentResult>> {
        let Some(outlast) = self.outlast() else { return self.attempt(events) };
        outlast.run(|| match self.attempt(events) {
            Err(error) if self.is_reached => Err(error),
            ended => Ok(ended),
        })?
    }

    /// How a forge that goes away is outlasted, unless this run is not to wait.
    pub(super) fn outlast(&self) -> Option<Outlast<'a>> {
        let environment = self.destination.environment;
        (!self.request.once).then(|| Outlast {
            clock: self.request.destinations.access.clock.clone(),
            notify: self.request.destinations.access.notify.clone(),
            name: &environment.name,
            time: *environment.rollout.finish,
        })
    }
}

impl Outlast<'_> {
    /// Does `step` until it succeeds, or fails for another reason than a server that is away.
    pub fn run<T>(&self, mut step: impl FnMut() -> Result<T>) -> Result<T> {
        let mut away_since: Option<Timestamp> = None;
        loop {
            let began = self.clock.now();
            let error = match step() {
                Err(error) if Diagnostic::passes(&error) => error,
                ended => return ended,
            };
            let now = self.clock.now();
            if elapsed(began, now) > LONG {
                away_since = None;
            }
            match away_since {
                Some(since) if elapsed(since, now) >= self.time => return Err(error),
                Some(_) => {}
                None => self.tell(&error),
            }
            away_since.get_or_insert(now);
            self.clock.sleep(PAUSE);
        }
    }

    fn tell(&self, error: &anyhow::Error) {
        (self.notify)(&format!(
            "environment `{}`: no answer from the forge ({}): trying again for up to {}",
            self.name,
            one_line(&format!("{error:#}")),
            length(self.time)
        ));
    }
}

fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}
