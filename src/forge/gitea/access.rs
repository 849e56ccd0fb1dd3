//! What the token may do.
//!
//! What its user may do is written at the repository. What the token's scopes leave of that no
//! answer tells, so they are tried with requests that are refused whoever asks: the scope is looked
//! at first, with 403, and then that there is nothing to do.

use anyhow::Result;
use serde_json::json;

use super::client::Gitea;
use super::usable::hindrance;
use crate::forge::github_style::Repository;
use crate::forge::protocol::access::{self, NAME, WRITES, permission, tried};
use crate::forge::protocol::{Access, Api};
use crate::forge::{Ability, Permission};
use crate::http::segment;

impl Access for Gitea {
    fn read_permissions(&self) -> Result<Vec<Permission>> {
        let repository: Repository = match access::look(self.client().get(&self.site.root).send())? {
            Ok(answer) => answer.json()?,
            Err(nothing) => return Ok(nothing),
        };
        let branch = &repository.default_branch;
        let statuses = self.path(&format!("commits/{}/statuses", segment(branch)));
        let statuses = self.client().get(&statuses).query("limit", "1").send();
        let mut found = vec![
            permission(Ability::Read, Some(true), "the repository was read"),
            tried(Ability::ReadStatuses, statuses, 200, "statuses were read")?,
        ];
        found.extend(match () {
            () if repository.archived => archived(),
            () if repository.permissions.as_ref().is_none_or(|role| !role.push) => {
                access::writes(false, "the token's user may not write to the repository")
            }
            () => self.tried(&repository)?,
        });
        Ok(access::sorted(found))
    }

    fn read_kept_out_of(&self, base: &str) -> Result<Option<String>> {
        Ok(self.rules(base)?.keep_out(base))
    }
}

impl Gitea {
    /// The writes, as far as the token's scopes let its user do them.
    fn tried(&self, repository: &Repository) -> Result<Vec<Permission>> {
        if let Some(hindrance) = hindrance(repository) {
            let detail = [Some(hindrance.message), hindrance.hint].into_iter().flatten();
            let detail = detail.collect::<Vec<_>>().join(": ");
            let is_about_it = |ability| matches!(ability, Ability::PullRequests | Ability::Merge);
            let told = |ability| permission(ability, Some(false).filter(|_| is_about_it(ability)), &detail);
            return Ok(WRITES.map(told).into());
        }
        let branch = &repository.default_branch;
        let post = |path: &str, body| self.client().post(&self.path(path)).body(body).repeatable().send();
        let of_itself = json!({"title": NAME, "head": branch, "base": branch});
        let how = "probed with a pull request from a branch to itself";
        let first = tried(Ability::Push, post("pulls", of_itself), 422, how)?;
        let mut found: Vec<Permission> = WRITES.map(|ability| Permission { ability, ..first.clone() }).into();
        if first.granted == Some(true) {
            // To comment on a pull request that is not there would be answered with 500.
            let comment = self.client().patch(&self.path("issues/comments/0")).body(json!({"body": NAME}));
            let comment = comment.repeatable().send();
            let how = format!("{how}, and with a comment that does not exist");
            found[1] = tried(Ability::PullRequests, comment, 404, &how)?;
        }
        Ok(found)
    }
}

/// The server takes statuses all the same.
fn archived() -> Vec<Permission> {
    let mut found = access::writes(false, "the repository is archived");
    for status in found.iter_mut().filter(|found| found.ability == Ability::WriteStatuses) {
        *status =
            permission(Ability::WriteStatuses, Some(true), "the repository is archived, and takes them");
    }
    found
}
