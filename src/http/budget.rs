//! Counts the requests of a client, for `-v`. Forges limit requests, and a wait may last eight
//! hours.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
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

impl Budget {
    /// Both together. What is left is what the tighter limit leaves.
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.unchanged += other.unchanged;
        self.repeats += other.repeats;
        self.waited += other.waited;
        let tighter = match (self.remaining, other.remaining) {
            (Some(own), Some(others)) => others < own,
            (own, others) => own.is_none() && others.is_some(),
        };
        if tighter {
            (self.remaining, self.resets_at) = (other.remaining, other.resets_at);
        }
    }
}

/// What several clients have asked: each adds its budget when it is dropped. Copies share it.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Mutex<Vec<Budget>>>);

impl Tally {
    pub(super) fn add(&self, budget: Budget) {
        if budget.requests == 0 {
            return;
        }
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match budgets.iter_mut().find(|known| known.server == budget.server) {
            Some(known) => known.add(&budget),
            None => budgets.push(budget),
        }
    }

    /// One budget a kind of server, for those that were asked at all.
    pub fn budgets(&self) -> Vec<Budget> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = if self.requests == 1 { "request" } else { "requests" };
        write!(f, "{}: {} {requests}", self.server, self.requests)?;
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

    #[test]
    fn clients_of_one_server_are_added_up() {
        let tally = Tally::default();
        let asked =
            |requests, remaining| Budget { server: "Gitea", requests, remaining, ..Budget::default() };
        for budget in [asked(0, Some(1)), asked(1, None), asked(3, Some(9)), asked(2, Some(7))] {
            tally.clone().add(budget);
        }
        let lines: Vec<_> = tally.budgets().iter().map(Budget::to_string).collect();
        assert_eq!(lines, ["Gitea: 6 requests; 7 left"]);
    }
}
