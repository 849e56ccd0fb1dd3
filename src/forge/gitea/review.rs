//! Labels and reviewers of a pull request.

use anyhow::{Context, Result};
use serde_json::json;

use super::client::Gitea;
use crate::forge::NewPullRequest;
use crate::forge::github_style::{self, GithubStyle, Label, WirePull};
use crate::forge::protocol::Api;
use crate::http::{Kind, segment};

impl Gitea {
    pub(super) fn add_missing(&self, pull: &WirePull, new: &NewPullRequest) -> Result<()> {
        let missing: Vec<&String> = new.labels.iter().filter(|label| !pull.has_label(label)).collect();
        let ids = if missing.is_empty() { Vec::new() } else { self.label_ids(&missing)? };
        if !ids.is_empty() {
            github_style::add_labels(self, pull.number, json!(ids))?;
        }
        github_style::request_reviews(self, pull, &new.reviewers)
    }

    /// One that neither the repository nor the organization has is left out, with a warning: names
    /// need not be unique, so of two runs that create it both would.
    fn label_ids(&self, names: &[&String]) -> Result<Vec<i64>> {
        let mut known = self.labels(&self.path("labels"))?;
        let has = |known: &[Label], name: &str| {
            known.iter().find(|label| label.name.eq_ignore_ascii_case(name)).map(|label| label.id)
        };
        if names.iter().any(|name| has(&known, name).is_none()) {
            known.extend(self.labels(&format!("orgs/{}/labels", segment(&self.owner)))?);
        }
        let mut ids = Vec::new();
        for name in names {
            match has(&known, name) {
                Some(id) => ids.push(id),
                None => self.client().notify(&format!("the repository has no label `{name}`; it is skipped")),
            }
        }
        Ok(ids)
    }

    /// A user has none, so not to be there is to have none; nor has who may not see them.
    fn labels(&self, path: &str) -> Result<Vec<Label>> {
        match self.all(self.client().get(path)) {
            Err(fault) if matches!(fault.kind, Kind::NotFound | Kind::Forbidden) => Ok(Vec::new()),
            labels => labels.context("cannot read the labels"),
        }
    }
}
