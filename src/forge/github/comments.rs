//! Comments on a pull request.

use serde_json::json;

use super::client::GitHub;
use crate::forge::github_style::{self, GithubStyle, comment_of};
use crate::forge::protocol::{Api, Comment, Comments};
use crate::http::{Fault, Kind, Result};

impl Comments for GitHub {
    fn read_comments(&self, number: u64) -> Result<Vec<Comment>> {
        let request = self.client().get(&github_style::comments_path(self, number));
        let all = self.all(request)?.into_iter().map(|comment| comment_of(self, comment));
        Ok(all.map(|it| Comment { author: it.author.as_deref().map(bare), ..it }).collect())
    }

    fn login(&self) -> Result<Option<String>> {
        match self.graphql("query { viewer { login } }", json!({}), "/viewer/login") {
            Ok(data) => Ok(data["viewer"]["login"].as_str().map(bare)),
            Err(Fault { kind: Kind::Forbidden | Kind::Refused, .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn add_comment(&self, number: u64, text: &str) -> Result<()> {
        github_style::add_comment(self, number, text)
    }

    fn change_comment(&self, path: &str, text: &str) -> Result<()> {
        github_style::change_comment(self, path, text)
    }
}

/// The name of an app is written with `[bot]` in one API and without it in the other.
fn bare(login: &str) -> String {
    login.trim_end_matches("[bot]").to_owned()
}
