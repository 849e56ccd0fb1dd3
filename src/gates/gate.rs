//! What all gates have in common: how one is declared, and what it is asked.

use std::fmt::{self, Debug};
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::{Decision, Entry, Evidence};
use crate::vocabulary::{Diagnostic, Place, nearest};
use crate::yaml::{self, At, Wrong, written_as};

/// How a gate is decided.
pub trait Decide: Debug + Send + Sync {
    /// Whether the release may enter. An error means that it cannot be known.
    fn decide(&self, asked: &Asked) -> Result<Decision>;

    /// Refuses what the gate says about other parts of the file.
    fn check(&self, _about: &About) -> Result<()> {
        Ok(())
    }

    /// Whether `towline approve` opens it.
    fn is_manual(&self) -> bool {
        false
    }

    /// When it is asked first.
    fn moment(&self) -> Moment {
        Moment::Propose
    }
}

/// When a gate is asked. What is asked before a proposal is asked once more before the merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// Before the release is proposed.
    Propose,
    /// Before Towline merges the pull request.
    Merge,
}

/// The rest of the file.
#[derive(Debug, Clone, Copy)]
pub struct Rest<'a> {
    /// The names of all environments.
    pub environments: &'a [String],
    /// Those that the gate's environment needs.
    pub needs: &'a [String],
    /// The gate's own, and those that need it, themselves or by others.
    pub behind: &'a [String],
}

/// The rest of the file, for [`Decide::check`].
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub rest: Rest<'a>,
    /// Where the gate stands.
    pub place: &'a Place,
}

/// What a gate is asked.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub application: &'a str,
    pub environment: &'a str,
    /// The version that wants to enter.
    pub release: &'a str,
    /// The source commit of that release, where it has one.
    pub commit: Option<&'a str>,
    /// The name of the gate.
    pub gate: &'a str,
    pub now: Timestamp,
    pub evidence: &'a dyn Evidence,
}

impl Debug for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} in {} at {}", self.application, self.release, self.environment, self.now)
    }
}

/// An entry of `gates:`.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Its `name`, else its key: `soak`, `window`, …
    pub name: String,
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
        let name = entry.name.clone().map(String::from);
        let (key, decide) = yaml::only(entry.chosen(), Entry::KEYS, &wrong)?;
        Ok(Self { name: name.unwrap_or(key), place, decide })
    }
}

impl Gate {
    pub fn new(name: &str, place: Place, decide: Arc<dyn Decide>) -> Self {
        Self { name: name.to_owned(), place, decide }
    }

    pub fn decide(&self, asked: &Asked) -> Result<Decision> {
        self.decide.decide(&Asked { gate: &self.name, ..*asked })
    }

    /// Refuses what it says about other parts of the file.
    pub fn check(&self, rest: &Rest) -> Result<()> {
        self.decide.check(&About { rest: *rest, place: &self.place })
    }

    pub fn is_manual(&self) -> bool {
        self.decide.is_manual()
    }

    pub fn moment(&self) -> Moment {
        self.decide.moment()
    }
}

impl About<'_> {
    /// Refuses the name of an environment that there is none of, or of one that a release enters later.
    pub fn check_before(&self, environment: &At<String>) -> Result<()> {
        let Rest { environments, behind, .. } = self.rest;
        if !environments.contains(environment) {
            let message = format!("there is no environment `{}`", environment.escape_debug());
            let mut error = environment.error(message);
            let near = nearest(environment, environments.iter().map(String::as_str));
            error.hint = near.map(|near| format!("did you mean `{near}`?"));
            return Err(error.into());
        }
        match behind.contains(environment) {
            true => Err(environment
                .error(format!(
                    "environment `{}` does not come before this one, so the gate would never open",
                    environment.value
                ))
                .hint("name an environment that does")
                .into()),
            false => Ok(()),
        }
    }
}
