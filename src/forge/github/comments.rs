//! Comments on a pull request.

use super::accounts::bare;
use super::client::GitHub;
use crate::forge::github_style::{self, GithubStyle, comment_of};
use crate::forge::protocol::{Api, Comment, Comments};
use crate::http::Result;

impl Comments for GitHub {
    fn read_comments(&self, number: u64) -> Result<Vec<Comment>> {
        let request = self.client().get(&github_style::comments_path(self, number));
        let all = self.all(request)?.into_iter().map(|comment| comment_of(self, comment));
        Ok(all.map(|it| Comment { author: it.author.as_deref().map(bare), ..it }).collect())
    }

    fn add_comment(&self, number: u64, text: &str) -> Result<()> {
        github_style::add_comment(self, number, text)
    }

    fn change_comment(&self, path: &str, text: &str) -> Result<()> {
        github_style::change_comment(self, path, text)
    }
}
