//! What the token may do.
//!
//! Classic tokens tell their scopes, and what their owner may do is written at the repository. No
//! other token tells, so each ability is tried with a request that GitHub refuses whoever asks, for
//! what it names is not there: what is not allowed is refused with 403, what is allowed with 422.

use anyhow::Result;
use serde_json::json;

use super::client::GitHub;
use crate::forge::github_style::Repository;
use crate::forge::protocol::access::{self, NAME, WRITES, permission};
use crate::forge::protocol::{Access, Api};
use crate::forge::{Ability, Permission};
use crate::http::{self, Response, segment};

/// The commit that no repository has.
const NOWHERE: &str = "0000000000000000000000000000000000000000";

impl Access for GitHub {
    fn read_permissions(&self) -> Result<Vec<Permission>> {
        let answer = match access::look(self.client().get(&self.site.root).send())? {
            Ok(answer) => answer,
            Err(nothing) => return Ok(nothing),
        };
        let repository: Repository = answer.json()?;
        let pulls = self.client().get(&self.path("pulls")).query("per_page", "1").send();
        let mut found = vec![
            tried(Ability::Read, pulls, "the repository and its pull requests were read")?,
            self.may_read_statuses(&repository.default_branch)?,
        ];
        found.extend(match answer.header("x-oauth-scopes") {
            _ if repository.archived => access::writes(false, "the repository is archived"),
            Some(scopes) => of_scopes(scopes, &repository),
            None => self.tried(&repository.default_branch)?,
        });
        Ok(access::sorted(found))
    }
}

impl GitHub {
    fn may_read_statuses(&self, branch: &str) -> Result<Permission> {
        let read = |what: &str| {
            let path = self.path(&format!("commits/{}/{what}", segment(branch)));
            self.client().get(&path).query("per_page", "1").send()
        };
        let ability = Ability::ReadStatuses;
        let statuses = tried(ability, read("statuses"), "commit statuses were read")?;
        if statuses.granted != Some(true) {
            return Ok(statuses);
        }
        let both = tried(ability, read("check-runs"), "commit statuses and check runs were read")?;
        Ok(match both.granted {
            Some(true) => both,
            _ => Permission {
                detail: format!("commit statuses were read; of check runs: {}", both.detail),
                ..statuses
            },
        })
    }

    /// The writes, each tried in vain.
    fn tried(&self, branch: &str) -> Result<Vec<Permission>> {
        let post = |path: &str, body| self.client().post(&self.path(path)).body(body).repeatable().send();
        let reference = post("git/refs", json!({"ref": format!("refs/heads/{NAME}"), "sha": NOWHERE}));
        let push = tried(Ability::Push, reference, "probed with a commit that does not exist")?;
        let of_itself = json!({"title": NAME, "head": branch, "base": branch});
        let status = json!({"state": "success", "context": NAME});
        let pulls = post("pulls", of_itself);
        let statuses = post(&format!("statuses/{NOWHERE}"), status);
        Ok(vec![
            tried(Ability::PullRequests, pulls, "probed with a merge of a branch into itself")?,
            Permission { ability: Ability::Merge, ..push.clone() },
            push,
            tried(Ability::WriteStatuses, statuses, "probed with a commit that does not exist")?,
        ])
    }
}

/// What a classic token may do, by its scopes and what its owner may.
fn of_scopes(scopes: &str, repository: &Repository) -> Vec<Permission> {
    if repository.permissions.as_ref().is_some_and(|role| !role.push) {
        return access::writes(false, "the token's owner may not write to the repository");
    }
    let has = |scope: &str| scopes.split(',').any(|known| known.trim() == scope);
    let all = has("repo") || !repository.private && has("public_repo");
    let detail = match scopes {
        "" => "the token has no scope: give it `repo`".to_owned(),
        _ if all => format!("the token has the scopes {scopes}"),
        _ => format!("the token has the scopes {scopes}: give it `repo`"),
    };
    let granted = |ability| all || ability == Ability::WriteStatuses && has("repo:status");
    WRITES.map(|ability| permission(ability, Some(granted(ability)), &detail)).into()
}

fn tried(ability: Ability, answer: http::Result<Response>, how: &str) -> Result<Permission> {
    access::tried(ability, answer, 422, how)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(scopes: &str, private: bool, push: bool) -> Vec<Ability> {
        let repository = json!({
            "default_branch": "main", "private": private, "archived": false, "permissions": {"push": push},
        });
        let found = of_scopes(scopes, &serde_json::from_value(repository).unwrap());
        found.into_iter().filter(|found| found.granted == Some(true)).map(|found| found.ability).collect()
    }

    #[test]
    fn scopes_count_as_far_as_the_owner_may() {
        assert_eq!(granted("workflow, repo", true, true).len(), 4);
        assert_eq!(granted("repo", true, false), []);
        assert_eq!(granted("public_repo", false, true).len(), 4);
        assert_eq!(granted("public_repo", true, true), []);
        assert_eq!(granted("repo:status", true, true), [Ability::WriteStatuses]);
        assert_eq!(granted("", false, true), []);
    }
}
