//! Reviewers, which GitLab knows by the ids of users.

use anyhow::{Context, Result};

use super::GitLab;
use super::api::{Pull, User};
use crate::vocabulary::Diagnostic;

impl GitLab {
    /// The users of these names. Groups cannot be asked for a review.
    pub(super) fn users(&self, names: &[String]) -> Result<Vec<User>> {
        names.iter().map(|name| self.user(name)).collect()
    }

    fn user(&self, name: &str) -> Result<User> {
        let answer = self.client.get("users").query("username", name).send();
        let answer = answer.with_context(|| format!("cannot look for the user `{name}`"))?;
        let mut users = answer.json::<Vec<User>>()?.into_iter();
        users.find(|user| user.username.eq_ignore_ascii_case(name)).ok_or_else(|| {
            Diagnostic::new(format!("there is no user `{name}` to ask for a review"))
                .hint("reviewers are the names of users; approval rules of the project ask groups")
                .into()
        })
    }

    /// Where the edition has one reviewer at a time, GitLab takes the first and says nothing.
    pub(super) fn warn_of_left_out(&self, pull: &Pull, wanted: &[User]) {
        let left_out = wanted.iter().filter(|user| !pull.reviewers.iter().any(|asked| asked.id == user.id));
        for user in left_out {
            self.client.notify(&format!(
                "GitLab did not ask `{}` to review {}: its free edition takes one reviewer",
                user.username,
                self.name(pull.iid)
            ));
        }
    }
}
