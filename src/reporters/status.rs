//! `status:`, the commit statuses and check runs of any system.

use anyhow::Result;

use super::report::{Report, Who};
use super::reporter::{Expected, Reports, Scope, by_state};
use crate::forge::CommitStatus;
use crate::vocabulary::{Diagnostic, ForgeKind, refuse_own_context};
use crate::yaml::{Glob, written_as};

#[derive(Debug)]
pub struct Status(Glob);

written_as!(Status = String);

impl TryFrom<String> for Status {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        refuse_own_context(&text)?;
        Glob::try_from(text).map(Self)
    }
}

impl Reports for Status {
    fn expects(&self, _: &Scope) -> Result<Vec<Expected>> {
        Ok(vec![Expected::one(self.0.0.glob().to_owned())])
    }

    fn read(&self, status: &CommitStatus, _: ForgeKind) -> Report {
        Report { who: Who::default(), meaning: by_state(status) }
    }
}
