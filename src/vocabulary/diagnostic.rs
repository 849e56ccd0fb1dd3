//! Errors for people: what was being done, to what, where, and what to do next.
//!
//! Functions return `anyhow::Result`, and every layer adds what it was doing as context.
//! A [`Diagnostic`] somewhere in the chain adds a [`Place`], a hint and an [`Outcome`], as data, so
//! that the text and JSON reports print the same thing and the same fault ends every command with
//! the same exit code.

use std::fmt;

use super::{Outcome, Place};

/// An error with a place, a hint and an outcome.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Diagnostic {
    pub message: String,
    pub place: Option<Place>,
    /// What the person can do next, as one sentence without a period.
    pub hint: Option<String>,
    /// How a command ends that this stops.
    pub outcome: Outcome,
    /// Whether it may pass by itself, as a server that is away does: a wait outlasts it.
    pub passes: bool,
}

impl Diagnostic {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// An error in one line, with what to do about it.
    pub fn line(error: &anyhow::Error) -> String {
        let hint = error.chain().find_map(|cause| cause.downcast_ref::<Self>()?.hint.clone());
        match hint {
            Some(hint) => format!("{error:#}; {hint}"),
            None => format!("{error:#}"),
        }
    }

    /// Something that Towline could do, and does not: somebody else's work would be lost, or a rule
    /// says no.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused, ..Self::new(message) }
    }

    /// A command line that cannot be meant.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Usage, ..Self::new(message) }
    }

    /// How a command ends that this error stops: what the cause nearest to the root says, if it says
    /// more than that it is an error.
    pub fn outcome_of(error: &anyhow::Error) -> Outcome {
        let context = error.downcast_ref::<Self>();
        let causes = error.chain().filter_map(|cause| cause.downcast_ref::<Self>());
        let told = context.into_iter().chain(causes).map(|cause| cause.outcome);
        told.filter(|outcome| *outcome != Outcome::Error).last().unwrap_or_default()
    }

    /// Whether what is in the way may pass by itself. What was decided, here or by a server, does not.
    pub fn passes(error: &anyhow::Error) -> bool {
        let context = error.downcast_ref::<Self>();
        let causes = error.chain().filter_map(|cause| cause.downcast_ref::<Self>());
        let passes = context.into_iter().chain(causes).any(|cause| cause.passes);
        passes && Self::outcome_of(error) == Outcome::Error
    }

    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Diagnostic {}

/// The error for a field of the pipeline file that is understood but whose step is not there yet.
pub fn not_supported_yet(what: impl fmt::Display, place: Option<Place>) -> anyhow::Error {
    Diagnostic { place, ..Diagnostic::new(format!("not supported yet: {what}")) }.into()
}
