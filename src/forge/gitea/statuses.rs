//! Commit statuses.

use std::cmp::Reverse;

use anyhow::Result;
use git2::Oid;

use super::client::Gitea;
use crate::forge::github_style::{GithubStyle, Status, status_fields};
use crate::forge::protocol::{Api, Deployments, Statuses, each_once};
use crate::forge::{CommitStatus, NewStatus};
use crate::http;

impl Statuses for Gitea {
    fn read_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        Ok(self.reported(commit)?.into_iter().map(CommitStatus::from).collect())
    }

    fn write_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let fields = status_fields(status, &status.description);
        self.client().post(&self.path(&format!("statuses/{commit}"))).body(fields).repeatable().send()?;
        Ok(())
    }
}

impl Gitea {
    /// The newest first. Times are whole seconds; ids tell more.
    pub(super) fn reported(&self, commit: Oid) -> http::Result<Vec<Status>> {
        let request = self.client().get(&self.path(&format!("commits/{commit}/statuses")));
        let mut statuses = each_once(self.all(request)?, |status: &Status| status.id);
        statuses.sort_by_key(|status| Reverse(status.id));
        Ok(statuses)
    }
}

impl Deployments for Gitea {}
