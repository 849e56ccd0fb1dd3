//! What the token may do: as far as its owner's role in the project goes, and its own scopes.
//!
//! Roles are numbers, of which a higher one may all that a lower one may. What a protected branch
//! asks for beyond that is known only branch by branch, and GitLab tells it to maintainers alone.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::client::GitLab;
use crate::forge::protocol::{Access, Api};
use crate::forge::{Ability, Permission};
use crate::http::Kind;

const REPORTER: u32 = 20;
const DEVELOPER: u32 = 30;
const MAINTAINER: u32 = 40;

/// The token about itself.
#[derive(Debug, Deserialize)]
struct Token {
    #[serde(default)]
    scopes: Vec<String>,
    /// Whether it is a fine-grained one, whose permissions GitLab does not tell.
    #[serde(default)]
    granular: bool,
}

const UNTOLD: &str = "GitLab does not report the token's scopes";
const FINE_GRAINED: &str = "a fine-grained token, whose permissions GitLab does not report";

/// What is known: of the scopes, or why they are not.
struct Known {
    level: Option<u32>,
    scopes: Scopes,
}

type Scopes = std::result::Result<Vec<String>, &'static str>;

impl Access for GitLab {
    fn read_permissions(&self) -> Result<Vec<Permission>> {
        if self.is_job {
            return self.permissions_of_job();
        }
        let level = self.project()?.permissions.as_ref().and_then(|roles| roles.level());
        let known = Known { level, scopes: self.scopes()? };
        Ok(Ability::ALL.into_iter().map(|ability| known.permission(ability)).collect())
    }
}

impl GitLab {
    /// What GitLab lets the token of any job do, where the project lets this one in at all.
    fn permissions_of_job(&self) -> Result<Vec<Permission>> {
        self.look_at_list().context("cannot read the merge requests")?;
        let permissions = Ability::ALL.into_iter().map(|ability| {
            let (granted, detail) = match ability {
                Ability::Read => (Some(true), "a job's token may read merge requests"),
                Ability::Push => (None, "a job's token may push only where the project's settings allow it"),
                _ => (Some(false), "a job's token may not: set TOWLINE_TOKEN to a project access token"),
            };
            Permission { ability, granted, detail: detail.to_owned() }
        });
        Ok(permissions.collect())
    }

    /// Tokens of applications are not told about themselves.
    fn scopes(&self) -> Result<Scopes> {
        match self.client().get("personal_access_tokens/self").send() {
            Ok(answer) => {
                let Token { scopes, granular } = answer.json()?;
                let is_fine = granular || scopes.iter().any(|scope| scope == "granular");
                Ok(if is_fine { Err(FINE_GRAINED) } else { Ok(scopes) })
            }
            Err(fault)
                if matches!(fault.kind, Kind::SignIn | Kind::Forbidden | Kind::NotFound | Kind::Refused) =>
            {
                Ok(Err(UNTOLD))
            }
            Err(fault) => Err(fault.into()),
        }
    }
}

impl Known {
    fn permission(&self, ability: Ability) -> Permission {
        let (least, scopes): (u32, &[&str]) = match ability {
            Ability::Read => (0, &["api", "read_api"]),
            Ability::ReadStatuses => (REPORTER, &["api", "read_api"]),
            Ability::Push => (DEVELOPER, &["api", "write_repository"]),
            Ability::PullRequests | Ability::Merge | Ability::WriteStatuses => (DEVELOPER, &["api"]),
        };
        // The project was read, whatever the role.
        let by_role = if least == 0 { Some(true) } else { self.level.map(|level| level >= least) };
        let by_scope =
            self.scopes.as_ref().ok().map(|own| scopes.iter().any(|scope| own.iter().any(|it| it == scope)));
        let mut granted = match (by_role, by_scope) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
        let mut detail = format!("{}; {}", self.role(), self.scope());
        match granted {
            Some(false) => detail += &format!(" (needs {} and the scope {})", role_name(least), scopes[0]),
            Some(true) if is_guarded(ability) && self.level < Some(MAINTAINER) => {
                granted = None;
                detail += "; on a protected branch only if that lets developers merge";
            }
            _ => {}
        }
        Permission { ability, granted, detail }
    }

    fn role(&self) -> String {
        match self.level {
            Some(level) => format!("the role {}", role_name(level)),
            None => "GitLab does not report the role".to_owned(),
        }
    }

    fn scope(&self) -> String {
        match &self.scopes {
            Ok(scopes) => format!("the scopes {}", scopes.join(", ")),
            Err(why) => (*why).to_owned(),
        }
    }
}

/// Whether a protected branch has a say: a status is part of a pipeline of its branch.
fn is_guarded(ability: Ability) -> bool {
    matches!(ability, Ability::Merge | Ability::WriteStatuses)
}

/// <https://docs.gitlab.com/api/access_requests/#valid-access-levels>
fn role_name(level: u32) -> &'static str {
    match level {
        0 => "any role",
        1..=9 => "Minimal Access",
        10..=14 => "Guest",
        15..=19 => "Planner",
        20..=29 => "Reporter",
        30..=39 => "Developer",
        40..=49 => "Maintainer",
        _ => "Owner",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(level: Option<u32>, scopes: Option<&[&str]>, ability: Ability) -> String {
        let scopes = scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect());
        let scopes = scopes.ok_or(UNTOLD);
        let Permission { granted, detail, .. } = Known { level, scopes }.permission(ability);
        format!("{granted:?}: {detail}")
    }

    #[test]
    fn both_the_role_and_the_scopes_must_do() {
        assert_eq!(
            told(Some(40), Some(&["api"]), Ability::Merge),
            "Some(true): the role Maintainer; the scopes api"
        );
        assert_eq!(
            told(Some(20), Some(&["api"]), Ability::Push),
            "Some(false): the role Reporter; the scopes api (needs Developer and the scope api)"
        );
        assert_eq!(
            told(Some(50), Some(&["read_api"]), Ability::PullRequests),
            "Some(false): the role Owner; the scopes read_api (needs Developer and the scope api)"
        );
    }

    #[test]
    fn what_gitlab_does_not_tell_is_not_guessed() {
        assert_eq!(
            told(None, None, Ability::Merge),
            "None: GitLab does not report the role; GitLab does not report the token's scopes"
        );
        assert_eq!(
            told(Some(30), Some(&["api"]), Ability::WriteStatuses),
            "None: the role Developer; the scopes api; on a protected branch only if that lets developers merge"
        );
    }
}
