//! Where a history is played: a forge, its repository, and the clock of both.
//!
//! To add a forge: implement [`People`] for its fake, give [`Remote`] a constructor and a location,
//! and write a test in `main.rs`.

use std::sync::Arc;
use std::time::Duration;

use git2::Oid;
use jiff::Timestamp;
use towline::clock::ManualClock;
use towline::forge::{self, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, StatusState};
use towline::http::Settings;
use towline::vocabulary::ForgeKind;
use towline::vocabulary::MergeMethod;

use super::git::{BASE, Git};
use super::model::Method;
use crate::fakes::people::People;
use crate::fakes::{Server, azure_devops, gitea, github, gitlab};
use crate::given;

pub trait Stage: Sync {
    fn git(&self) -> &Git;
    fn clock(&self) -> &Arc<ManualClock>;

    /// A client of its own, as another process has one.
    fn forge(&self) -> Box<dyn Forge>;

    /// Forgets the history before. The repository is new already.
    fn begin(&self) {}

    /// Opens a pull request into the base branch.
    fn open(&self, branch: &str, head: Oid) -> u64;
    fn close(&self, number: u64);

    /// Merges: by `commit`, or as the forge does it by itself. Nothing when it would not.
    fn merge(&self, number: u64, head: Oid, commit: Oid, method: Method) -> Option<Oid>;
    fn report(&self, commit: Oid, context: &str, state: StatusState);

    /// Which forge it is, and what a pipeline file has as `repository`.
    fn place(&self) -> (ForgeKind, String);

    /// People approve what is proposed now, where people can.
    fn approve(&self, number: u64) {
        let _ = number;
    }

    /// Nothing is merged without an approval, in this history. Whether that can be so here.
    fn require_approvals(&self) -> bool {
        false
    }

    /// The base branch only moves to what is proposed, in this history.
    fn only_fast_forward(&self) {}
}

/// When every history begins: not at a whole second. It is the same moment for all, because then
/// many of their commits are the same, and are written once.
pub fn beginning() -> Timestamp {
    "2026-03-01T12:00:00.4Z".parse().unwrap()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(beginning()))
}

pub struct Local {
    git: Git,
    clock: Arc<ManualClock>,
}

impl Local {
    pub fn new() -> Self {
        Self { git: Git::new(), clock: clock() }
    }
}

impl Stage for Local {
    fn git(&self) -> &Git {
        &self.git
    }

    fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }

    fn forge(&self) -> Box<dyn Forge> {
        forge::local(&self.git.repository(), self.clock.clone())
    }

    fn open(&self, branch: &str, head: Oid) -> u64 {
        let new = NewPullRequest {
            open: None,
            head: branch.to_owned(),
            base: BASE.to_owned(),
            head_commit: head,
            title: "Deploy greeting".to_owned(),
            body: "Body".to_owned(),
            labels: Vec::new(),
            reviewers: Vec::new(),
        };
        self.forge().open_pull(&new).unwrap().number
    }

    fn close(&self, number: u64) {
        self.forge().close_pull(number, "not now").unwrap();
    }

    fn merge(&self, number: u64, head: Oid, commit: Oid, method: Method) -> Option<Oid> {
        let method = match method {
            Method::Merge => MergeMethod::Merge,
            Method::Squash | Method::Queue => MergeMethod::Squash,
            Method::FastForward => MergeMethod::FastForward,
            Method::ByHand | Method::FastForwardByHand => {
                self.git.set(BASE, commit);
                // Somebody looks at once: only that tells the local forge the time.
                self.forge().get_pull(number).unwrap();
                return Some(commit);
            }
        };
        let request =
            MergeRequest { expected_head: head, method, message: "Merge".to_owned(), when_ready: false };
        match self.forge().merge_pull(number, &request).unwrap() {
            MergeResult::Merged(commit) => Some(commit),
            MergeResult::NotMergeable(_) | MergeResult::Behind(_) | MergeResult::Conflict(_) => None,
            other => panic!("#{number}: {other:?}"),
        }
    }

    fn report(&self, commit: Oid, context: &str, state: StatusState) {
        let status = NewStatus { description: "said".to_owned(), ..given::status(context, state) };
        self.forge().set_commit_status(commit, &status).unwrap();
    }

    fn place(&self) -> (ForgeKind, String) {
        (ForgeKind::Local, "../gitops.git".to_owned())
    }
}

/// A fake forge, reached over HTTP.
pub struct Remote {
    git: Git,
    clock: Arc<ManualClock>,
    people: Arc<dyn People>,
    server: Server,
    kind: ForgeKind,
}

impl Remote {
    pub fn github() -> Self {
        let (git, clock) = (Git::new(), clock());
        let (people, server) = github::GitHub::start(git.path(), clock.clone());
        Self { git, clock, people, server, kind: ForgeKind::GitHub }
    }

    pub fn azure_devops() -> Self {
        let (git, clock) = (Git::new(), clock());
        let (people, server) = azure_devops::AzureDevOps::start(git.path(), clock.clone());
        Self { git, clock, people, server, kind: ForgeKind::AzureDevOps }
    }

    pub fn gitea() -> Self {
        let (git, clock) = (Git::new(), clock());
        let (people, server) = gitea::Gitea::start(git.path(), clock.clone());
        Self { git, clock, people, server, kind: ForgeKind::Gitea }
    }

    pub fn gitlab() -> Self {
        let (git, clock) = (Git::new(), clock());
        let (people, server) = gitlab::GitLab::start(git.path(), clock.clone());
        Self { git, clock, people, server, kind: ForgeKind::GitLab }
    }

    /// Where the repository is, and the variables that a pipeline has.
    fn location(&self) -> (String, Vec<(&'static str, String)>) {
        let url = self.server.url();
        match self.kind {
            ForgeKind::GitHub => (
                format!("{url}/acme/gitops.git"),
                vec![
                    ("GITHUB_SERVER_URL", url.to_owned()),
                    ("GITHUB_API_URL", url.to_owned()),
                    ("GITHUB_TOKEN", github::TOKEN.to_owned()),
                ],
            ),
            ForgeKind::AzureDevOps => (
                format!("{url}/acme/shop/_git/gitops"),
                vec![
                    ("SYSTEM_COLLECTIONURI", format!("{url}/acme/")),
                    ("AZURE_DEVOPS_EXT_PAT", azure_devops::TOKEN.to_owned()),
                ],
            ),
            ForgeKind::Gitea => (
                format!("{url}/acme/gitops.git"),
                vec![("GITEA_SERVER_URL", url.to_owned()), ("GITEA_TOKEN", gitea::TOKEN.to_owned())],
            ),
            ForgeKind::GitLab => (
                format!("{url}/{}.git", gitlab::PROJECT),
                vec![("CI_SERVER_URL", url.to_owned()), ("GITLAB_TOKEN", gitlab::TOKEN.to_owned())],
            ),
            ForgeKind::Local => panic!("{:?} has no fake here", self.kind),
        }
    }
}

impl Stage for Remote {
    fn git(&self) -> &Git {
        &self.git
    }

    fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }

    fn forge(&self) -> Box<dyn Forge> {
        let (location, variables) = self.location();
        let variables: Vec<_> = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let settings = Settings {
            timeout: Duration::from_secs(20),
            random: Arc::new(|| 0.5),
            ..Settings::new(self.clock.clone())
        };
        forge::connect(self.kind, &location, &variables, settings).unwrap()
    }

    fn begin(&self) {
        self.people.forget();
    }

    fn open(&self, branch: &str, _: Oid) -> u64 {
        self.people.open(branch, BASE)
    }

    fn close(&self, number: u64) {
        self.people.close(number);
    }

    fn merge(&self, number: u64, _: Oid, commit: Oid, _: Method) -> Option<Oid> {
        self.git.set(BASE, commit);
        self.people.land(number, commit);
        Some(commit)
    }

    fn report(&self, commit: Oid, context: &str, state: StatusState) {
        self.people.report(commit, context, state);
    }

    fn place(&self) -> (ForgeKind, String) {
        (self.kind, self.location().0)
    }

    fn approve(&self, number: u64) {
        self.people.approve(number);
    }

    fn require_approvals(&self) -> bool {
        self.people.require_approvals()
    }

    fn only_fast_forward(&self) {
        self.people.only_fast_forward();
    }
}
