//! Commit statuses: their order, and how a context is cut into genre and name.

use std::cmp::Reverse;

use anyhow::Result;
use git2::Oid;
use serde_json::json;

use super::api::{Status, genre_and_name, state_name};
use super::client::AzureDevOps;
use crate::forge::protocol::{Deployments, Statuses, each_once};
use crate::forge::{CommitStatus, NewStatus};
use crate::http::Paging;

impl Statuses for AzureDevOps {
    fn read_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        let request = self.get(&format!("commits/{commit}/statuses")).query("latestOnly", "false");
        let all = request.query("top", "1000").all(Paging::Skip("skip"))?;
        let mut statuses = each_once(all, |status: &Status| status.id);
        statuses.sort_by_key(|status| Reverse((status.creation_date, status.id)));
        Ok(statuses.into_iter().map(CommitStatus::from).collect())
    }

    fn write_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let (genre, name) = genre_and_name(&status.context);
        let mut context = json!({"name": name});
        if let Some(genre) = genre {
            context["genre"] = json!(genre);
        }
        let mut fields = json!({
            "state": state_name(status.state),
            "description": status.description,
            "context": context,
        });
        if let Some(url) = &status.target_url {
            fields["targetUrl"] = json!(url);
        }
        self.post(&format!("commits/{commit}/statuses")).body(fields).repeatable().send()?;
        Ok(())
    }
}

impl Deployments for AzureDevOps {}
