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
//! - Pull requests from forks are in its lists, under the plain name of their branch.
//! - Lists cut descriptions to 400 characters; one by one they are whole, up to 4,000.
//! - A status has a genre and a name; here they are one context, `genre/name`.
//! - What it merges by itself it merges with whatever head there is by then (see `auto_complete`).
//! - It tells what an identity may do, and not what the scopes of its token leave of that (see
//!   `access`).

mod access;
mod api;
mod auto_complete;
mod comments;
mod credentials;
pub(super) mod entra;
mod location;
mod merge;
mod policies;
mod pull;
mod pulls;
mod review;
mod statuses;
pub mod task;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result};
use git2::Oid;
use url::Url;

pub use self::credentials::credentials;
pub use self::location::Location;
use self::pull::Pull;
use super::kept_comment;
use super::{
    CommitStatus, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, Permission, PullRequest,
    Standing,
};
use crate::http::{Budget, Client, Credentials, Paging, Request, Server, Settings, segment};

/// The most items of a page that Azure DevOps gives without trouble.
const PAGE: &str = "100";

/// See the module.
pub struct AzureDevOps {
    client: Client,
    location: Location,
    credentials: Arc<dyn Credentials>,
    settings: Settings,
    /// Whether people know that the policies cannot be read.
    told: AtomicBool,
}

impl AzureDevOps {
    pub fn new(location: Location, credentials: Arc<dyn Credentials>, settings: Settings) -> Result<Self> {
        let server = server(location.collection.clone(), credentials.clone());
        let client = Client::new(server, settings.clone())?;
        Ok(Self { client, location, credentials, settings, told: AtomicBool::new(false) })
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
        pulls.retain(Pull::is_own);
        pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        pulls.dedup_by_key(|pull| pull.number);
        pulls.into_iter().map(|pull| self.view(pull)).collect()
    }

    fn standing(&self, number: u64) -> Result<Standing> {
        self.standing_of(number)
    }

    fn comment(&self, number: u64, text: &str) -> Result<()> {
        kept_comment::keep(self, number, text)
            .with_context(|| format!("cannot comment on {}", self.name(number)))
    }

    fn access(&self) -> Result<Vec<Permission>> {
        self.permissions()
    }

    /// Azure/gitops-connector finds the pull request of a commit by it. `#1` would be a work item.
    fn merge_subject(&self, number: u64, title: &str) -> String {
        format!("Merged PR {number}: {title}")
    }

    fn budget(&self) -> Option<Budget> {
        Some(self.client.budget())
    }

    fn body_limit(&self) -> usize {
        4_000
    }
}

fn server(base: Url, credentials: Arc<dyn Credentials>) -> Server {
    let credentials = Box::new(credentials);
    // Asked so, it refuses a bad token instead of sending us to a page to sign in.
    let headers = vec![("accept", "application/json"), ("x-tfs-fedauthredirect", "Suppress")];
    Server { name: "Azure DevOps", base, headers, credentials, between_writes: Duration::ZERO }
}
