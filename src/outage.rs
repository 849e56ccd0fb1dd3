//! Outage: how long a server that does not answer is asked again.
//!
//! A server that has never answered this process may not be there at all, so a wrong name has to
//! show soon. One that has answered is being restarted, updated or moved: it is asked again for some
//! minutes, ever more rarely, and people are told once. After that, requests fail as soon as they
//! would have failed at first, and whoever waits for something decides whether to go on.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use jiff::Timestamp;

use crate::vocabulary::text::length;

/// How long a server that has answered before is believed to come back.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Shorter outages are not worth telling people.
const BLIP: Duration = Duration::from_secs(5);

/// What a process knows of a server: whether it has answered, and since when it does not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reach {
    has_answered: bool,
    away_since: Option<Timestamp>,
    told: bool,
}

/// What to do about a request that was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// Whether the server is to be asked again after the pause, however often that was done.
    pub again: bool,
    /// Whether this is the moment to tell people.
    pub tell: bool,
}

impl Reach {
    /// It answered. How long it was away, if people were told that it is.
    pub fn answered(&mut self, now: Timestamp) -> Option<Duration> {
        let before = std::mem::replace(self, Self { has_answered: true, ..Self::default() });
        before.away_since.filter(|_| before.told).map(|since| elapsed(since, now))
    }

    /// It did not answer.
    pub fn missed(&mut self, now: Timestamp, pause: Duration) -> Missed {
        let away = elapsed(*self.away_since.get_or_insert(now), now) + pause;
        let again = self.has_answered && away <= PATIENCE;
        let tell = again && !self.told && away > BLIP;
        self.told |= tell;
        Missed { again, tell }
    }
}

/// What people are told of a server that is away.
pub fn away(server: &str, why: &str) -> String {
    let minutes = PATIENCE.as_secs() / 60;
    format!("{server} does not answer ({why}): trying again for up to {minutes} minutes")
}

/// What people are told of a server that is back.
pub fn back(server: &str, after: Duration) -> String {
    format!("{server} answers again after {}", length(Duration::from_secs(after.as_secs())))
}

/// The wait before the next try after a fault: half a second, twice that each time, at most half
/// a minute, and never the same for two processes.
pub fn backoff(turn: u32, random: f64) -> Duration {
    let whole = Duration::from_millis(500).saturating_mul(1 << turn.min(6)).min(Duration::from_secs(30));
    whole.mul_f64(0.5 + 0.5 * random.clamp(0.0, 1.0))
}

/// A number from 0 up to 1, from the keys that the standard library draws for its maps.
pub fn chance() -> f64 {
    let drawn = RandomState::new().build_hasher().finish();
    (drawn >> 11) as f64 / (1_u64 << 53) as f64
}

fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    const PAUSE: Duration = Duration::from_secs(10);

    #[test]
    fn a_server_that_never_answered_is_not_believed_to_come_back() {
        assert_eq!(Reach::default().missed(at(0), PAUSE), Missed { again: false, tell: false });
    }

    #[test]
    fn a_server_that_has_answered_is_asked_again_for_minutes_and_people_are_told_once() {
        let mut reach = Reach::default();
        assert_eq!(reach.answered(at(0)), None);
        assert_eq!(reach.missed(at(10), Duration::from_secs(1)), Missed { again: true, tell: false });
        assert_eq!(reach.missed(at(11), PAUSE), Missed { again: true, tell: true });
        assert_eq!(reach.missed(at(300), PAUSE), Missed { again: true, tell: false });
        assert_eq!(reach.missed(at(301), PAUSE), Missed { again: false, tell: false });
        assert_eq!(reach.answered(at(400)), Some(Duration::from_secs(390)));
        assert_eq!(reach.missed(at(500), PAUSE), Missed { again: true, tell: true });
    }

    #[test]
    fn backing_off_grows_and_ends_growing() {
        let waits: Vec<_> = (0..8).map(|turn| backoff(turn, 1.0).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(backoff(1, 0.0).as_millis(), 500);
    }
}
