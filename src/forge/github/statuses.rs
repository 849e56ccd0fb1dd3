//! Commit statuses and check runs, read as one list.

use std::cmp::Reverse;
use std::collections::HashSet;

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::json;

use super::GitHub;
use super::api::{CheckRun, Status, state_name};
use crate::forge::text::shorten;
use crate::forge::{CommitStatus, NewStatus};
use crate::http::{Kind, Paging};

/// The longest description that a status may have, in characters.
const DESCRIPTION: usize = 140;

impl GitHub {
    pub(super) fn all_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        let request = self.client.get(&self.path(&format!("commits/{commit}/statuses")));
        let mut statuses: Vec<Status> = request
            .query("per_page", "100")
            .all(Paging::Link)
            .with_context(|| format!("cannot read the statuses of {commit}"))?;
        // One that comes while the pages are read moves the others to the next page.
        let mut seen = HashSet::new();
        statuses.retain(|status| seen.insert(status.id));
        let mut runs = self.check_runs(commit)?;
        runs.sort_by_key(|run| Reverse(run.id));
        runs.dedup_by_key(|run| run.id);
        let all = statuses.into_iter().map(CommitStatus::from);
        let mut all: Vec<CommitStatus> = all.chain(runs.into_iter().map(CommitStatus::from)).collect();
        // Stable: statuses of the same second stay in GitHub's order.
        all.sort_by_key(|status| Reverse(status.created_at));
        Ok(all)
    }

    pub(super) fn add_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let mut body = json!({
            "state": state_name(status.state),
            "context": status.context,
            "description": shorten(&status.description, DESCRIPTION),
        });
        if let Some(url) = &status.target_url {
            body["target_url"] = json!(url);
        }
        // The same status twice says what it says once.
        let request = self.client.post(&self.path(&format!("statuses/{commit}"))).body(body).repeatable();
        request.send().with_context(|| format!("cannot set the status {} of {commit}", status.context))?;
        Ok(())
    }

    fn check_runs(&self, commit: Oid) -> Result<Vec<CheckRun>> {
        let request = self.client.get(&self.path(&format!("commits/{commit}/check-runs")));
        match request.query("filter", "latest").query("per_page", "100").all(Paging::Link) {
            Ok(runs) => Ok(runs),
            // Fine-grained tokens of people cannot have the permission to read them.
            Err(fault) if fault.kind == Kind::Forbidden => {
                self.client.notify("the token may not read check runs; only commit statuses are seen");
                Ok(Vec::new())
            }
            Err(fault) => Err(fault).context("cannot read the check runs"),
        }
    }
}
