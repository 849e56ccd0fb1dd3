//! Comments on a pull request.

use super::client::Gitea;
use crate::forge::github_style::{self, comment_of};
use crate::forge::protocol::{Api, Comment, Comments};
use crate::http::Result;

impl Comments for Gitea {
    /// The list of comments has no pages.
    fn read_comments(&self, number: u64) -> Result<Vec<Comment>> {
        let answer = self.client().get(&github_style::comments_path(self, number)).send()?;
        let all: Vec<github_style::Comment> = answer.json()?;
        Ok(all.into_iter().map(|comment| comment_of(self, comment)).collect())
    }

    fn add_comment(&self, number: u64, text: &str) -> Result<()> {
        github_style::add_comment(self, number, text)
    }

    fn change_comment(&self, path: &str, text: &str) -> Result<()> {
        github_style::change_comment(self, path, text)
    }
}
