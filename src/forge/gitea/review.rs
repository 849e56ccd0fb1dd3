//! Labels and reviewers: what a pull request is given beside its text.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Gitea;
use super::api::{Label, Pull};
use super::look::PAGE;
use crate::http::{Fault, Kind, Paging, segment};

impl Gitea {
    /// Labels are added by id. One that neither the repository nor the organization has is left
    /// out, with a warning: names need not be unique, so of two runs that create it both would.
    pub(super) fn add_labels(&self, pull: &Pull, labels: &[String]) -> Result<()> {
        let missing: Vec<&String> = labels.iter().filter(|label| !pull.has_label(label)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let ids = self.label_ids(&missing)?;
        if ids.is_empty() {
            return Ok(());
        }
        let path = self.path(&format!("issues/{}/labels", pull.number));
        let request = self.client.post(&path).body(json!({"labels": ids})).repeatable();
        request
            .send()
            .with_context(|| format!("{} is open, but cannot be labelled", self.name(pull.number)))?;
        Ok(())
    }

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
                None => self.client.notify(&format!("the repository has no label `{name}`; it is left out")),
            }
        }
        Ok(ids)
    }

    /// A user has none, so not to be there is to have none; nor has who may not see them.
    fn labels(&self, path: &str) -> Result<Vec<Label>> {
        match self.client.get(path).query("limit", PAGE).all(Paging::PageNumber) {
            Err(fault) if matches!(fault.kind, Kind::NotFound | Kind::Forbidden) => Ok(Vec::new()),
            labels => labels.context("cannot read the labels"),
        }
    }

    /// Asks those who neither are asked nor have answered. Nothing in a name tells a user from a
    /// team, except a slash (`acme/platform`): the others are users, or else teams.
    pub(super) fn request_reviews(&self, pull: &Pull, reviewers: &[String]) -> Result<()> {
        let mut missing: Vec<&String> = reviewers.iter().filter(|name| !pull.awaits(team(name))).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let reviews = self
            .reviews(pull.number)
            .with_context(|| format!("cannot read the reviews of {}", self.name(pull.number)))?;
        missing.retain(|name| {
            let mut authors = reviews.iter().filter_map(|review| review.user.as_ref());
            !authors.any(|user| user.login.eq_ignore_ascii_case(name))
        });
        for name in missing {
            self.ask(pull, name).with_context(|| {
                format!("{} is open, but `{name}` cannot be asked for a review", self.name(pull.number))
            })?;
        }
        Ok(())
    }

    fn ask(&self, pull: &Pull, name: &str) -> std::result::Result<(), Fault> {
        let of_team = || json!({"team_reviewers": [team(name)]});
        if name.contains('/') {
            return self.request_review(pull, of_team());
        }
        match self.request_review(pull, json!({"reviewers": [name]})) {
            Err(fault) if matches!(fault.kind, Kind::Refused | Kind::NotFound) => {
                self.request_review(pull, of_team()).map_err(|_| fault)
            }
            asked => asked,
        }
    }

    fn request_review(&self, pull: &Pull, who: Value) -> std::result::Result<(), Fault> {
        let path = format!("{}/requested_reviewers", self.pull_path(pull.number));
        self.client.post(&path).body(who).repeatable().send().map(drop)
    }
}

/// The team's own name, without its organization's.
fn team(reviewer: &str) -> &str {
    reviewer.rsplit('/').next().unwrap_or_default()
}
