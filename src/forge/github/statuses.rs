//! Commit statuses and check runs, read as one list.

use std::cmp::Reverse;

use anyhow::{Context, Result};
use git2::Oid;

use super::accounts::bare;
use super::api::CheckRun;
use super::client::GitHub;
use crate::forge::github_style::{GithubStyle, Status, status_fields};
use crate::forge::protocol::{Api, Statuses, each_once};
use crate::forge::{CommitStatus, NewStatus};
use crate::http::Kind;
use crate::vocabulary::text::shorten;

/// The longest description that a status may have, in characters.
pub(super) const DESCRIPTION: usize = 140;

impl Statuses for GitHub {
    const HAS_CHECK_RUNS: bool = true;

    fn read_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        let mut runs = self.check_runs(commit)?;
        runs.sort_by_key(|run| Reverse(run.id));
        let runs = each_once(runs, |run| run.id).into_iter().map(CommitStatus::from);
        let mut all: Vec<CommitStatus> = self.read_plain_statuses(commit)?.into_iter().chain(runs).collect();
        // Stable: statuses of the same second stay in GitHub's order.
        all.sort_by_key(|status| Reverse(status.created_at));
        Ok(all)
    }

    fn read_plain_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        let request = self.client().get(&self.path(&format!("commits/{commit}/statuses")));
        let statuses: Vec<Status> = self.all(request)?;
        let statuses = each_once(statuses, |status| status.id).into_iter().map(CommitStatus::from);
        let bare =
            |status: CommitStatus| CommitStatus { creator: status.creator.as_deref().map(bare), ..status };
        Ok(statuses.map(bare).collect())
    }

    fn read_fingerprints(&self, commits: &[Oid]) -> Result<Option<Vec<String>>> {
        self.all_fingerprints(commits)
    }

    fn write_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let fields = status_fields(status, &shorten(&status.description, DESCRIPTION));
        self.client().post(&self.path(&format!("statuses/{commit}"))).body(fields).repeatable().send()?;
        Ok(())
    }
}

impl GitHub {
    fn check_runs(&self, commit: Oid) -> Result<Vec<CheckRun>> {
        let request = self.client().get(&self.path(&format!("commits/{commit}/check-runs")));
        match self.all(request.query("filter", "latest")) {
            Ok(runs) => Ok(runs),
            // Fine-grained tokens of people cannot have the permission to read them.
            Err(fault) if fault.kind == Kind::Forbidden => {
                self.client().notify("the token may not read check runs; only commit statuses are read");
                Ok(Vec::new())
            }
            Err(fault) => Err(fault).context("cannot read the check runs"),
        }
    }
}
