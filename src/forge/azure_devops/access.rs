//! What the token may do, as reported by Azure DevOps.
//!
//! Azure DevOps reports what the identity behind a token may do. The scopes of a personal access
//! token (PAT) can restrict that further, but Azure DevOps does not report them. For a PAT, Towline
//! therefore knows what it may not do; for the rest, only which scope is needed.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use super::client::AzureDevOps;
use super::credentials::is_jwt;
use super::pull::Repository;
use crate::forge::protocol::{Access, Api};
use crate::forge::{Ability, Permission};
use crate::http::{self, Kind};

/// The namespace of the permissions on git repositories.
const GIT_REPOSITORIES: &str = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87";

/// A permission in that namespace.
#[derive(Clone, Copy)]
struct Right {
    bit: i32,
    name: &'static str,
}

const CONTRIBUTE: Right = Right { bit: 4, name: "Contribute" };
const CREATE_BRANCH: Right = Right { bit: 16, name: "Create branch" };
const PULL_REQUESTS: Right = Right { bit: 16_384, name: "Contribute to pull requests" };

/// What an ability takes beyond reading: permissions, and a scope if the token is a PAT.
type Needs = (Ability, &'static [Right], &'static str);

const NEEDS: [Needs; 4] = [
    (Ability::Push, &[CONTRIBUTE, CREATE_BRANCH], "Code (read & write)"),
    (Ability::PullRequests, &[PULL_REQUESTS], "Code (read & write)"),
    (Ability::Merge, &[CONTRIBUTE, PULL_REQUESTS], "Code (read & write)"),
    (Ability::WriteStatuses, &[CONTRIBUTE], "Code (status)"),
];

impl Access for AzureDevOps {
    fn read_permissions(&self) -> Result<Vec<Permission>> {
        let request = self.versioned(self.client().get(&self.site().root));
        let repository: Repository = match request.send().and_then(|answer| answer.json()) {
            Ok(repository) => repository,
            Err(fault) if matches!(fault.kind, Kind::NotFound | Kind::Forbidden) => {
                return Ok(nothing(fault.said()));
            }
            Err(fault) => return Err(fault).context("cannot read the repository"),
        };
        let rights = match self.rights(&repository) {
            Ok(rights) => Ok(rights),
            Err(fault)
                if matches!(fault.kind, Kind::SignIn | Kind::Forbidden | Kind::NotFound | Kind::Refused) =>
            {
                Err(fault.said().to_owned())
            }
            Err(fault) => return Err(fault).context("cannot read the permissions"),
        };
        let is_pat = self.is_pat()?;
        let read = |ability, what| Permission {
            ability,
            granted: Some(true),
            detail: format!("{what} can be read"),
        };
        let reads = [
            read(Ability::Read, "the repository"),
            read(Ability::ReadStatuses, "the repository, and with it the statuses of its commits,"),
        ];
        let writes = NEEDS.iter().map(|needs| judge(needs, &rights, is_pat));
        let mut found: Vec<Permission> = reads.into_iter().chain(writes).collect();
        found.sort_by_key(|permission| permission.ability);
        Ok(found)
    }
}

impl AzureDevOps {
    /// The bits of the permissions that the token's identity has on the repository. This is a
    /// question, though it is put with a POST.
    fn rights(&self, repository: &Repository) -> http::Result<i32> {
        let token = format!("repoV2/{}/{}", repository.project.id, repository.id);
        let question = |right: Right| json!({"securityNamespaceId": GIT_REPOSITORIES, "token": token, "permissions": right.bit});
        let evaluations = [CONTRIBUTE, CREATE_BRANCH, PULL_REQUESTS].map(question);
        let body = json!({"alwaysAllowAdministrators": false, "evaluations": evaluations});
        let request = self.client().post("_apis/security/permissionevaluationbatch");
        let request = request.query("api-version", self.location.security_version);
        let batch: Batch = request.body(body).repeatable().send()?.json()?;
        let granted = batch.evaluations.iter().filter(|evaluation| evaluation.value);
        Ok(granted.fold(0, |bits, evaluation| bits | evaluation.permissions))
    }

    fn is_pat(&self) -> Result<bool> {
        let authorization = self.credentials.authorization()?;
        Ok(authorization.is_some_and(|authorization| !is_jwt(authorization.for_git().1)))
    }
}

/// Whether the token has what an ability needs. Without the bits, the error is why.
fn judge(needs: &Needs, rights: &Result<i32, String>, is_pat: bool) -> Permission {
    let (ability, needed, scope) = *needs;
    let named = |rights: Vec<&Right>| {
        let names: Vec<String> = rights.iter().map(|right| format!("`{}`", right.name)).collect();
        names.join(" and ")
    };
    let all = named(needed.iter().collect());
    let (granted, detail) = match rights {
        Ok(bits) if needed.iter().any(|right| bits & right.bit == 0) => {
            let lacking = needed.iter().filter(|right| bits & right.bit == 0).collect();
            (Some(false), format!("grant {} on the repository", named(lacking)))
        }
        Ok(_) if is_pat => {
            let detail = format!("its user has {all}; a personal access token also needs the scope {scope}");
            (None, detail)
        }
        Ok(_) => (Some(true), format!("its identity has {all}")),
        Err(why) if is_pat => (None, format!("it needs {all}, and the scope {scope}; unknown: {why}")),
        Err(why) => (None, format!("it needs {all}; unknown: {why}")),
    };
    Permission { ability, granted, detail }
}

/// Who may not see the repository may do nothing there.
fn nothing(said: &str) -> Vec<Permission> {
    let detail = format!("grant `Read` on the repository, and the scope Code (read & write): {said}");
    Ability::ALL.map(|ability| Permission { ability, granted: Some(false), detail: detail.clone() }).into()
}

#[derive(Deserialize)]
struct Batch {
    evaluations: Vec<Evaluation>,
}

#[derive(Deserialize)]
struct Evaluation {
    permissions: i32,
    #[serde(default)]
    value: bool,
}
