//! Whether the repository can be used at all. Where pull requests are turned off, and where there is
//! no commit, the server answers to everything about pull requests as if it were not there.

use super::client::Gitea;
use crate::forge::github_style::Repository;
use crate::forge::protocol::Api;
use crate::http::{Fault, Kind};
use crate::vocabulary::Diagnostic;

impl Gitea {
    /// The error for a question about pull requests, with what is in the way of an answer.
    pub(super) fn explained(&self, fault: Fault) -> anyhow::Error {
        if fault.kind != Kind::NotFound {
            return fault.into();
        }
        let answer = self.client().get(&self.site.root).send();
        match answer.and_then(|answer| answer.json::<Repository>()) {
            Ok(repository) => hindrance(&repository).map_or_else(|| fault.into(), anyhow::Error::from),
            Err(_) => fault.into(),
        }
    }
}

/// What has to be changed about a repository before anything can be proposed there.
pub fn hindrance(repository: &Repository) -> Option<Diagnostic> {
    let Repository { full_name, default_branch, .. } = repository;
    let (what, hint) = match () {
        () if repository.empty => {
            ("is empty", format!("push a first commit to {default_branch}, such as a README"))
        }
        () if repository.has_pull_requests == Some(false) => {
            ("has pull requests turned off", "turn them on in its settings".to_owned())
        }
        () => return None,
    };
    Some(Diagnostic::refused(format!("the repository {full_name} {what}")).hint(hint))
}
