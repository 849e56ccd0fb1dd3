//! The one comment that is kept on a pull request.

use serde_json::json;

use super::GitHub;
use super::api::Comment;
use super::pulls::unix;
use crate::forge::kept_comment::{is_marked, mark};
use crate::http::{Fault, Kind, Paging, Result};

/// The longest comment that GitHub takes, in characters.
const LONGEST: usize = 65_536;
/// How often a comment is written whose answer was lost.
const TRIES: u32 = 3;

impl GitHub {
    pub(super) fn keep_comment(&self, number: u64, text: &str) -> Result<()> {
        let body = mark(text, LONGEST);
        let mut turn = 0;
        loop {
            let fault = match self.kept_comment(number)? {
                Some(kept) if unix(&kept.body) == unix(&body) => return Ok(()),
                Some(kept) => return self.change_comment(kept.id, &body),
                None => match self.add_comment(number, &body) {
                    Ok(()) => return Ok(()),
                    Err(fault) => fault,
                },
            };
            // Written twice it would be two comments, so it is looked for first.
            turn += 1;
            if !fault.is_in_doubt() || turn == TRIES {
                return Err(fault);
            }
            self.client.pause(turn);
        }
    }

    fn kept_comment(&self, number: u64) -> Result<Option<Comment>> {
        let path = self.path(&format!("issues/{number}/comments"));
        let comments: Vec<Comment> = self.client.get(&path).query("per_page", "100").all(Paging::Link)?;
        let mut marked = comments.into_iter().filter(|comment| is_marked(&comment.body)).peekable();
        if marked.peek().is_none() {
            return Ok(None);
        }
        let we = self.login()?;
        Ok(marked.find(|comment| match (&we, &comment.user) {
            (Some(we), Some(author)) => bare(&author.login) == bare(we),
            (we, _) => we.is_none(),
        }))
    }

    fn change_comment(&self, id: u64, body: &str) -> Result<()> {
        let path = self.path(&format!("issues/comments/{id}"));
        self.client.patch(&path).body(json!({"body": body})).repeatable().send().map(drop)
    }

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
