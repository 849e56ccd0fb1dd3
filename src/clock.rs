//! The clock, as a parameter, so that tests control the time.

use std::time::Duration;

use jiff::Timestamp;

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
    fn sleep(&self, time: Duration);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
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
