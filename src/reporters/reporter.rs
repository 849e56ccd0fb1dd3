//! What all reporters have in common: how one is declared, and how its statuses are read.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use git2::Oid;

use super::contexts::Contexts;
use super::report::{Meaning, Report};
use crate::forge::{Access, CommitStatus};
use crate::vocabulary::{Diagnostic, ForgeKind};
use crate::yaml::{Period, written_as};

/// A way in which the outcome of a rollout reaches a forge.
pub trait Reports: Debug + Send + Sync {
    /// What it is expected to write.
    fn expects(&self, scope: &Scope) -> Result<Vec<Expected>>;

    /// What a status means whose context is one of those that [`Reports::expects`] tells.
    fn read(&self, status: &CommitStatus, forge: ForgeKind) -> Report;

    /// Whether its contexts name what they are about. Where they do not, another application's
    /// report looks the same.
    fn names_resource(&self) -> bool {
        true
    }

    /// Whether it is asked, and writes nothing to the forge.
    fn asks(&self) -> bool {
        false
    }

    /// What it says now, each status with the commit that it is about.
    fn ask(&self, _: &Asking) -> Result<Vec<(Oid, CommitStatus)>> {
        Ok(Vec::new())
    }

    /// What its silence may mean besides what all have in common, and how to find out.
    fn silence(&self) -> Option<&'static str> {
        None
    }

    /// The kinds of custom resources for which it was given expressions, if it judges the health of the others by
    /// the conventions of kstatus alone.
    fn health_check_exprs(&self) -> Option<&[String]> {
        None
    }

    /// What it may mean that it is undecided for minutes, and where to look.
    fn lingering(&self) -> Option<&'static str> {
        None
    }

    /// Why one context may say now this and now that.
    fn shared_context(&self) -> Option<&'static str> {
        None
    }
}

/// Where a reporter writes, and about what.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub forge: ForgeKind,
    pub branch: &'a str,
    /// The names of the environment's targets.
    pub targets: &'a [&'a str],
}

/// What a reporter is asked about.
pub struct Asking<'a> {
    pub access: &'a Access,
    /// Where the GitOps repository is.
    pub repository: &'a str,
    pub branch: &'a str,
}

/// Statuses that are expected.
#[derive(Debug)]
pub struct Expected {
    /// Globs, the first of which people are shown.
    pub patterns: Vec<String>,
    /// At least this many different contexts must match.
    pub count: usize,
    /// The target of the environment that they are about, where the file says so.
    pub target: Option<String>,
}

impl Expected {
    pub fn one(pattern: String) -> Self {
        Self { patterns: vec![pattern], count: 1, target: None }
    }
}

/// Statuses that are expected of one reporter.
#[derive(Debug, Clone)]
pub struct Reporter {
    pub contexts: Contexts,
    /// At least this many different contexts; at least 1.
    pub count: usize,
    pub target: Option<String>,
    /// How often the reporter looks at the repository, where that is known.
    pub repeat: Option<Duration>,
    forge: ForgeKind,
    operator: Arc<dyn Reports>,
}

impl Reporter {
    pub(super) fn new(
        expected: Expected,
        (repeat, forge): (Option<Duration>, ForgeKind),
        operator: Arc<dyn Reports>,
    ) -> Result<Self, Diagnostic> {
        let Expected { patterns, count, target } = expected;
        Ok(Self { contexts: Contexts::new(patterns)?, count, target, repeat, forge, operator })
    }

    /// What a status says, if it is a report of this reporter.
    pub fn read(&self, status: &CommitStatus) -> Option<Report> {
        self.contexts.matches(&status.context).then(|| self.operator.read(status, self.forge))
    }

    pub fn names_resource(&self) -> bool {
        self.operator.names_resource()
    }

    pub fn asks(&self) -> bool {
        self.operator.asks()
    }

    /// Whether both stand in one entry of the file.
    pub fn is_of_entry(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.operator, &other.operator)
    }

    pub fn ask(&self, asking: &Asking) -> Result<Vec<(Oid, CommitStatus)>> {
        self.operator.ask(asking)
    }

    pub fn silence(&self) -> Option<&'static str> {
        self.operator.silence()
    }

    pub fn lingering(&self) -> Option<&'static str> {
        self.operator.lingering()
    }

    pub fn shared_context(&self) -> Option<&'static str> {
        self.operator.shared_context()
    }

    pub fn health_check_exprs(&self) -> Option<&[String]> {
        self.operator.health_check_exprs()
    }
}

/// How many contexts must match.
#[derive(Debug, Clone, Copy)]
pub struct Count(pub(super) usize);

written_as!(Count = usize, Interval = String);

impl TryFrom<usize> for Count {
    type Error = Diagnostic;

    fn try_from(count: usize) -> Result<Self, Diagnostic> {
        match count {
            0 => Err(Diagnostic::new("at least 1 must report")
                .hint("write `reporters: none` when nothing reports")),
            _ => Ok(Self(count)),
        }
    }
}

/// A reporter has two turns to appear, for which the rollout has to leave it the time.
#[derive(Debug, Clone)]
pub struct Interval {
    pub(super) text: String,
    pub(super) period: Duration,
}

impl TryFrom<String> for Interval {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let Period(period) = Period::try_from(text.clone())?;
        Ok(Self { text, period })
    }
}

/// What a status means if nothing but its state is known.
pub fn by_state(status: &CommitStatus) -> Meaning {
    use crate::forge::StatusState::{Error, Failure, Pending, Success};
    match status.state {
        Pending => Meaning::Progressing,
        Success => Meaning::Healthy,
        Failure | Error => Meaning::Failed,
    }
}
