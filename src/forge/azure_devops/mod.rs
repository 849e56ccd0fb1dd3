//! Azure DevOps: the Services, and Azure DevOps Server from 2022 on.
//!
//! What is peculiar to it:
//! - It allows one active pull request for two branches, and refuses a second with 409. So opening
//!   can be repeated safely, and whoever is refused adopts the one that is there.
//! - It opens pull requests that have nothing to merge; so the branches are compared before.
//! - A pull request sees a push a moment after the branch has it; so the tip of an active one is
//!   read from the branch.
//! - Completing is asked for and then done in its own time (see `merge`).
//! - `lastMergeCommit` of an active pull request is a merge that was tried, which is on no branch.
//! - Lists cut descriptions to 400 characters; one by one they are whole, up to 4,000.
//! - A status has a genre and a name; here they are one context, `genre/name`.

mod api;
mod location;
mod merge;
mod pulls;
mod review;
mod statuses;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use git2::Oid;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use self::api::Pull;
pub use self::location::Location;
use super::remote::Remote;
use super::token::{self, Source, Variables};
use super::{CommitStatus, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, PullRequest};
use crate::http::{
    Authorization, Budget, Client, Credentials, Fixed, Paging, Request, Server, Settings, segment,
};
use crate::pipeline::ForgeKind;

/// The most items of a page that Azure DevOps gives without trouble.
const PAGE: &str = "100";

/// See the module.
pub struct AzureDevOps {
    client: Client,
    location: Location,
    credentials: Arc<dyn Credentials>,
    settings: Settings,
}

impl AzureDevOps {
    pub fn new(location: Location, credentials: Box<dyn Credentials>, settings: Settings) -> Result<Self> {
        let credentials: Arc<dyn Credentials> = credentials.into();
        let server = server(location.collection.clone(), credentials.clone());
        let client = Client::new(server, settings.clone())?;
        Ok(Self { client, location, credentials, settings })
    }

    /// A path below the repository's.
    fn path(&self, rest: &str) -> String {
        let Location { project, repository, .. } = &self.location;
        format!("{}/_apis/git/repositories/{}/{rest}", segment(project), segment(repository))
    }

    fn get(&self, path: &str) -> Request<'_> {
        self.versioned(self.client.get(&self.path(path)))
    }

    fn post(&self, path: &str) -> Request<'_> {
        self.versioned(self.client.post(&self.path(path)))
    }

    fn versioned<'a>(&self, request: Request<'a>) -> Request<'a> {
        request.query("api-version", self.location.api_version)
    }

    fn view(&self, pull: Pull) -> Result<PullRequest> {
        let Location { collection, project, repository, .. } = &self.location;
        pull.view(&format!("{collection}/{}/_git/{}", segment(project), segment(repository)))
    }

    fn name(&self, number: u64) -> String {
        format!("pull request #{number}")
    }
}

impl Forge for AzureDevOps {
    fn find(&self, head: &str, base: &str) -> Result<Option<PullRequest>> {
        let found = match self.newest(head, base, "active")? {
            Some(active) => Some(active),
            None => self.newest(head, base, "all")?,
        };
        found.map(|number| Forge::get(self, number)).transpose()
    }

    fn open(&self, new: &NewPullRequest) -> Result<PullRequest> {
        self.open_pull(new)
    }

    fn update(&self, number: u64, title: &str, body: &str) -> Result<PullRequest> {
        self.write_over(&self.pull(number)?, title, body)?;
        Forge::get(self, number)
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
        self.statuses_of(commit)
    }

    fn set_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        self.add_status(commit, status)
    }

    fn list(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let mut request = self.get("pullrequests").query("searchCriteria.status", "all").query("$top", PAGE);
        if let Some(head) = head {
            request = request.query("searchCriteria.sourceRefName", &format!("refs/heads/{head}"));
        }
        let mut pulls: Vec<Pull> =
            request.all(Paging::Skip("$skip")).context("cannot list the pull requests")?;
        pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        pulls.dedup_by_key(|pull| pull.number);
        pulls.into_iter().map(|pull| self.view(pull)).collect()
    }

    fn budget(&self) -> Option<Budget> {
        Some(self.client.budget())
    }

    fn body_limit(&self) -> usize {
        4_000
    }
}

/// The token for the repository. What a pipeline or Entra gives is a bearer token; what people make
/// for themselves (PAT) is a password without a user.
pub fn credentials(remote: &Remote, variables: &Variables) -> Result<Fixed> {
    let token = token::find(ForgeKind::AzureDevOps, remote, variables)?;
    let is_bearer = token.source == Source::Variable("SYSTEM_ACCESSTOKEN") || is_jwt(&token.secret);
    let authorization = match is_bearer {
        true => Authorization::bearer(&token.secret),
        false => Authorization::basic("", &token.secret),
    };
    Ok(Fixed { authorization: authorization.as_user(token.user()), origin: token.source.to_string() })
}

/// Three parts, the first of which is JSON in base64. A PAT has no dots.
fn is_jwt(token: &SecretString) -> bool {
    let token = token.expose_secret();
    token.starts_with("eyJ") && token.matches('.').count() == 2
}

fn server(base: Url, credentials: Arc<dyn Credentials>) -> Server {
    let credentials = Box::new(credentials);
    // Asked so, it refuses a bad token instead of sending us to a page to sign in.
    let headers = vec![("accept", "application/json"), ("x-tfs-fedauthredirect", "Suppress")];
    Server { name: "Azure DevOps", base, headers, credentials, between_writes: Duration::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_token_looks_like_tells_how_it_is_sent() {
        let remote = Remote::parse("https://dev.azure.com/acme/shop/_git/gitops").unwrap();
        let sent = |name: &str, value: &str| {
            let variables = [(name.to_owned(), value.to_owned())];
            let credentials = credentials(&remote, &variables).unwrap();
            // The header itself is a secret: what is hidden of its Basic form tells that it has one.
            credentials.authorization.redact(&format!("{value} OnBhdA=="))
        };
        assert_eq!(sent("AZURE_DEVOPS_EXT_PAT", "pat"), "(secret) (secret)");
        assert_eq!(sent("TOWLINE_TOKEN", "pat"), "(secret) (secret)");
        assert_eq!(sent("SYSTEM_ACCESSTOKEN", "pat"), "(secret) OnBhdA==");
        assert_eq!(sent("TOWLINE_TOKEN", "eyJ0.eyJ1.c2ln"), "(secret) OnBhdA==");
    }
}
