//! Comments on a pull request.

use super::Gitea;
use crate::forge::protocol::github_style::{self, User, WireComment};
use crate::forge::protocol::{Comment, Comments};
use crate::http::{Fault, Kind, Result};

impl Comments for Gitea {
    /// The list of comments has no pages.
    fn read_comments(&self, number: u64) -> Result<Vec<Comment>> {
        let answer = self.client.get(&github_style::comments_path(self, number)).send()?;
        let below = format!("{}/issues/comments", self.repository);
        let all: Vec<WireComment> = answer.json()?;
        Ok(all.into_iter().map(|comment| comment.into_comment(&below)).collect())
    }

    /// It takes a scope that nothing else does.
    fn login(&self) -> Result<Option<String>> {
        match self.client.get("user").send() {
            Ok(answer) => answer.json().map(|user: User| Some(user.login)),
            Err(Fault { kind: Kind::Forbidden | Kind::NotFound, .. }) => Ok(None),
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
