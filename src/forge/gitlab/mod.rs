//! GitLab: gitlab.com and servers of one's own, from 15.6 on.
//!
//! What is peculiar to it:
//! - Pull requests are merge requests, counted in each project; the project's path may have any
//!   number of groups and is one encoded segment.
//! - It opens merge requests from branches that do not exist or have nothing to merge, so that is
//!   looked at first. Two that are asked for at the same moment may both be opened: the older
//!   stays, the others are closed.
//! - The head of a merge request follows a push after a moment, and so does the answer whether it
//!   can be merged, see [`pulls`].
//! - How merges are made is a setting of the project, see [`merge`]: a merge commit, or nothing
//!   but moving the branch forward.
//! - A status that is pending or running turns into the one that follows it, see [`statuses`].
//! - Lines of a text that begin with a slash are commands to it, see [`quick_actions`].
//! - Lists carry `X-Next-Page`; their links may name the server as it is behind its proxy.

mod access;
mod api;
mod merge;
mod notes;
mod people;
mod pulls;
mod quick_actions;
mod rules;
mod statuses;

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result};
use git2::Oid;
use url::Url;

use self::api::Project;
use self::quick_actions::disarm;
use super::kept_comment;
use super::remote::Remote;
use super::token::{self, Source, Token, Variables, variable};
use super::{
    CommitStatus, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, Permission, PullRequest,
    Standing,
};
use crate::http::{Authorization, Budget, Client, Credentials, Fixed, Server, Settings, segment};
use crate::vocabulary::ForgeKind;

/// As many items as a page may have.
const PAGE: &str = "100";

/// Where a job's token is.
const JOB_TOKEN: &str = "CI_JOB_TOKEN";

/// See the module.
pub struct GitLab {
    client: Client,
    /// `projects/GROUP%2FNAME`
    project: String,
    /// Its settings do not change while a command runs.
    settings: OnceLock<Project>,
    /// Whether it asks with a job's token, which GitLab lets do little.
    is_job: bool,
}

impl GitLab {
    /// The project at `remote`, asked through the API at `api` (see [`api_of`]).
    pub fn new(
        remote: &Remote,
        api: Url,
        credentials: Box<dyn Credentials>,
        settings: Settings,
    ) -> Result<Self> {
        let headers = vec![("accept", "application/json")];
        let between_writes = Duration::ZERO;
        let is_job = credentials.origin().starts_with(JOB_TOKEN);
        let server = Server { name: "GitLab", base: api, headers, credentials, between_writes };
        Ok(Self {
            client: Client::new(server, settings)?,
            project: format!("projects/{}", segment(&remote.path.join("/"))),
            settings: OnceLock::new(),
            is_job,
        })
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.project)
    }

    fn pull_path(&self, number: u64) -> String {
        self.path(&format!("merge_requests/{number}"))
    }

    fn name(&self, number: u64) -> String {
        format!("merge request !{number}")
    }

    fn project(&self) -> Result<&Project> {
        if let Some(project) = self.settings.get() {
            return Ok(project);
        }
        let answer = self.client.get(&self.project).send();
        let project = answer.and_then(|answer| answer.json()).context("cannot read the project")?;
        Ok(self.settings.get_or_init(|| project))
    }
}

impl Forge for GitLab {
    fn find(&self, head: &str, base: &str) -> Result<Option<PullRequest>> {
        match self.open_ones(head, base)?.first() {
            // A list neither asks GitLab to look whether it can be merged nor waits for a push.
            Some(open) => self.get(open.iid).map(Some),
            None => self.newest(head, base)?.map(|pull| pull.view()).transpose(),
        }
    }

    fn open(&self, new: &NewPullRequest) -> Result<PullRequest> {
        self.open_pull(new)?.view()
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

    fn set_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        self.add_status(commit, status)
            .with_context(|| format!("cannot set the status {} of {commit}", status.context))
    }

    fn list(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        self.all_pulls(head)?.into_iter().map(|pull| pull.view()).collect()
    }

    fn standing(&self, number: u64) -> Result<Standing> {
        self.rules_of(number)
    }

    fn comment(&self, number: u64, text: &str) -> Result<()> {
        kept_comment::keep(self, number, &disarm(text))
            .with_context(|| format!("cannot comment on {}", self.name(number)))
    }

    fn access(&self) -> Result<Vec<Permission>> {
        self.permissions()
    }

    /// `#1` would be an issue.
    fn merge_subject(&self, number: u64, title: &str) -> String {
        format!("{title} (!{number})")
    }

    fn budget(&self) -> Option<Budget> {
        Some(self.client.budget())
    }

    /// It takes so many characters, of which none is shorter than a byte.
    fn body_limit(&self) -> usize {
        1_048_576
    }
}

/// Where the API is: where GitLab CI says, or below the server that a variable names, if the
/// repository is there (SSH URLs tell neither port nor scheme); else below the repository's host.
pub fn api_of(remote: &Remote, variables: &Variables) -> Result<Url> {
    let is_there = |name| {
        let server = variable(variables, name)?;
        let server = if server.contains("://") { server.to_owned() } else { format!("https://{server}") };
        Url::parse(&server).ok().filter(|server| remote.is_at(server)).map(|_| server)
    };
    let below = |server: &str| format!("{}/api/v4", server.trim_end_matches('/'));
    let api = match (is_there("CI_SERVER_URL"), is_there("GITLAB_HOST")) {
        (Some(server), _) => match variable(variables, "CI_API_V4_URL") {
            Some(api) => api.to_owned(),
            None => below(&server),
        },
        (None, Some(server)) => below(&server),
        (None, None) => below(&format!("{}://{}", remote.scheme, remote.authority())),
    };
    Url::parse(&api).with_context(|| format!("`{api}` is no URL of an API"))
}

/// The token for the repository.
pub fn credentials(remote: &Remote, variables: &Variables) -> Result<Box<dyn Credentials>> {
    Ok(Box::new(fixed(&token::find(ForgeKind::GitLab, remote, variables)?)))
}

/// The token as GitLab wants it. All but a job's may be sent as bearers: people's, projects',
/// groups', and those of an application, which git's credential helpers have.
fn fixed(token: &Token) -> Fixed {
    let is_job = token.source == Source::Variable(JOB_TOKEN);
    let authorization = match is_job {
        true => Authorization::own("JOB-TOKEN", &token.secret),
        false => Authorization::bearer(&token.secret),
    };
    let mut origin = token.source.to_string();
    if is_job {
        origin += ", a job's, with which GitLab lets read a little and write nothing";
    }
    Fixed { authorization: authorization.as_user(token.user()), origin }
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
        assert_eq!(api("https://gitlab.com/acme/gitops.git", &[]), "https://gitlab.com/api/v4");
        assert_eq!(api("git@gitlab.acme.com:acme/platform/gitops", &[]), "https://gitlab.acme.com/api/v4");
        assert_eq!(api("https://acme.com:8443/acme/gitops", &[]), "https://acme.com:8443/api/v4");
    }

    #[test]
    fn a_variable_names_the_server_of_its_own_repositories_only() {
        let ci =
            [("CI_SERVER_URL", "http://git.acme.com:3000"), ("CI_API_V4_URL", "http://git.acme.com:3000/v4")];
        assert_eq!(api("git@git.acme.com:acme/gitops", &ci), "http://git.acme.com:3000/v4");
        assert_eq!(api("git@gitlab.com:acme/gitops", &ci), "https://gitlab.com/api/v4");
        let glab = [("GITLAB_HOST", "git.acme.com")];
        assert_eq!(api("git@git.acme.com:acme/gitops", &glab), "https://git.acme.com/api/v4");
    }

    #[test]
    fn a_jobs_token_goes_in_a_header_of_its_own() {
        let header = |name| {
            let token = Token { secret: "secret".into(), source: Source::Variable(name) };
            format!("{:?}", fixed(&token).authorization)
        };
        assert!(header("CI_JOB_TOKEN").contains("JOB-TOKEN"));
        assert!(header("GITLAB_TOKEN").contains("\"Authorization\""));
    }
}
