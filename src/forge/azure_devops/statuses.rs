//! Commit statuses: their order, and how a context is cut into genre and name.

use std::collections::HashSet;

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::json;

use super::AzureDevOps;
use super::api::{Status, genre_and_name, state_name};
use crate::forge::{CommitStatus, NewStatus};
use crate::http::Paging;

impl AzureDevOps {
    pub(super) fn statuses_of(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        let request = self.get(&format!("commits/{commit}/statuses")).query("latestOnly", "false");
        let mut statuses: Vec<Status> = request
            .query("top", "1000")
            .all(Paging::Skip("skip"))
            .with_context(|| format!("cannot read the statuses of {commit}"))?;
        // One that comes while the pages are read moves the others to the next page.
        let mut seen = HashSet::new();
        statuses.retain(|status| seen.insert(status.id));
        statuses.sort_by_key(|status| std::cmp::Reverse((status.creation_date, status.id)));
        Ok(statuses.into_iter().map(CommitStatus::from).collect())
    }

    pub(super) fn add_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
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
        // The same status twice says what it says once.
        let request = self.post(&format!("commits/{commit}/statuses")).body(fields).repeatable();
        request.send().with_context(|| format!("cannot set the status {} of {commit}", status.context))?;
        Ok(())
    }
}
