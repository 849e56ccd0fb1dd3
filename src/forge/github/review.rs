//! Labels and reviewers: what a pull request is given beside its text.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::GitHub;
use super::api::{Pull, Review};
use crate::http::{Fault, Kind, Paging};

impl GitHub {
    pub(super) fn add_labels(&self, pull: &Pull, labels: &[String]) -> Result<()> {
        let missing: Vec<&String> = labels.iter().filter(|label| !pull.has_label(label)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let path = self.path(&format!("issues/{}/labels", pull.number));
        let request = self.client.post(&path).body(json!({"labels": missing})).repeatable();
        request
            .send()
            .with_context(|| format!("{} is open, but cannot be labelled", self.name(pull.number)))?;
        Ok(())
    }

    /// Asks those who neither are asked nor have answered. Nothing in a name tells a user from a
    /// team, except a slash (`acme/platform`): the others are users, or else teams.
    pub(super) fn request_reviews(&self, pull: &Pull, reviewers: &[String]) -> Result<()> {
        let slug = |reviewer: &str| reviewer.rsplit('/').next().unwrap_or_default().to_owned();
        let mut missing: Vec<&String> = reviewers.iter().filter(|name| !pull.awaits(&slug(name))).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let reviews: Vec<Review> = {
            let path = format!("{}/reviews", self.pull_path(pull.number));
            self.client.get(&path).query("per_page", "100").all(Paging::Link)?
        };
        missing.retain(|name| {
            let authors = reviews.iter().filter_map(|review| review.user.as_ref());
            !authors.into_iter().any(|user| user.login.eq_ignore_ascii_case(name))
        });
        for name in missing {
            let user = json!({"reviewers": [name]});
            let team = json!({"team_reviewers": [slug(name)]});
            let asked = match name.contains('/') {
                true => self.request_review(pull, team),
                false => match self.request_review(pull, user) {
                    Err(fault) if matches!(fault.kind, Kind::Refused | Kind::NotFound) => {
                        self.request_review(pull, team).map_err(|_| fault)
                    }
                    asked => asked,
                },
            };
            asked.with_context(|| {
                format!("{} is open, but `{name}` cannot be asked for a review", self.name(pull.number))
            })?;
        }
        Ok(())
    }

    fn request_review(&self, pull: &Pull, who: Value) -> std::result::Result<(), Fault> {
        let path = format!("{}/requested_reviewers", self.pull_path(pull.number));
        self.client.post(&path).body(who).repeatable().send().map(drop)
    }
}
