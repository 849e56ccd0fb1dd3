//! Comments on a pull request, and which of them is the one that is kept.

use serde_json::json;

use super::GitHub;
use super::api::Comment;
use crate::forge::kept_comment::{Comments, Kept, is_marked};
use crate::http::{Fault, Kind, Paging, Result};

impl Comments for GitHub {
    const LONGEST: usize = 65_536;

    fn kept(&self, number: u64) -> Result<Option<Kept>> {
        let path = self.path(&format!("issues/{number}/comments"));
        let mut marked: Vec<Comment> = self.client.get(&path).query("per_page", "100").all(Paging::Link)?;
        marked.retain(|comment| is_marked(&comment.body));
        if marked.is_empty() {
            return Ok(None);
        }
        let we = self.login()?;
        let own = marked.into_iter().rfind(|comment| match (&we, &comment.user) {
            (Some(we), Some(author)) => bare(&author.login) == bare(we),
            (we, _) => we.is_none(),
        });
        Ok(own
            .map(|Comment { id, body, .. }| Kept { path: self.path(&format!("issues/comments/{id}")), body }))
    }

    fn add_comment(&self, number: u64, text: &str) -> Result<()> {
        let path = self.path(&format!("issues/{number}/comments"));
        self.client.post(&path).body(json!({"body": text})).send().map(drop)
    }

    fn change_comment(&self, path: &str, text: &str) -> Result<()> {
        self.client.patch(path).body(json!({"body": text})).repeatable().send().map(drop)
    }

    fn pause(&self, turn: u32) {
        self.client.pause(turn);
    }
}

impl GitHub {
    /// Who we are, if the token may know.
    fn login(&self) -> Result<Option<String>> {
        match self.graphql("query { viewer { login } }", json!({}), "/viewer/login") {
            Ok(data) => Ok(data["viewer"]["login"].as_str().map(str::to_owned)),
            Err(Fault { kind: Kind::Forbidden | Kind::Refused, .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

/// The name of an app is written with `[bot]` in one API and without it in the other.
fn bare(login: &str) -> &str {
    login.trim_end_matches("[bot]")
}
