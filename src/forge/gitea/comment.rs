//! Comments on a pull request, and which of them is the one that is kept.

use serde_json::json;

use super::Gitea;
use super::api::{Comment, User};
use crate::forge::kept_comment::{Comments, Kept, is_marked};
use crate::http::{Fault, Kind, Result};

impl Comments for Gitea {
    /// The servers set no limit; this is as long as a comment is on other forges.
    const LONGEST: usize = 65_536;

    /// The list of comments has no pages.
    fn kept(&self, number: u64) -> Result<Option<Kept>> {
        let answer = self.client.get(&self.path(&format!("issues/{number}/comments"))).send()?;
        let mut marked: Vec<Comment> = answer.json()?;
        marked.retain(|comment| is_marked(&comment.body));
        if marked.is_empty() {
            return Ok(None);
        }
        let we = self.login()?;
        let own = marked.into_iter().rfind(|comment| match (&we, &comment.user) {
            (Some(we), Some(author)) => author.login == *we,
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

impl Gitea {
    /// Who we are, if the token may know: it takes a scope that nothing else does.
    fn login(&self) -> Result<Option<String>> {
        match self.client.get("user").send() {
            Ok(answer) => answer.json().map(|user: User| Some(user.login)),
            Err(Fault { kind: Kind::Forbidden | Kind::NotFound, .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}
