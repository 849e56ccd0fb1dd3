//! Labels, and reviewers, which GitLab knows by the ids of users.

use anyhow::{Context, Result};

use super::api::{User, WirePull};
use super::client::GitLab;
use crate::forge::protocol::Api;
use crate::vocabulary::Diagnostic;

impl GitLab {
    /// The labels as GitLab takes them: none of its labels has a comma, which ends a label in a list.
    pub(super) fn possible_labels<'n>(&self, names: &'n [String]) -> Vec<&'n str> {
        for name in names.iter().filter(|name| name.contains(',')) {
            let parts: Vec<String> = parts(name).map(|part| format!("`{part}`")).collect();
            self.client().notify_once(&format!(
                "GitLab has no labels with a comma: `{name}` becomes {}",
                parts.join(" and ")
            ));
        }
        names.iter().flat_map(|name| parts(name)).collect()
    }

    /// The ids of the users of these names. Groups cannot be asked for a review.
    pub(super) fn user_ids(&self, names: &[String]) -> Result<Vec<u64>> {
        names.iter().map(|name| self.user_id(name)).collect()
    }

    /// All who are asked for a review, if that is more than those who are: the list is replaced.
    pub(super) fn with_missing_reviewers(
        &self,
        pull: &WirePull,
        names: &[String],
    ) -> Result<Option<Vec<u64>>> {
        let missing: Vec<String> = names.iter().filter(|name| !pull.is_asked(name)).cloned().collect();
        if missing.is_empty() {
            return Ok(None);
        }
        let missing = self.user_ids(&missing)?;
        Ok(Some(pull.reviewers.iter().map(|user| user.id).chain(missing).collect()))
    }

    fn user_id(&self, name: &str) -> Result<u64> {
        let answer = self.client().get("users").query("username", name).send();
        let answer = answer.with_context(|| format!("cannot look for the user `{name}`"))?;
        let users: Vec<User> = answer.json()?;
        let found = users.iter().find(|user| user.username.eq_ignore_ascii_case(name));
        found.map(|user| user.id).ok_or_else(|| {
            Diagnostic::new(format!("there is no user `{name}` to ask for a review"))
                .hint("reviewers must be user names; use approval rules to ask groups")
                .into()
        })
    }

    /// Where the edition has one reviewer at a time, GitLab takes the first and says nothing.
    pub(super) fn warn_of_left_out(&self, pull: &WirePull, wanted: &[String]) {
        for name in wanted.iter().filter(|name| !pull.is_asked(name)) {
            self.client().notify(&format!(
                "GitLab did not ask `{name}` to review {}: its free edition allows one reviewer",
                self.name(pull.iid)
            ));
        }
    }
}

fn parts(label: &str) -> impl Iterator<Item = &str> {
    label.split(',').map(str::trim).filter(|part| !part.is_empty())
}
