//! A fake forge on the bench: behind a port, in front of a GitOps repository, with a clock that is
//! moved by hand.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use towline::clock::ManualClock;
use towline::forge::{self, Forge, MergeRequest, MergeResult, NewPullRequest};
use towline::http::Settings;
use towline::vocabulary::{ForgeKind, MergeMethod};

use super::strike::Breakable;
use super::{Bench as _, Forks};
use crate::fakes::Server;
use crate::given::{self, Gitops};

/// The branch that is proposed.
pub const HEAD: &str = "towline/dev/greeting";

/// What a fake has to tell to be put on the bench.
pub trait Fake: Send + Sync + Sized {
    const KIND: ForgeKind;
    /// A token that may do everything, and the variable that holds it.
    const TOKEN: (&'static str, &'static str);

    fn serve(gitops: PathBuf, clock: Arc<ManualClock>) -> (Arc<Self>, Server);

    /// The URL of the repository on this server.
    fn location(url: &str) -> String;

    /// What a CI system tells its jobs of this server.
    fn variables(url: &str) -> Vec<(&'static str, String)>;

    fn comments_on(&self, number: u64) -> Vec<String>;

    /// Its deployments, where it has such.
    fn deployments_told(&self) -> Option<Vec<String>> {
        None
    }

    fn take_to_fork(&self, number: u64);

    /// `ann` approves.
    fn approved(&self, number: u64);

    /// A person marks it as a draft, or as none.
    fn marked_as_draft(&self, number: u64, is_draft: bool);

    fn write_statuses_as(&self, author: &str);

    /// Has the repository merge this way, where that is one of its settings.
    fn set_method(&self, _: MergeMethod) {}
}

pub struct Bench<F> {
    gitops: Gitops,
    pub clock: Arc<ManualClock>,
    pub fake: Arc<F>,
    pub server: Server,
    told: Arc<Mutex<Vec<String>>>,
}

impl<F: Fake> Bench<F> {
    pub fn new() -> Self {
        let gitops = Gitops::new();
        let clock = given::clock();
        let (fake, server) = F::serve(gitops.path(), clock.clone());
        Self { gitops, clock, fake, server, told: Arc::default() }
    }

    /// With a branch to propose.
    pub fn pushed() -> Self {
        let bench = Self::new();
        bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
        bench
    }

    /// As in a CI job of this server, with this token.
    pub fn connect(&self, token: &str, timeout: Duration) -> Box<dyn Forge> {
        self.connect_with(&[(F::TOKEN.0, token)], timeout)
    }

    pub fn connect_with(&self, variables: &[(&str, &str)], timeout: Duration) -> Box<dyn Forge> {
        let url = self.server.url();
        let given = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let all: Vec<_> = F::variables(url)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .chain(given)
            .collect();
        let told = self.told.clone();
        let settings = Settings {
            timeout,
            random: Arc::new(|| 0.5),
            notify: Arc::new(move |line| told.lock().unwrap().push(line.to_owned())),
            ..Settings::new(self.clock.clone())
        };
        forge::connect(F::KIND, &F::location(url), &all, settings).unwrap()
    }

    /// What people were told.
    pub fn told(&self) -> String {
        self.told.lock().unwrap().join("\n")
    }

    /// The error with its hint, the same for each run.
    pub fn shown(&self, error: &anyhow::Error) -> String {
        given::shown(error).replace(self.server.url(), "URL").replace("\nhint: ", "\n")
    }

    pub fn new_pull(&self, labels: &[&str], reviewers: &[&str]) -> NewPullRequest {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let new = given::pull(HEAD, self.tip(HEAD), "Deploy greeting 1.2.0");
        NewPullRequest { labels: names(labels), reviewers: names(reviewers), ..new }
    }

    pub fn open(&self, labels: &[&str], reviewers: &[&str]) -> anyhow::Result<u64> {
        self.forge().open_pull(&self.new_pull(labels, reviewers)).map(|pull| pull.number)
    }

    /// The number of a pull request.
    pub fn opened(&self, labels: &[&str], reviewers: &[&str]) -> u64 {
        self.open(labels, reviewers).unwrap()
    }

    pub fn try_merge(
        &self,
        number: u64,
        method: MergeMethod,
        when_ready: bool,
    ) -> anyhow::Result<MergeResult> {
        let request = MergeRequest { when_ready, ..given::merge(self.tip(HEAD), method) };
        self.forge().merge_pull(number, &request)
    }

    pub fn merge(&self, number: u64, method: MergeMethod) -> MergeResult {
        self.try_merge(number, method, false).unwrap()
    }

    pub fn merge_when_ready(&self, number: u64, method: MergeMethod) -> MergeResult {
        self.try_merge(number, method, true).unwrap()
    }
}

impl<F: Fake> super::Bench for Bench<F> {
    fn forge(&self) -> Box<dyn Forge> {
        self.connect(F::TOKEN.1, Duration::from_secs(20))
    }

    fn gitops(&self) -> &Gitops {
        &self.gitops
    }

    fn comments(&self, number: u64) -> Vec<String> {
        self.fake.comments_on(number)
    }

    fn deployments(&self) -> Option<Vec<String>> {
        self.fake.deployments_told()
    }

    fn allow(&self, method: MergeMethod) {
        self.fake.set_method(method);
    }

    fn write_statuses_as(&self, author: &str) -> bool {
        self.fake.write_statuses_as(author);
        true
    }

    fn approve(&self, number: u64) -> bool {
        self.fake.approved(number);
        true
    }

    fn draft(&self, number: u64, is_draft: bool) -> bool {
        self.fake.marked_as_draft(number, is_draft);
        true
    }

    fn advance(&self, time: Duration) {
        self.clock.advance(time);
    }
}

impl<F: Fake> Forks for Bench<F> {
    fn move_to_fork(&self, number: u64) {
        self.fake.take_to_fork(number);
    }
}

impl<F: Fake> Breakable for Bench<F> {
    fn server(&self) -> &Server {
        &self.server
    }

    fn hasty(&self) -> Box<dyn Forge> {
        self.connect(F::TOKEN.1, Duration::from_secs(2))
    }
}
