//! What the token may do.
//!
//! What its user may do is written at the repository. What the token's scopes leave of that no
//! answer tells, so they are tried with requests that are refused whoever asks: the scope is looked
//! at first, with 403, and then that there is nothing to do.

use anyhow::Result;
use serde_json::json;

use super::Gitea;
use super::api::Repository;
use crate::forge::{Ability, Permission};
use crate::http::{Fault, Kind, Response, segment};

const NAME: &str = "towline/access";
const WRITES: [Ability; 4] = [Ability::Push, Ability::PullRequests, Ability::Merge, Ability::WriteStatuses];

impl Gitea {
    pub(super) fn permissions(&self) -> Result<Vec<Permission>> {
        let repository: Repository = match self.client.get(&self.repository).send() {
            Ok(answer) => answer.json()?,
            Err(fault) if matches!(fault.kind, Kind::NotFound | Kind::Forbidden) => {
                return Ok(Ability::ALL.map(|ability| refused(ability, &fault)).into());
            }
            Err(fault) => return Err(fault.into()),
        };
        let branch = &repository.default_branch;
        let statuses = self.path(&format!("commits/{}/statuses", segment(branch)));
        let statuses = self.client.get(&statuses).query("limit", "1").send();
        let mut found = vec![
            permission(Ability::Read, true, "the repository was read"),
            tried(Ability::ReadStatuses, statuses, 200, "statuses were read")?,
        ];
        found.extend(match () {
            () if repository.archived => writes(false, "the repository is archived"),
            () if !repository.permissions.push => {
                writes(false, "the token's user may not write to the repository")
            }
            () => self.tried(branch)?,
        });
        found.sort_by_key(|permission| permission.ability);
        Ok(found)
    }

    /// The writes, as far as the token's scopes let its user do them.
    fn tried(&self, branch: &str) -> Result<Vec<Permission>> {
        let post = |path: &str, body| self.client.post(&self.path(path)).body(body).repeatable().send();
        let of_itself = json!({"title": NAME, "head": branch, "base": branch});
        let how = "tried with a pull request of a branch into itself";
        let first = tried(Ability::Push, post("pulls", of_itself), 422, how)?;
        let mut found: Vec<Permission> = WRITES.map(|ability| Permission { ability, ..first.clone() }).into();
        if first.granted == Some(true) {
            // To comment on a pull request that is not there would be answered with 500.
            let comment = self.client.patch(&self.path("issues/comments/0")).body(json!({"body": NAME}));
            let comment = comment.repeatable().send();
            let how = format!("{how}, and with a comment that is not there");
            found[1] = tried(Ability::PullRequests, comment, 404, &how)?;
        }
        Ok(found)
    }
}

fn writes(granted: bool, detail: &str) -> Vec<Permission> {
    WRITES.map(|ability| permission(ability, granted, detail)).into()
}

/// What the answer to a request tells that can do no harm: `harmless` is how it is refused to those
/// who may ask.
fn tried(ability: Ability, answer: Result<Response, Fault>, harmless: u16, how: &str) -> Result<Permission> {
    match answer {
        Ok(_) => Ok(permission(ability, true, how)),
        Err(fault) if fault.status == Some(harmless) => Ok(permission(ability, true, how)),
        Err(fault) if matches!(fault.kind, Kind::Forbidden | Kind::NotFound) => Ok(refused(ability, &fault)),
        Err(fault) if fault.kind == Kind::Refused => {
            Ok(Permission { ability, granted: None, detail: fault.said().to_owned() })
        }
        Err(fault) => Err(fault.into()),
    }
}

fn refused(ability: Ability, fault: &Fault) -> Permission {
    let detail = [Some(fault.said()), fault.hint()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    permission(ability, false, &detail)
}

fn permission(ability: Ability, granted: bool, detail: &str) -> Permission {
    Permission { ability, granted: Some(granted), detail: detail.to_owned() }
}
