//! Pace: how long to wait between two observations.
//!
//! Soon after something changed, then more rarely; never quite regularly, so that runs that were
//! started together do not stay together. Forges count requests. So a wait has an allowance of
//! them, enough for hours of looking as often as anybody would, which grows slowly; a wait that
//! has used it up looks more rarely. On GitHub that is less than a thousand requests in eight hours.

use std::time::Duration;

use jiff::Timestamp;

use crate::outage;
use crate::vocabulary::ForgeKind;

/// The part of its allowance that a wait gets anew with every hour.
const PER_HOUR: f64 = 0.375;

/// An interval is shorter by up to this part of it.
const JITTER: f64 = 0.2;

/// How often to look: soon after something changed, then more rarely.
#[derive(Debug, Clone, Copy)]
pub struct Polling {
    pub first: Duration,
    pub longest: Duration,
    /// The requests that a wait may begin with.
    pub allowance: u32,
    /// A number from 0 up to 1, another one with each call.
    pub random: fn() -> f64,
}

impl Polling {
    /// A forge on this machine may be asked more often than one at the other end of a network.
    /// GitHub grants few requests, which all that a token is used for has to share.
    pub fn of(forge: ForgeKind) -> Self {
        let (first, longest) = match forge {
            ForgeKind::Local => (100, 1_000),
            _ => (5_000, 30_000),
        };
        let allowance = if forge == ForgeKind::GitHub { 240 } else { 2_400 };
        let time = Duration::from_millis;
        Self { first: time(first), longest: time(longest), allowance, random: outage::chance }
    }
}

/// The pace of one wait.
pub struct Pace {
    polling: Polling,
    interval: Duration,
    /// How long it has been waiting, and when that was last looked at. A clock that is set back
    /// takes nothing away from it.
    passed: Duration,
    looked_at: Timestamp,
    /// What had been asked when it began, and by the last look.
    before: u64,
    spent: u64,
}

impl Pace {
    /// `requests` is the number of those that the forge was asked until now.
    pub fn new(polling: Polling, now: Timestamp, requests: u64) -> Self {
        let interval = polling.first;
        Self { polling, interval, passed: Duration::ZERO, looked_at: now, before: requests, spent: 0 }
    }

    /// Something changed: more may follow soon.
    pub fn quicken(&mut self) {
        self.interval = self.polling.first;
    }

    /// The time until the next look, when the forge has been asked `requests` times until now.
    pub fn next(&mut self, now: Timestamp, requests: u64) -> Duration {
        let spent = requests.saturating_sub(self.before);
        let last_look = spent.saturating_sub(self.spent);
        self.spent = spent;
        let jitter = 1.0 - JITTER * (self.polling.random)().clamp(0.0, 1.0);
        let interval = self.interval.mul_f64(jitter);
        self.interval = (self.interval * 3 / 2).min(self.polling.longest);
        self.passed += Duration::try_from(now.duration_since(self.looked_at)).unwrap_or_default();
        self.looked_at = now;
        interval.max(self.saved_up(spent + last_look))
    }

    /// The time until `requests` in all are allowed.
    fn saved_up(&self, requests: u64) -> Duration {
        let allowance = f64::from(self.polling.allowance);
        let hours = (requests as f64 - allowance).max(0.0) / (allowance * PER_HOUR);
        Duration::from_secs_f64(hours * 3600.0).saturating_sub(self.passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::testing::at;

    const POLLING: Polling = Polling {
        first: Duration::from_secs(5),
        longest: Duration::from_secs(30),
        allowance: 240,
        random: || 0.0,
    };
    const DAY: i64 = 8 * 3600;

    /// The looks of eight hours that ask so many times each: when each was.
    fn looks(requests: u64) -> Vec<i64> {
        let mut pace = Pace::new(POLLING, at(0), 7);
        let mut times = vec![0];
        while times[times.len() - 1] < DAY {
            let asked = 7 + requests * times.len() as u64;
            let last = times[times.len() - 1];
            let time = pace.next(at(last), asked);
            times.push(last + i64::try_from(time.as_millis().div_ceil(1000)).unwrap());
        }
        times
    }

    #[test]
    fn looks_come_more_rarely_until_something_changes() {
        let mut pace = Pace::new(POLLING, at(0), 0);
        let mut next = || pace.next(at(0), 0).as_millis();
        assert_eq!(
            [next(), next(), next(), next(), next(), next(), next()],
            [5_000, 7_500, 11_250, 16_875, 25_312, 30_000, 30_000]
        );
        pace.quicken();
        assert_eq!(pace.next(at(0), 0), Duration::from_secs(5));
    }

    #[test]
    fn chance_makes_an_interval_shorter_never_longer() {
        let mut pace = Pace::new(Polling { random: || 0.5, ..POLLING }, at(0), 0);
        assert_eq!(pace.next(at(0), 0), Duration::from_millis(4_500));
    }

    #[test]
    fn eight_hours_take_less_than_a_thousand_requests() {
        for requests in [1, 2, 3, 7, 40] {
            let looks = looks(requests);
            let asked = looks.len() as u64 * requests;
            assert!(asked < 1_000, "{asked} requests in looks of {requests}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_wait_longer() {
        let mut pace = Pace::new(POLLING, at(0), 0);
        pace.next(at(DAY), 400);
        assert!(pace.next(at(0), 401) < Duration::from_secs(10));
    }

    #[test]
    fn ordinary_waits_are_not_slowed_down() {
        let slower = |requests, until| {
            let looks = looks(requests);
            looks.windows(2).filter(|pair| pair[1] <= until && pair[1] - pair[0] > 30).count()
        };
        assert_eq!(slower(1, 7 * 3600), 0, "a pull request, one request a look");
        assert_eq!(slower(4, 30 * 60), 0, "two candidates with statuses and check runs");
    }
}
