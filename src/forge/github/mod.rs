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
//! - It does not fast-forward pull requests; moving the base branch to the head does the same, and
//!   GitHub then sees the pull request as merged.

mod api;
mod app;
mod merge;
mod review;

use std::time::Duration;

use anyhow::{Context, Result};
use git2::Oid;
use serde_json::json;
use url::Url;

use self::api::{CheckRun, Pull, Reference, Status, commit_id, state_name};
use self::app::App;
use super::remote::Remote;
use super::token::{self, Variables, variable};
use super::{CommitStatus, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, PullRequest};
use crate::error::Diagnostic;
use crate::http::{
    Authorization, Budget, Client, Credentials, Fault, Fixed, Kind, Paging, Server, Settings, segment,
};
use crate::pipeline::ForgeKind;

/// The longest description that a status may have, in characters.
const DESCRIPTION: usize = 140;

/// GitHub asks for writes that stand a second apart.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// How often a push is looked for that GitHub should have seen: about eight seconds.
const LATEST: u32 = 4;

/// See the module.
pub struct GitHub {
    client: Client,
    owner: String,
    /// `repos/OWNER/NAME`, encoded.
    repository: String,
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
        let headers = vec![("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];
        let server =
            Server { name: "GitHub", base: api, headers, credentials, between_writes: BETWEEN_WRITES };
        Ok(Self {
            client: Client::new(server, settings)?,
            owner: owner.to_owned(),
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

    /// The newest pull request of two branches that is in this state.
    fn newest(&self, head: &str, base: &str, state: &str) -> Result<Option<Pull>> {
        let answer = self
            .client
            .get(&self.path("pulls"))
            .query("state", state)
            .query("head", &format!("{}:{head}", self.owner))
            .query("base", base)
            .query("sort", "created")
            .query("direction", "desc")
            .query("per_page", "1")
            .send()
            .with_context(|| format!("cannot look for a pull request from {head} into {base}"))?;
        Ok(answer.json::<Vec<Pull>>()?.into_iter().next())
    }

    fn create(&self, new: &NewPullRequest) -> std::result::Result<Pull, Fault> {
        let NewPullRequest { head, base, title, body, .. } = new;
        let body = json!({"title": title, "head": head, "base": base, "body": body});
        // A second one for the same branches is refused, so a repeat does no harm.
        self.client.post(&self.path("pulls")).body(body).repeatable().send()?.json()
    }

    /// GitHub starts no workflows for what a workflow's own token does.
    fn warn_of_silence(&self, pull: &Pull) {
        if pull.is_by("github-actions[bot]") {
            self.client.notify(&format!(
                "no workflows run for {}, because it was opened with a workflow's own token: \
                 use a GitHub App's, or a person's",
                self.name(pull.number)
            ));
        }
    }

    /// Changes title, body or state; to do it twice changes nothing.
    fn change(&self, number: u64, fields: serde_json::Value) -> std::result::Result<Pull, Fault> {
        self.client.patch(&self.pull_path(number)).body(fields).repeatable().send()?.json()
    }

    /// Gives the open one the new text, unless the head branch is not what that is about any more.
    fn adopt(&self, number: u64, new: &NewPullRequest) -> Result<PullRequest> {
        let pull = self.pull_at(number, new.head_commit)?;
        if pull.head_commit()? != new.head_commit {
            return pull.view();
        }
        let pull = self.write_over(pull, &new.title, &new.body)?;
        self.complete(pull, new)
    }

    /// The pull request, after it has seen that its branch is at `head`, if it is: GitHub takes a
    /// moment from the push until then.
    fn pull_at(&self, number: u64, head: Oid) -> Result<Pull> {
        let mut turn = 0;
        loop {
            let pull = self.pull(number)?;
            let late = pull.is_open() && pull.head_commit()? != head && self.tip(pull.head())? == Some(head);
            if !late || turn == LATEST {
                return Ok(pull);
            }
            self.client.pause(turn);
            turn += 1;
        }
    }

    /// The commit that a branch is at, if there is such a branch.
    fn tip(&self, branch: &str) -> Result<Option<Oid>> {
        let found = self.client.get(&self.path(&format!("git/ref/heads/{}", segments(branch)))).find();
        let Some(found) = found.with_context(|| format!("cannot read the branch {branch}"))? else {
            return Ok(None);
        };
        let reference: Reference = found.json()?;
        commit_id(&reference.object.sha).map(Some)
    }

    /// Asks for what is missing of labels and reviewers.
    fn complete(&self, pull: Pull, new: &NewPullRequest) -> Result<PullRequest> {
        self.add_labels(&pull, &new.labels)?;
        self.request_reviews(&pull, &new.reviewers)?;
        pull.view()
    }

    fn write_over(&self, pull: Pull, title: &str, body: &str) -> Result<Pull> {
        let same = pull.title == title && unix(pull.body.as_deref().unwrap_or_default()) == unix(body);
        if same {
            return Ok(pull);
        }
        let changed = self.change(pull.number, json!({"title": title, "body": body}));
        changed.with_context(|| format!("cannot update {}", self.name(pull.number)))
    }

    fn check_runs(&self, commit: Oid) -> Result<Vec<CheckRun>> {
        let request = self.client.get(&self.path(&format!("commits/{commit}/check-runs")));
        match request.query("filter", "latest").query("per_page", "100").all(Paging::Link) {
            Ok(runs) => Ok(runs),
            // Fine-grained tokens of people cannot have the permission to read them.
            Err(fault) if fault.kind == Kind::Forbidden => {
                self.client.notify("the token may not read check runs; only commit statuses are seen");
                Ok(Vec::new())
            }
            Err(fault) => Err(fault).context("cannot read the check runs"),
        }
    }

    fn name(&self, number: u64) -> String {
        format!("pull request #{number}")
    }
}

impl Forge for GitHub {
    fn find(&self, head: &str, base: &str) -> Result<Option<PullRequest>> {
        match self.newest(head, base, "open")? {
            // Lists do not tell whether it can be merged.
            Some(open) => self.get(open.number).map(Some),
            None => self.newest(head, base, "all")?.map(Pull::view).transpose(),
        }
    }

    fn open(&self, new: &NewPullRequest) -> Result<PullRequest> {
        if let Some(open) = self.newest(&new.head, &new.base, "open")? {
            return self.adopt(open.number, new);
        }
        let fault = match self.create(new) {
            Ok(pull) => {
                self.warn_of_silence(&pull);
                return self.complete(pull, new);
            }
            Err(fault) => fault,
        };
        // Refused because another was faster, or the answer was lost on the way.
        if fault.status == Some(422) || fault.is_in_doubt() {
            for turn in 0..3 {
                if let Some(open) = self.newest(&new.head, &new.base, "open")? {
                    return self.adopt(open.number, new);
                }
                if !says_exists(&fault) {
                    break;
                }
                self.client.pause(turn);
            }
        }
        Err(fault).with_context(|| format!("cannot open a pull request from {} into {}", new.head, new.base))
    }

    fn update(&self, number: u64, title: &str, body: &str) -> Result<PullRequest> {
        self.write_over(self.pull(number)?, title, body)?.view()
    }

    fn close(&self, number: u64, why: &str) -> Result<()> {
        let pull = self.pull(number)?;
        if !pull.is_open() {
            return ended(&pull);
        }
        let cannot = || format!("cannot close {}", self.name(number));
        self.comment(number, why).with_context(cannot)?;
        match self.change(number, json!({"state": "closed"})) {
            Ok(_) => Ok(()),
            // It may have been merged in between.
            Err(fault) => match self.pull(number) {
                Ok(pull) if !pull.is_open() => ended(&pull),
                _ => Err(fault).with_context(cannot),
            },
        }
    }

    fn get(&self, number: u64) -> Result<PullRequest> {
        self.pull(number)?.view()
    }

    fn merge(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        self.merge_pull(number, request).with_context(|| format!("cannot merge {}", self.name(number)))
    }

    fn statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        let request = self.client.get(&self.path(&format!("commits/{commit}/statuses")));
        let mut statuses: Vec<Status> = request
            .query("per_page", "100")
            .all(Paging::Link)
            .with_context(|| format!("cannot read the statuses of {commit}"))?;
        // One that comes while the pages are read moves the others to the next page.
        let mut seen = std::collections::HashSet::new();
        statuses.retain(|status| seen.insert(status.id));
        let mut runs = self.check_runs(commit)?;
        runs.sort_by_key(|run| std::cmp::Reverse(run.id));
        runs.dedup_by_key(|run| run.id);
        let all = statuses.into_iter().map(CommitStatus::from);
        let mut all: Vec<CommitStatus> = all.chain(runs.into_iter().map(CommitStatus::from)).collect();
        // Stable: statuses of the same second stay in GitHub's order.
        all.sort_by_key(|status| std::cmp::Reverse(status.created_at));
        Ok(all)
    }

    fn set_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let mut body = json!({
            "state": state_name(status.state),
            "context": status.context,
            "description": shorten(&status.description, DESCRIPTION),
        });
        if let Some(url) = &status.target_url {
            body["target_url"] = json!(url);
        }
        // The same status twice says what it says once.
        let request = self.client.post(&self.path(&format!("statuses/{commit}"))).body(body).repeatable();
        request.send().with_context(|| format!("cannot set the status {} of {commit}", status.context))?;
        Ok(())
    }

    fn list(&self, prefix: &str) -> Result<Vec<PullRequest>> {
        let request = self.client.get(&self.path("pulls")).query("state", "all");
        let pulls = request.query("sort", "created").query("direction", "desc").query("per_page", "100");
        let pulls: Vec<Pull> = pulls.all(Paging::Link).context("cannot list the pull requests")?;
        let mut views = pulls.into_iter().map(Pull::view).collect::<Result<Vec<_>>>()?;
        views.retain(|pull| pull.head.starts_with(prefix));
        views.dedup_by_key(|pull| pull.number);
        Ok(views)
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
    let authorization = Authorization::bearer(&token.secret);
    Ok(Box::new(Fixed { authorization, origin: token.source.to_string() }))
}

fn server(api: Url, credentials: Box<dyn Credentials>) -> Server {
    let headers = vec![("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];
    Server { name: "GitHub", base: api, headers, credentials, between_writes: BETWEEN_WRITES }
}

/// Closing what is closed is done already; what is merged cannot be closed.
fn ended(pull: &Pull) -> Result<()> {
    match pull.is_merged() {
        true => Err(Diagnostic::new(format!("pull request #{} is merged already", pull.number)).into()),
        false => Ok(()),
    }
}

/// Whether GitHub refused because of another one, by the code that it gives for that. It may take
/// a moment until that one is found.
fn says_exists(fault: &Fault) -> bool {
    let errors = fault.body()["errors"].as_array();
    errors.into_iter().flatten().any(|error| error["code"] == "custom" && error["field"].is_null())
        || fault.is_in_doubt()
}

/// The name of a branch as a part of a path.
fn segments(branch: &str) -> String {
    branch.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// GitHub's web page writes line ends of its own.
fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn shorten(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
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

    #[test]
    fn long_descriptions_are_cut_by_characters() {
        assert_eq!(shorten("äöü", 3), "äöü");
        assert_eq!(shorten("äöüß", 3), "äö…");
    }
}
