//! Gitea and Forgejo: one API, on servers of one's own and on codeberg.org.
//!
//! What is peculiar to it:
//! - Pull requests cannot be searched by head branch: lists are read page by page.
//! - It refuses a second open pull request for two branches with 409, but two that are asked for at
//!   the same moment may both be opened: the older stays, the others are closed.
//! - It opens pull requests without a commit to merge, so that is looked at first.
//! - `mergeable` is false for a conflict and as long as it is not known, see [`look`].
//! - The head of a merged pull request follows its branch; what was merged is at
//!   `refs/pull/N/head`.
//! - Links to further pages carry the server's configured name, which need not be the one it was
//!   asked by: pages are counted instead.
//! - Labels are added by id.
//! - A merge that is scheduled until its checks succeed is not about a head: see [`merge`].

mod access;
mod api;
mod comment;
mod dispatch;
mod look;
mod merge;
mod pulls;
mod review;
mod waiting;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::json;
use url::Url;

use self::api::{Pull, Status, state_name};
use self::look::PAGE;
use super::kept_comment;
use super::remote::Remote;
use super::token::{self, Variables, variable};
use super::{
    CommitStatus, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, Permission, PullRequest,
    Standing,
};
use crate::http::{Authorization, Budget, Client, Credentials, Fixed, Paging, Server, Settings, segment};
use crate::vocabulary::ForgeKind;

/// See the module.
pub struct Gitea {
    client: Client,
    owner: String,
    /// `repos/OWNER/NAME`, encoded.
    repository: String,
    /// Heads and bases that cannot be merged: what is known need not be waited for again.
    conflicts: Mutex<HashSet<(String, String)>>,
}

impl Gitea {
    /// The repository at `remote`, asked through the API at `api` (see [`api_of`]).
    pub fn new(
        remote: &Remote,
        api: Url,
        credentials: Box<dyn Credentials>,
        settings: Settings,
    ) -> Result<Self> {
        let (_, owner, name) = split(remote)?;
        let headers = vec![("accept", "application/json")];
        let between_writes = Duration::ZERO;
        let server = Server { name: "Gitea", base: api, headers, credentials, between_writes };
        Ok(Self {
            client: Client::new(server, settings)?,
            owner: owner.to_owned(),
            repository: format!("repos/{}/{}", segment(owner), segment(name)),
            conflicts: Mutex::default(),
        })
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.repository)
    }

    /// The newest first.
    fn reported(&self, commit: Oid) -> Result<Vec<Status>> {
        let request = self.client.get(&self.path(&format!("commits/{commit}/statuses")));
        let mut statuses: Vec<Status> = request
            .query("limit", PAGE)
            .all(Paging::PageNumber)
            .with_context(|| format!("cannot read the statuses of {commit}"))?;
        // Times are whole seconds; ids tell more. One that comes while the pages are read moves
        // the others to the next page.
        statuses.sort_by_key(|status| std::cmp::Reverse(status.id));
        statuses.dedup_by_key(|status| status.id);
        Ok(statuses)
    }

    fn pull_path(&self, number: u64) -> String {
        self.path(&format!("pulls/{number}"))
    }

    fn name(&self, number: u64) -> String {
        format!("pull request #{number}")
    }

    fn conflicts(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.conflicts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Forge for Gitea {
    fn find(&self, head: &str, base: &str) -> Result<Option<PullRequest>> {
        let any = self.any(head, base)?;
        let open = match &any {
            Some(Some(pull)) if pull.is_open() => Some(pull.clone()),
            // Also tells a repository that cannot be seen from one without such a pull request.
            _ => self.open_ones(head, base)?.into_iter().next(),
        };
        let found = match (open, any) {
            (Some(open), _) => Some(open),
            (None, Some(None)) => None,
            (None, _) => self.newest_ended(head, base)?,
        };
        found.map(|pull| self.view(pull)).transpose()
    }

    fn open(&self, new: &NewPullRequest) -> Result<PullRequest> {
        self.open_pull(new)
    }

    fn update(&self, number: u64, title: &str, body: &str) -> Result<PullRequest> {
        let pull = self.write_over(self.pull(number)?, title, body)?;
        self.view(pull)
    }

    fn close(&self, number: u64, why: &str) -> Result<()> {
        self.close_pull(number, why)
    }

    fn get(&self, number: u64) -> Result<PullRequest> {
        self.view(self.pull(number)?)
    }

    fn merge(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        self.merge_pull(number, request).with_context(|| format!("cannot merge {}", self.name(number)))
    }

    fn statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        Ok(self.reported(commit)?.into_iter().map(CommitStatus::from).collect())
    }

    fn set_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let mut body = json!({
            "state": state_name(status.state),
            "context": status.context,
            "description": status.description,
        });
        if let Some(url) = &status.target_url {
            body["target_url"] = json!(url);
        }
        // The same status twice says what it says once.
        let request = self.client.post(&self.path(&format!("statuses/{commit}"))).body(body).repeatable();
        request.send().with_context(|| format!("cannot set the status {} of {commit}", status.context))?;
        Ok(())
    }

    fn list(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let pulls: Vec<Pull> =
            self.pulls("all").all(Paging::PageNumber).context("cannot list the pull requests")?;
        let wanted = |pull: &Pull| pull.is_own() && head.is_none_or(|head| pull.head.label == head);
        let mut pulls: Vec<Pull> = pulls.into_iter().filter(wanted).collect();
        pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        pulls.dedup_by_key(|pull| pull.number);
        let heads = match pulls.iter().any(|pull| pull.merged) {
            true => self.heads()?,
            false => HashMap::new(),
        };
        let view = |pull: Pull| {
            let merged = heads.get(&pull.number).filter(|_| pull.merged);
            let head = merged.map_or_else(|| pull.head_commit(), |head| Ok(*head))?;
            pull.view(head)
        };
        pulls.into_iter().map(view).collect()
    }

    fn standing(&self, number: u64) -> Result<Standing> {
        self.waits_for(number)
    }

    fn comment(&self, number: u64, text: &str) -> Result<()> {
        kept_comment::keep(self, number, text)
            .with_context(|| format!("cannot comment on {}", self.name(number)))
    }

    fn access(&self) -> Result<Vec<Permission>> {
        self.permissions().context("cannot tell what the token may do")
    }

    fn budget(&self) -> Option<Budget> {
        Some(self.client.budget())
    }
}

/// Where the API is: below the server that a variable names, if the repository is there (SSH URLs
/// tell neither port nor scheme), else below the host of the repository.
pub fn api_of(remote: &Remote, variables: &Variables) -> Result<Url> {
    let names = ["GITEA_SERVER_URL", "FORGEJO_SERVER_URL", "GITHUB_SERVER_URL"];
    let named = names.into_iter().filter_map(|name| Url::parse(variable(variables, name)?).ok());
    let server = named.into_iter().find(|server| remote.is_at(server));
    let server = match server {
        Some(server) => server.to_string(),
        None => {
            let (folder, ..) = split(remote)?;
            format!("{}://{}/{folder}", remote.scheme, remote.authority())
        }
    };
    let api = format!("{}/api/v1", server.trim_end_matches('/'));
    Url::parse(&api).with_context(|| format!("`{}` names no server", remote.location))
}

/// The token for the repository, as Gitea wants it.
pub fn credentials(remote: &Remote, variables: &Variables) -> Result<Box<dyn Credentials>> {
    let token = token::find(ForgeKind::Gitea, remote, variables)?;
    let authorization = Authorization::scheme("token", &token.secret).as_user(token.user());
    Ok(Box::new(Fixed { authorization, origin: token.source.to_string() }))
}

/// The folder of the web server that the forge is in (mostly none), owner and name.
fn split(remote: &Remote) -> Result<(String, &str, &str)> {
    match remote.path.as_slice() {
        [folder @ .., owner, name] => {
            let folder: Vec<String> = folder.iter().map(|part| segment(part)).collect();
            Ok((folder.join("/"), owner, name))
        }
        _ => remote.owner_and_name().map(|(owner, name)| (String::new(), owner, name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(location: &str, variables: &[(&str, &str)]) -> String {
        let variables: Vec<_> = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        api_of(&Remote::parse(location).unwrap(), &variables).unwrap().to_string()
    }

    #[test]
    fn the_api_is_found_from_the_repository() {
        assert_eq!(api("https://codeberg.org/acme/gitops.git", &[]), "https://codeberg.org/api/v1");
        assert_eq!(api("git@git.acme.com:acme/gitops", &[]), "https://git.acme.com/api/v1");
        assert_eq!(api("https://acme.com:8443/git/acme/gitops", &[]), "https://acme.com:8443/git/api/v1");
    }

    #[test]
    fn a_variable_names_the_server_of_its_own_repositories_only() {
        let actions = [("GITHUB_SERVER_URL", "http://git.acme.com:3000/")];
        assert_eq!(api("git@git.acme.com:acme/gitops", &actions), "http://git.acme.com:3000/api/v1");
        assert_eq!(api("git@codeberg.org:acme/gitops", &actions), "https://codeberg.org/api/v1");
    }
}
