//! The one comment that is kept on a pull request.

use serde_json::json;

use super::Gitea;
use super::api::{Comment, User};
use crate::forge::kept_comment::{is_marked, mark};
use crate::http::{Fault, Kind, Result};

/// The servers set no limit; this is as long as a comment is on other forges.
const LONGEST: usize = 65_536;
/// How often a comment is written whose answer was lost.
const TRIES: u32 = 3;

impl Gitea {
    pub(super) fn keep_comment(&self, number: u64, text: &str) -> Result<()> {
        let body = mark(text, LONGEST);
        let mut turn = 0;
        loop {
            let fault = match self.kept_comment(number)? {
                Some(kept) if kept.body.replace("\r\n", "\n") == body => return Ok(()),
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

    /// The list of comments has no pages.
    fn kept_comment(&self, number: u64) -> Result<Option<Comment>> {
        let answer = self.client.get(&self.path(&format!("issues/{number}/comments"))).send()?;
        let comments: Vec<Comment> = answer.json()?;
        let mut marked = comments.into_iter().filter(|comment| is_marked(&comment.body)).peekable();
        if marked.peek().is_none() {
            return Ok(None);
        }
        let we = self.login()?;
        Ok(marked.find(|comment| match (&we, &comment.user) {
            (Some(we), Some(author)) => author.login == *we,
            (we, _) => we.is_none(),
        }))
    }

    fn change_comment(&self, id: u64, body: &str) -> Result<()> {
        let path = self.path(&format!("issues/comments/{id}"));
        self.client.patch(&path).body(json!({"body": body})).repeatable().send().map(drop)
    }

    /// Who we are, if the token may know: it takes a scope that nothing else does.
    fn login(&self) -> Result<Option<String>> {
        match self.client.get("user").send() {
            Ok(answer) => answer.json().map(|user: User| Some(user.login)),
            Err(Fault { kind: Kind::Forbidden | Kind::NotFound, .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}
