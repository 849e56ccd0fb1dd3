//! The clock, as a parameter, so that tests control the time.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// Times that other people's clocks made are not earlier or later. There is room to add to them and to subtract.
const EARLIEST: Timestamp = Timestamp::constant(-62_135_596_800, 0);
const LATEST: Timestamp = Timestamp::constant(221_845_392_000, 0);

/// The time of somebody's clock, in seconds since 1970: the nearest that can be told.
pub fn told(seconds: i64) -> Timestamp {
    let nearest = seconds.clamp(EARLIEST.as_second(), LATEST.as_second());
    Timestamp::from_second(nearest).expect("it is between two times")
}

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
    fn sleep(&self, time: Duration);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    /// A clock that is far off is at the nearest time that can be told.
    fn now(&self) -> Timestamp {
        Timestamp::try_from(SystemTime::now()).unwrap_or(LATEST).min(LATEST)
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// A clock that stands still until it is told to move; sleeping moves it.
#[derive(Debug)]
pub struct ManualClock(std::sync::Mutex<Timestamp>);

impl ManualClock {
    pub fn new(start: Timestamp) -> Self {
        Self(std::sync::Mutex::new(start))
    }

    /// For a test that begins anew.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().expect("no thread panics while it holds the clock") = now;
    }

    pub fn advance(&self, time: Duration) {
        let mut now = self.0.lock().expect("no thread panics while it holds the clock");
        *now = now.checked_add(time).expect("a time that a test would choose");
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no thread panics while it holds the clock")
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}
