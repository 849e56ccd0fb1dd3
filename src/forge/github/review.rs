//! Labels and reviewers: what a pull request is given beside its text.

use anyhow::Result;
use serde_json::json;

use super::GitHub;
use super::api::{Review, WirePull};
use crate::forge::NewPullRequest;
use crate::forge::protocol::github_style::{self, GithubStyle};
use crate::forge::protocol::{Api, Pull};
use crate::http::{self, Paging};

impl GitHub {
    pub(super) fn add_missing(&self, pull: &Pull<WirePull>, new: &NewPullRequest) -> Result<()> {
        let missing: Vec<&String> = new.labels.iter().filter(|label| !pull.wire.has_label(label)).collect();
        if !missing.is_empty() {
            github_style::add_labels(self, pull.number, json!(missing))?;
        }
        github_style::request_reviews(self, pull, &new.reviewers)
    }
}

impl GithubStyle for GitHub {
    fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.repository)
    }

    fn awaits(&self, wire: &WirePull, reviewer: &str) -> bool {
        wire.awaits(reviewer)
    }

    fn review_authors(&self, number: u64) -> http::Result<Vec<String>> {
        let request = self.client.get(&format!("{}/reviews", self.pull_path(number)));
        let reviews: Vec<Review> = request.query("per_page", self.row().page_size).all(Paging::Link)?;
        Ok(reviews.into_iter().filter_map(|review| Some(review.user?.login)).collect())
    }
}
