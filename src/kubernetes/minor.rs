//! Minors of Kubernetes, and which of them have a kind or a field.

use std::fmt;

/// A minor of Kubernetes 1: `1.34`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minor(u16);

impl Minor {
    /// As the data have it: `34`.
    pub(super) fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// As people write it: `1.34`.
    pub fn of_version(text: &str) -> Option<Self> {
        Self::read(text.strip_prefix("1.")?)
    }

    /// Whether it is in a range of the data: ``, `=36..`, `=..32`.
    pub(super) fn is_in(self, range: &str) -> bool {
        let (first, last) = range.trim_start_matches('=').split_once("..").unwrap_or_default();
        Self::read(first).is_none_or(|first| first <= self)
            && Self::read(last).is_none_or(|last| self <= last)
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

/// Whether a minor has a kind or a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The minor is older than the first that has it.
    NotYet(Minor),
    There,
    /// The minor is newer than the last that had it.
    Gone,
}

impl Stage {
    /// As notes of the data say it: `since=30 until=33`.
    pub(super) fn of(notes: &str, minor: Minor) -> Self {
        let note = |name: &str| notes.split(' ').find_map(|note| Minor::read(note.strip_prefix(name)?));
        match (note("since="), note("until=")) {
            (Some(since), _) if minor < since => Self::NotYet(since),
            (_, Some(until)) if until < minor => Self::Gone,
            _ => Self::There,
        }
    }
}
