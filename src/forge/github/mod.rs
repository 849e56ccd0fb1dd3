//! GitHub: github.com, GitHub Enterprise Cloud with a domain of its own, GitHub Enterprise Server.
//!
//! What is peculiar to it:
//! - It allows one open pull request for two branches, and refuses a second with 422. So opening
//!   can be repeated safely, and whoever is refused adopts the one that is there.
//! - Whether a pull request can be merged is worked out after it was asked for; until then
//!   `mergeable` is null, here [`None`].
//! - `merge_commit_sha` of an open pull request is a merge that GitHub tried, which is on no branch.
//! - A pull request sees a push a moment after the branch has it.
//! - Commit statuses and check runs are two lists; who reports uses one or the other.
//! - What is not ready it merges by itself when asked to: see [`auto_merge`].
//! - It does not fast-forward pull requests; moving the base branch to the head does the same, and
//!   GitHub then sees the pull request as merged.

mod access;
mod api;
mod app;
mod auto_merge;
mod comment;
mod dispatch;
mod fingerprints;
mod graphql;
mod merge;
mod pulls;
mod review;
mod standing;
mod statuses;
mod waiting;

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result};
use git2::Oid;
use url::Url;

use self::api::Pull;
use self::app::App;
use super::kept_comment;
use super::remote::Remote;
use super::token::{self, Variables, variable};
use super::{
    CommitStatus, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, Permission, PullRequest,
    Standing,
};
use crate::http::{Authorization, Budget, Client, Credentials, Fixed, Paging, Server, Settings, segment};
use crate::vocabulary::ForgeKind;

/// GitHub asks for writes that stand a second apart.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// The user that git gives beside a token, whosever it is.
const GIT_USER: &str = "x-access-token";

/// See the module.
pub struct GitHub {
    client: Client,
    owner: String,
    repository_name: String,
    /// `repos/OWNER/NAME`, encoded.
    repository: String,
    /// The path of GraphQL, seen from the API.
    graphql: &'static str,
    /// Whether fingerprints were asked for in vain.
    lacks_fingerprints: AtomicBool,
}

impl GitHub {
    /// The repository at `remote`, asked through the API at `api` (see [`api_of`]).
    pub fn new(
        remote: &Remote,
        api: Url,
        credentials: Box<dyn Credentials>,
        settings: Settings,
    ) -> Result<Self> {
        let (owner, name) = remote.owner_and_name()?;
        let graphql = graphql::path(&api);
        Ok(Self {
            client: Client::new(server(api, credentials), settings)?,
            owner: owner.to_owned(),
            repository_name: name.to_owned(),
            graphql,
            lacks_fingerprints: AtomicBool::new(false),
            repository: format!("repos/{}/{}", segment(owner), segment(name)),
        })
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.repository)
    }

    fn pull_path(&self, number: u64) -> String {
        self.path(&format!("pulls/{number}"))
    }

    fn pull(&self, number: u64) -> Result<Pull> {
        let answer = self.client.get(&self.pull_path(number)).send();
        answer.and_then(|answer| answer.json()).with_context(|| format!("cannot read {}", self.name(number)))
    }

    fn name(&self, number: u64) -> String {
        format!("pull request #{number}")
    }
}

impl Forge for GitHub {
    fn find(&self, head: &str, base: &str) -> Result<Option<PullRequest>> {
        let (newest, has_older) = self.first_of(head, base, "all")?;
        let open = match &newest {
            Some(newest) if newest.is_open() => Some(newest.number),
            // An older one may have been opened again.
            _ if has_older => self.newest(head, base, "open")?.map(|open| open.number),
            _ => None,
        };
        match open {
            // Lists do not tell whether it can be merged.
            Some(number) => self.get(number).map(Some),
            None => newest.map(Pull::view).transpose(),
        }
    }

    fn open(&self, new: &NewPullRequest) -> Result<PullRequest> {
        self.open_pull(new)
    }

    fn update(&self, number: u64, title: &str, body: &str) -> Result<PullRequest> {
        self.write_over(self.pull(number)?, title, body)?.view()
    }

    fn close(&self, number: u64, why: &str) -> Result<()> {
        self.close_pull(number, why)
    }

    fn get(&self, number: u64) -> Result<PullRequest> {
        self.pull(number)?.view()
    }

    fn merge(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        self.merge_pull(number, request).with_context(|| format!("cannot merge {}", self.name(number)))
    }

    fn statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        self.all_statuses(commit)
    }

    fn fingerprints(&self, commits: &[Oid]) -> Result<Option<Vec<String>>> {
        self.all_fingerprints(commits)
    }

    fn set_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        self.add_status(commit, status)
    }

    fn list(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let mut request = self.client.get(&self.path("pulls")).query("state", "all");
        if let Some(head) = head {
            request = request.query("head", &format!("{}:{head}", self.owner));
        }
        let pulls = request.query("sort", "created").query("direction", "desc").query("per_page", "100");
        let pulls: Vec<Pull> = pulls.all(Paging::Link).context("cannot list the pull requests")?;
        let own = pulls.into_iter().filter(Pull::is_own);
        let mut views = own.map(Pull::view).collect::<Result<Vec<_>>>()?;
        views.dedup_by_key(|pull| pull.number);
        Ok(views)
    }

    fn standing(&self, number: u64) -> Result<Standing> {
        self.waiting(number).map(|waiting| waiting.standing())
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

/// Where the API is: for github.com and its tenants at a host of its own, else below the server.
/// GitHub Actions tells it for the server that it belongs to.
pub fn api_of(remote: &Remote, variables: &Variables) -> Result<Url> {
    let actions = variable(variables, "GITHUB_SERVER_URL").and_then(|server| Url::parse(server).ok());
    if let Some(api) = variable(variables, "GITHUB_API_URL")
        && actions.is_some_and(|server| remote.is_at(&server))
    {
        return Url::parse(api).with_context(|| format!("GITHUB_API_URL is no URL: `{api}`"));
    }
    let host = remote.host.as_str();
    let api = match host {
        "github.com" | "www.github.com" | "ssh.github.com" => "https://api.github.com".to_owned(),
        _ if host.ends_with(".ghe.com") => format!("https://api.{host}"),
        _ => format!("{}://{}/api/v3", remote.scheme, remote.authority()),
    };
    Url::parse(&api).with_context(|| format!("`{}` names no server", remote.location))
}

/// Who we are to GitHub: the bearer of `TOWLINE_TOKEN`, else a GitHub App, else the bearer of
/// another token.
pub fn credentials(
    remote: &Remote,
    api: &Url,
    variables: &Variables,
    settings: &Settings,
) -> Result<Box<dyn Credentials>> {
    if variable(variables, "TOWLINE_TOKEN").is_none()
        && let Some(app) = App::find(remote, api, variables, settings)?
    {
        return Ok(Box::new(app));
    }
    let token = token::find(ForgeKind::GitHub, remote, variables)?;
    let authorization = Authorization::bearer(&token.secret).as_user(GIT_USER);
    Ok(Box::new(Fixed { authorization, origin: token.source.to_string() }))
}

fn server(api: Url, credentials: Box<dyn Credentials>) -> Server {
    let headers = vec![("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];
    Server { name: "GitHub", base: api, headers, credentials, between_writes: BETWEEN_WRITES }
}

/// The name of a branch as a part of a path.
fn segments(branch: &str) -> String {
    branch.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_found_from_the_repository() {
        let api = |location: &str| api_of(&Remote::parse(location).unwrap(), &[]).unwrap().to_string();
        assert_eq!(api("git@github.com:acme/gitops.git"), "https://api.github.com/");
        assert_eq!(api("https://acme.ghe.com/acme/gitops"), "https://api.acme.ghe.com/");
        assert_eq!(api("https://git.acme.com:8443/acme/gitops"), "https://git.acme.com:8443/api/v3");
    }

    #[test]
    fn actions_tells_the_api_of_its_own_server_only() {
        let actions =
            [("GITHUB_SERVER_URL", "https://git.acme.com"), ("GITHUB_API_URL", "https://git.acme.com/v3")];
        let actions: Vec<_> = actions.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let api = |location: &str| api_of(&Remote::parse(location).unwrap(), &actions).unwrap().to_string();
        assert_eq!(api("https://git.acme.com/acme/gitops"), "https://git.acme.com/v3");
        assert_eq!(api("https://github.com/acme/gitops"), "https://api.github.com/");
    }
}
