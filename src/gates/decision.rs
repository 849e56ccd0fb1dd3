//! What a gate says, and how people read it.

use jiff::{Timestamp, ToSpan};

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Until this time, where it is known that it closes then.
    Open(Option<Timestamp>),
    Closed(Closed),
}

/// A gate that keeps a release out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Why: a clause for people, without a period.
    pub why: String,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    pub opens: Opens,
    /// When it closes again after it has opened, where that is known.
    pub closes_again: Option<Timestamp>,
}

/// When a closed gate opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    At(Timestamp),
    /// It may open by itself, which is worth looking at then.
    LookAgain(Timestamp),
    /// Asking again changes nothing.
    Never,
}

impl Decision {
    pub fn closed(why: impl Into<String>, opens: Opens) -> Self {
        Self::Closed(Closed { why: why.into(), since: None, opens, closes_again: None })
    }

    /// Closed, and nothing changes by itself.
    pub fn closed_for_good(why: impl Into<String>) -> Self {
        Self::closed(why, Opens::Never)
    }

    /// Closed; what it waits for may be there in a minute.
    pub fn closed_for_now(why: impl Into<String>, now: Timestamp) -> Self {
        Self::closed(why, Opens::LookAgain(now.saturating_add(1.minute()).unwrap_or(Timestamp::MAX)))
    }
}

impl Opens {
    /// When it opens, where that is known.
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::LookAgain(_) | Self::Never => None,
        }
    }

    /// When it is worth asking again, if it is.
    pub fn ask_again_at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) | Self::LookAgain(at) => Some(at),
            Self::Never => None,
        }
    }
}

impl Closed {
    /// `closed since T: WHY; it opens at T`
    pub fn describe(&self) -> String {
        let since = self.since.map_or_else(String::new, |since| format!(" since {since}"));
        let opens = self.opens.at().map_or_else(String::new, |at| format!("; it opens at {at}"));
        let again = self.closes_again.map_or_else(String::new, |at| format!(" and closes again at {at}"));
        format!("closed{since}: {}{opens}{again}", self.why)
    }
}
