//! What a client has asked of its server, printed with `-v`: forges count requests, and so must
//! whoever waits for eight hours.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Budget {
    pub server: &'static str,
    /// All that were sent, repeats included.
    pub requests: u64,
    /// Those that the server answered with 304, which most do not count.
    pub unchanged: u64,
    pub repeats: u64,
    /// The time spent waiting, for limits and before repeats.
    pub waited: Duration,
    /// What the server says is left, and until when.
    pub remaining: Option<u64>,
    pub resets_at: Option<Timestamp>,
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} requests", self.server, self.requests)?;
        if self.unchanged > 0 {
            write!(f, ", {} of them unchanged (304)", self.unchanged)?;
        }
        if self.repeats > 0 {
            write!(f, ", {} repeated", self.repeats)?;
        }
        if !self.waited.is_zero() {
            write!(f, ", {} s waited", self.waited.as_secs())?;
        }
        match (self.remaining, self.resets_at) {
            (Some(left), Some(at)) => write!(f, "; {left} left until {at:.0}"),
            (Some(left), None) => write!(f, "; {left} left"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_one_line() {
        let budget = Budget {
            server: "GitHub",
            requests: 42,
            unchanged: 30,
            remaining: Some(4958),
            resets_at: Some("2026-03-01T14:00:00Z".parse().unwrap()),
            ..Budget::default()
        };
        insta::assert_snapshot!(budget, @"GitHub: 42 requests, 30 of them unchanged (304); 4958 left until 2026-03-01T14:00:00Z");
    }
}
