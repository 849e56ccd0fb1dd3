//! The variables of a target, and where each was written.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::data::{Data, Entries};
use crate::vocabulary::Place;

/// The variables of one target, merged: maps key by key, anything else replaced.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variables {
    /// A map of all of them, in the order in which the names were first seen.
    pub values: Entries,
    /// Every leaf, in the order of `values`.
    pub leaves: Vec<Leaf>,
}

/// A value that is not a map (or is an empty one), and its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Dotted: `db.host`.
    pub name: String,
    pub value: Data,
    pub origin: Origin,
    /// What it overrode, the latest first; a secret is [`HIDDEN`](crate::secrets::HIDDEN) here.
    pub overrode: Vec<(Data, Origin)>,
    /// Must not reach a committed file, a log, an error, or `--explain`.
    pub secret: bool,
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file, `values:` in the pipeline file, or `--vars`.
    Place(Place),
    /// A variable of the process environment, by its full name.
    Process(String),
    /// `--set`
    CommandLine,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Place(place) => write!(f, "{place}"),
            Origin::Process(name) => write!(f, "${name}"),
            Origin::CommandLine => f.write_str("--set"),
        }
    }
}

impl Variables {
    /// The leaves that must not be seen.
    pub fn secrets(&self) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(|leaf| leaf.secret)
    }
}

/// What the command line and the process hand in, beside the pipeline file's sources.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// `--set NAME=VALUE`, as typed, in order. They win over everything.
    pub set: Vec<String>,
    /// `--vars FILE`, in order. They win over the pipeline file's sources.
    pub files: Vec<PathBuf>,
    /// The process environment, for `process:` sources.
    pub process: Vec<(String, String)>,
    /// Files and folders that git ignores, relative to the pipeline file's folder. They are no part
    /// of what a release is known by.
    pub ignored: BTreeSet<PathBuf>,
}
