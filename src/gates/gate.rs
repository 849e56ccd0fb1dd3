//! What all gates have in common: how one is declared, asked and answers.

use std::fmt::Debug;
use std::sync::Arc;

use anyhow::{Result, bail};
use jiff::Timestamp;

use super::Entry;
use crate::vocabulary::{Diagnostic, Place, not_supported_yet};
use crate::yaml::{self, At, Later, Wrong, written_as};

/// How a gate is decided.
pub trait Decide: Debug + Send + Sync {
    /// Whether the release may enter. An error means that it cannot be known.
    fn decide(&self, asked: &Asked) -> Result<Decision>;

    /// Refuses what the gate says about other parts of the file; `environments` are the names of all.
    fn check(&self, _environments: &[String]) -> Result<()> {
        Ok(())
    }

    /// Whether it can be decided yet. A promotion does not begin before a gate that cannot.
    fn is_supported(&self) -> bool {
        true
    }
}

/// What a gate is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub application: &'a str,
    pub environment: &'a str,
    /// The version that wants to enter.
    pub release: &'a str,
    pub now: Timestamp,
}

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Open,
    /// Asking again changes nothing. One sentence for people says why, without a period.
    Closed(String),
    /// Closed until then at least, and why.
    LookAgain(Timestamp, String),
}

/// An entry of `gates:`.
#[derive(Debug, Clone)]
pub struct Gate {
    /// `soak`, `window`, …
    pub key: String,
    pub place: Place,
    decide: Arc<dyn Decide>,
}

written_as!(Gate = At<Entry>);

impl TryFrom<At<Entry>> for Gate {
    type Error = Diagnostic;

    fn try_from(At { value: entry, place }: At<Entry>) -> Result<Self, Diagnostic> {
        let wrong = Wrong {
            none: "an entry of `gates` without a gate",
            several: "an entry of `gates` has more than one gate",
            hint: "start each with its own `-`",
        };
        let (key, decide) = yaml::only(entry.chosen(), Entry::KEYS, &wrong)?;
        Ok(Self { key, place, decide })
    }
}

impl Gate {
    pub fn new(key: &str, place: Place, decide: Arc<dyn Decide>) -> Self {
        Self { key: key.to_owned(), place, decide }
    }

    pub fn decide(&self, asked: &Asked) -> Result<Decision> {
        match self.is_supported() {
            true => self.decide.decide(asked),
            false => Err(not_supported_yet(format!("the gate `{}`", self.key), Some(self.place.clone()))),
        }
    }

    pub fn check(&self, environments: &[String]) -> Result<()> {
        self.decide.check(environments)
    }

    pub fn is_supported(&self) -> bool {
        self.decide.is_supported()
    }
}

impl<T: Debug + Send + Sync> Decide for Later<T> {
    fn decide(&self, _: &Asked) -> Result<Decision> {
        bail!("not supported yet: this gate")
    }

    fn is_supported(&self) -> bool {
        false
    }
}
