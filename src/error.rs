//! Errors for people: what was being done, to what, where, and what to do next.
//!
//! Functions return `anyhow::Result`, and every layer adds what it was doing as context.
//! A [`Diagnostic`] somewhere in the chain adds a [`Place`] and a hint, as data, so that the
//! text and JSON reports print the same thing. How a *finished* command ended is not an error
//! but an [`Outcome`].

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// A position in a file. Lines and columns count from 1; 0 means "not known".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Place {
    pub file: PathBuf,
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub fn new(file: impl Into<PathBuf>, line: usize, column: usize) -> Self {
        Self { file: file.into(), line, column }
    }

    pub fn file(file: impl AsRef<Path>) -> Self {
        Self::new(file.as_ref(), 0, 0)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        match (self.line, self.column) {
            (0, _) => Ok(()),
            (line, 0) => write!(f, ":{line}"),
            (line, column) => write!(f, ":{line}:{column}"),
        }
    }
}

/// An error with a place and a hint.
#[derive(Debug, Clone, Default)]
pub struct Diagnostic {
    pub message: String,
    pub place: Option<Place>,
    /// What the person can do next, as one sentence without a period.
    pub hint: Option<String>,
}

impl Diagnostic {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
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
    Diagnostic { message: format!("not supported yet: {what}"), place, hint: None }.into()
}

/// How a command ended. The exit code and the `outcome` of `--output json` come from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The command did what was asked.
    Done,
    /// There was nothing to do.
    Unchanged,
    /// The command could not do its work.
    Error,
    /// The command line was wrong.
    Usage,
    /// A gate, a freeze or a hold said no.
    Refused,
    /// The proposal was closed without a merge.
    Closed,
    /// The deployment or its checks failed.
    Failed,
    /// A deadline passed.
    TimedOut,
    /// A newer release took over.
    Superseded,
    /// `--once` only: nothing to say yet.
    Unfinished,
    /// Somebody stopped it.
    Interrupted,
}

impl Outcome {
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Done | Outcome::Unchanged => 0,
            Outcome::Error => 1,
            Outcome::Usage => 2,
            Outcome::Refused => 3,
            Outcome::Closed => 4,
            Outcome::Failed => 5,
            Outcome::TimedOut => 6,
            Outcome::Superseded => 7,
            Outcome::Unfinished => 75,
            Outcome::Interrupted => 130,
        }
    }

    pub fn is_success(self) -> bool {
        self.exit_code() == 0
    }

    /// Whether it ended badly. What is not finished yet has not.
    pub fn is_failure(self) -> bool {
        !self.is_success() && self != Outcome::Unfinished
    }
}

/// The name in `known` that is nearest to `typed`, when one is near enough to be meant.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count().max(typed.chars().count()) / 4)
        .min()
        .map(|(_, name)| name)
}
